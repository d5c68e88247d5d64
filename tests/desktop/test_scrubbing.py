"""Files that are removed or replaced leave nothing where they lay."""

import os
from pathlib import Path

import pytest

from desktop.scrubbing import replace_scrubbed, scrub


def test_removed_and_blanked(tmp_path: Path) -> None:
    """What another name or an open handle still shows is zeros; nothing there is nothing done."""
    path = tmp_path / "a"
    path.write_bytes(b"secret" * 500_000)
    with path.open("rb") as still_open:
        assert scrub(path)
        assert not any(still_open.read())
    assert not path.exists()
    assert not scrub(path)


def test_what_a_link_leads_to_stays(tmp_path: Path) -> None:
    """And what is shared with another name is only removed here."""
    kept, link, twin = tmp_path / "kept", tmp_path / "link", tmp_path / "twin"
    kept.write_bytes(b"somebody's")
    link.symlink_to(kept)
    os.link(kept, twin)
    assert scrub(link)
    assert scrub(twin)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert kept.read_bytes() == b"somebody's"


def test_replaced_and_blanked(tmp_path: Path) -> None:
    """The new content under the name, zeros where the old one lay."""
    path = tmp_path / "a"
    path.write_bytes(b"plain")
    with path.open("rb") as old:
        replace_scrubbed(path, b"sealed")
        assert old.read() == bytes(5)
    assert path.read_bytes() == b"sealed"


def test_a_disk_that_refuses_leaves_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is blanked before the new content is there."""
    path = tmp_path / "a"
    path.write_bytes(b"plain")

    def refuse(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("desktop.scrubbing.write_atomically", refuse)
    with pytest.raises(OSError, match="No space"):
        replace_scrubbed(path, b"sealed")
    assert path.read_bytes() == b"plain"
