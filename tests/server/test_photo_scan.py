"""What is found in a folder of pictures, and whose it is."""

import os
from pathlib import Path

import pytest

from server.photo_scan import FolderUnusable, scan, scan_all
from tests.server.galleries import put


def test_a_mix_of_folders_and_files(tmp_path: Path) -> None:
    """NAME/*.jpg and NAME.jpg side by side; underscores are blanks; hidden files are passed."""
    put(
        tmp_path,
        {
            "Grace_Hopper/1.jpg": b"",
            "Grace_Hopper/2.png": b"",
            "Eileen_Collins.jpg": b"",
            ".DS_Store": b"",
            "Grace_Hopper/Thumbs.db": b"",
        },
    )
    found = [(file.shown, file.person, file.problem) for file in scan(tmp_path)]
    assert found == [
        ("Eileen_Collins.jpg", "Eileen Collins", ""),
        ("Grace_Hopper/1.jpg", "Grace Hopper", ""),
        ("Grace_Hopper/2.png", "Grace Hopper", ""),
    ]


def test_files_that_cannot_be_looked_at_are_named(tmp_path: Path) -> None:
    """B22: a folder in a folder, a FIFO, an unusable name: each has its sentence."""
    put(tmp_path, {"Ann/deeper/1.jpg": b"", "___/1.jpg": b"", f"{'x' * 150}.jpg": b""})
    os.mkfifo(tmp_path / "Ann" / "pipe.jpg")
    problems = {file.shown: file.problem for file in scan(tmp_path)}
    assert "not looked at" in problems["Ann/deeper"]
    assert "not a file" in problems["Ann/pipe.jpg"]
    assert "empty" in problems["___/1.jpg"]
    assert "150 characters" in problems[f"{'x' * 150}.jpg"]


def test_a_name_for_all(tmp_path: Path) -> None:
    """With a name given the files' own names do not count; folders are not looked into."""
    put(tmp_path, {"a.jpg": b"", "b.jpg": b"", "other/c.jpg": b""})
    found = scan(tmp_path, name="Ann")
    assert [(file.shown, file.person, bool(file.problem)) for file in found] == [
        ("a.jpg", "Ann", False),
        ("b.jpg", "Ann", False),
        ("other", "", True),
    ]


def test_single_files(tmp_path: Path) -> None:
    """Chosen pictures are taken one by one."""
    put(tmp_path, {"Ann.jpg": b"", "Bob.jpg": b""})
    found = scan_all([tmp_path / "Bob.jpg", tmp_path / "Ann.jpg"])
    assert [file.person for file in found] == ["Bob", "Ann"]


def test_nothing_to_enrol_from(tmp_path: Path) -> None:
    """B22: a missing folder and an empty one are told in a sentence that names them."""
    with pytest.raises(FolderUnusable, match=r"nowhere does not exist"):
        scan(tmp_path / "nowhere")
    with pytest.raises(FolderUnusable, match="NAME/1"):
        scan(tmp_path)


def test_a_name_that_could_break_the_screen(tmp_path: Path) -> None:
    """B16: what is shown of a file's name is always safe to show."""
    put(tmp_path, {"A\x1b[31m\nnn.jpg": b""})
    (file,) = scan(tmp_path)
    assert file.shown.isprintable()
    assert file.person.isprintable()
    assert file.problem
