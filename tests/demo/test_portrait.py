"""The picture that the demo enrols is the one matplotlib ships, under the person's name."""

import importlib.util
from pathlib import Path

import pytest

from demo import portrait
from demo.errors import DemoFailed


def test_the_picture_is_named_after_its_person(tmp_path: Path) -> None:
    """Folder enrolment reads the name from the file."""
    folder = portrait.photographs(tmp_path / "photographs")
    assert [path.name for path in folder.iterdir()] == ["Grace Hopper.jpg"]
    assert (folder / "Grace Hopper.jpg").read_bytes()[:2] == b"\xff\xd8"


@pytest.mark.parametrize("found", [None, "elsewhere"])
def test_without_the_package_there_is_a_sentence(
    found: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not installed, or installed without its pictures."""
    spec = None
    if found:
        spec = importlib.util.spec_from_file_location("matplotlib", tmp_path / "__init__.py")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(DemoFailed, match=r"run\.py demo"):
        portrait.photographs(tmp_path)
