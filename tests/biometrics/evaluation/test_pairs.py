"""Lists of pairs are read, made, and cut short."""

from pathlib import Path

import pytest

from biometrics.evaluation.pairs import PairsUnusable, covered, make_pairs, read_pairs
from biometrics.evaluation.samples import Dataset, Sample, read_dataset
from tests.biometrics.evaluation.sets import COLOURS, paint, small_set


def listed(folder: Path, text: str) -> Path:
    """A list of pairs."""
    path = folder / "pairs.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_lfws_format(tmp_path: Path) -> None:
    """Two folds of one genuine and one impostor pair each."""
    dataset = read_dataset(small_set(tmp_path))
    text = "2\t1\nAnn\t1\t2\nAnn\t1\tBob\t3\nCem\t1\t3\nCem\t2\tDee\t1\n"
    pairs = read_pairs(listed(tmp_path, text), dataset)
    shown = [
        [(dataset.samples[p.left].shown, dataset.samples[p.right].shown, p.same) for p in fold]
        for fold in pairs.folds
    ]
    assert shown[0] == [
        ("Ann/Ann_0001.png", "Ann/Ann_0002.png", True),
        ("Ann/Ann_0001.png", "Bob/Bob_0003.png", False),
    ]
    assert [same for _, _, same in shown[1]] == [True, False]
    assert pairs.problems == ()


def test_missing_files_and_nonsense_are_named(tmp_path: Path) -> None:
    """The rest of the list is used."""
    dataset = read_dataset(small_set(tmp_path))
    text = "1 2\nAnn 1 2\nAnn 1 99\nwhat\nAnn one 2\n"
    pairs = read_pairs(listed(tmp_path, text), dataset)
    assert len(pairs.folds[0]) == 1
    assert pairs.problems == (
        "pairs.txt, line 3: there is no picture Ann_0099.",
        "pairs.txt, line 4: is not NAME 1 2 or NAME 1 OTHER 2.",
        "pairs.txt, line 5: a picture's number is not a number.",
    )


@pytest.mark.parametrize("text", ["", "hello\n", "1 1\nNobody 1 2\n", "0\n"])
def test_a_list_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    """A sentence that names the file."""
    dataset = read_dataset(small_set(tmp_path))
    with pytest.raises(PairsUnusable, match=r"pairs\.txt"):
        read_pairs(listed(tmp_path, text), dataset)


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    """Not there, and not text."""
    dataset = read_dataset(small_set(tmp_path))
    with pytest.raises(PairsUnusable, match="cannot be read"):
        read_pairs(tmp_path / "none.txt", dataset)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(PairsUnusable, match="cannot be read"):
        read_pairs(tmp_path / "binary", dataset)


def test_made_pairs_share_no_person_between_folds(tmp_path: Path) -> None:
    """Folds of two people each, as many pairs of one kind as of the other, always the same."""
    dataset = read_dataset(small_set(tmp_path))
    pairs = make_pairs(dataset)
    people = [
        {dataset.samples[place].person for pair in fold for place in (pair.left, pair.right)}
        for fold in pairs.folds
    ]
    assert [len(names) for names in people] == [2, 2]
    assert not people[0] & people[1]
    for fold in pairs.folds:
        assert sum(pair.same for pair in fold) == sum(not pair.same for pair in fold) == 6
        for pair in fold:
            left, right = dataset.samples[pair.left], dataset.samples[pair.right]
            assert (left.person == right.person) is pair.same
    assert make_pairs(dataset) == pairs


def test_what_no_pairs_can_be_made_of(tmp_path: Path) -> None:
    """One person, and one picture a person."""
    one = Dataset(tmp_path, tuple(Sample(tmp_path / n, n, "Ann") for n in "ab"))
    with pytest.raises(PairsUnusable, match="Two people"):
        make_pairs(one)
    for name, colour in COLOURS.items():
        paint(tmp_path / f"{name}.png", colour)
    with pytest.raises(PairsUnusable, match="Nobody has two pictures"):
        make_pairs(read_dataset(tmp_path))


def test_pictures_and_covered_pairs(tmp_path: Path) -> None:
    """Of some pictures only the whole pairs are left, and it is known how many are not."""
    dataset = read_dataset(small_set(tmp_path))
    pairs = make_pairs(dataset)
    first = pairs.pictures[:4]
    assert len(set(pairs.pictures)) == len(pairs.pictures)
    kept = covered(pairs, first)
    together = [pair for fold in kept.folds for pair in fold]
    assert together
    assert all({pair.left, pair.right} <= set(first) for pair in together)
    assert kept.left_out == 24 - len(together)
