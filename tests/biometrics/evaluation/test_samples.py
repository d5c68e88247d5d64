"""Folders are read in every layout; what is odd gets a sentence."""

import os
from pathlib import Path

import pytest

from biometrics.evaluation.samples import DatasetUnusable, name_key, printable, read_dataset
from tests.biometrics.evaluation.sets import COLOURS, paint, small_set

RED = COLOURS["Ann"]


def test_a_folder_a_person(tmp_path: Path) -> None:
    """Every picture belongs to its folder's person, in order."""
    dataset = read_dataset(small_set(tmp_path, pictures=2))
    assert [sample.shown for sample in dataset.samples[:2]] == [
        "Ann/Ann_0001.png",
        "Ann/Ann_0002.png",
    ]
    assert {sample.person for sample in dataset.samples} == set(COLOURS)
    assert dataset.problems == ()


def test_flat_folders(tmp_path: Path) -> None:
    """NAME.jpg is one person's, NAME_0001.jpg is LFW's way, and a list beside is no picture."""
    for name in ("Ann_Lee.png", "Bob_0001.png", "Bob_0002.png"):
        paint(tmp_path / name, RED)
    (tmp_path / "pairs.txt").write_text("1 1\n")
    dataset = read_dataset(tmp_path)
    assert [sample.person for sample in dataset.samples] == ["Ann Lee", "Bob", "Bob"]
    assert dataset.problems == ()


def test_pictures_in_an_inner_folder(tmp_path: Path) -> None:
    """`images/NAME/...` beside a list of pairs."""
    small_set(tmp_path / "images", pictures=1)
    dataset = read_dataset(tmp_path)
    assert dataset.root == tmp_path / "images"
    assert len(dataset.samples) == 4


def test_one_name_in_two_spellings(tmp_path: Path) -> None:
    """Case, accents, blanks and underscores do not make another person, and it is said."""
    for name in ("José_Peña", "jose pena", "Bob"):
        paint(tmp_path / name / "1.png", RED)
    dataset = read_dataset(tmp_path)
    assert len({sample.person for sample in dataset.samples}) == 2
    assert dataset.spellings == (("José Peña", "jose pena"),)


def test_names_without_letters_stay_apart() -> None:
    """Names of signs alone are not all the same."""
    assert name_key("--") != name_key("...")
    assert name_key("李") != name_key("王")


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    """Other files, folders in folders and pipes get a sentence, hidden files none."""
    paint(tmp_path / "Ann" / "1.png", RED)
    (tmp_path / "Ann" / "notes.txt").write_text("x")
    (tmp_path / "Ann" / ".hidden.png").write_text("x")
    (tmp_path / "Ann" / "more").mkdir()
    os.mkfifo(tmp_path / "Ann" / "pipe.png")
    dataset = read_dataset(tmp_path)
    assert len(dataset.samples) == 1
    assert sorted(dataset.problems) == [
        "Ann/notes.txt does not look like a picture.",
        "Ann/pipe.png is not a file.",
        "more is a folder in a person's folder.",
    ]


@pytest.mark.parametrize("made", [True, False])
def test_nothing_to_evaluate(tmp_path: Path, made: bool) -> None:
    """An empty folder and a missing one: a sentence with what to do."""
    folder = tmp_path / "none"
    if made:
        folder.mkdir()
    with pytest.raises(DatasetUnusable, match=r"holds no pictures|not a folder"):
        read_dataset(folder)


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason is in the sentence."""

    def refuse(_self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DatasetUnusable, match="Permission denied"):
        read_dataset(tmp_path)


def test_names_cannot_command_the_terminal() -> None:
    """Escapes, line breaks and lone surrogates become a sign."""
    assert printable("a\x1b[2Jb\n\udcff") == "a□[2Jb□□"
