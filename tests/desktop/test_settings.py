"""Tests of keeping settings in a file that people edit too."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from desktop.settings import SettingsError, load, save


@dataclass(frozen=True)
class Example:
    """Settings of each kind that the programs use."""

    name: str = "Lobby"
    port: int = 5050
    heartbeat_s: float = 2.0
    sound: bool = True
    theme: Literal["light", "dark"] = "light"
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuses a port that cannot be."""
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port {self.port} is not between 0 and 65535")


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    """A first start needs no file."""
    assert load(Example, tmp_path / "none.json") == Example()


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """Every kind of value survives the way through the file."""
    path = tmp_path / "settings.json"
    mine = Example(name="Büro ✓", port=6000, heartbeat_s=0.5, sound=False, theme="dark", note="x")
    save(mine, path)
    assert load(Example, path) == mine


def test_an_explicit_zero_false_or_empty_value_is_kept(tmp_path: Path) -> None:
    """A value that is falsy is a value, not a missing one."""
    path = tmp_path / "settings.json"
    path.write_text('{"port": 0, "sound": false, "name": ""}')
    assert load(Example, path) == Example(port=0, sound=False, name="")


def test_unknown_keys_are_ignored_and_whole_numbers_are_floats(tmp_path: Path) -> None:
    """A file of a newer version, or one edited by hand, still works."""
    path = tmp_path / "settings.json"
    path.write_text('{"heartbeat_s": 3, "new_in_version_9": [1]}')
    assert load(Example, path).heartbeat_s == 3.0


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('{"port": "5050"}', "port"),
        ('{"port": true}', "port"),
        ('{"sound": 1}', "sound"),
        ('{"theme": "pink"}', "theme"),
        ('{"port": 70000}', "70000"),
        ("[]", "object"),
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("\x00\xff", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_by_a_sentence_that_names_it(
    tmp_path: Path, content: str, named: str
) -> None:
    """The sentence has the file's path and what is wrong in it."""
    path = tmp_path / "settings.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(SettingsError) as caught:
        load(Example, path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)
    assert path.read_text(encoding="latin-1") == content


def test_the_file_is_readable_json(tmp_path: Path) -> None:
    """An administrator can open the file and edit it."""
    path = tmp_path / "settings.json"
    save(Example(name="Büro"), path)
    assert json.loads(path.read_text(encoding="utf-8"))["name"] == "Büro"
    assert "Büro" in path.read_text(encoding="utf-8")
