"""The three classic forms, however they were written, give encodings with names."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from server.classic_formats import names_file, read_classic
from server.safe_pickle import PickleRefused, dump_primitives
from tests.server.people_examples import encoding, person

GRACE, GRACE_2, EILEEN = encoding(1), encoding(1) + 0.01, encoding(2)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Pickles a value into a file and gives its path."""

    def writer(value: object, name: str = "Grace Hopper.pkl", protocol: int = 4) -> Path:
        path = tmp_path / name
        path.write_bytes(pickle.dumps(value, protocol=protocol))
        return path

    return writer


def names_of(path: Path) -> list[object]:
    return [entry.name for entry in read_classic(path)]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["f4", "f8", ">f4"])
def test_encodings_with_names(write: Callable[..., Path], protocol: int, kind: str) -> None:
    """{"encodings": [...], "names": [...]} of every protocol and precision."""
    encodings = [e.astype(kind) for e in (GRACE, EILEEN)]
    path = write({"encodings": encodings, "names": ["Grace", "Eileen"]}, protocol=protocol)
    entries = read_classic(path)
    assert [entry.name for entry in entries] == ["Grace", "Eileen"]
    assert [entry.entry for entry in entries] == ["Grace Hopper.pkl #1", "Grace Hopper.pkl #2"]
    for entry, expected in zip(entries, encodings, strict=True):
        assert np.array_equal(entry.numbers, expected.astype("f8"))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"encodings": np.stack([GRACE, EILEEN]), "names": ("A", "B")}, ["A", "B"]),
        ({"encodings": [GRACE.tolist()], "names": ["A"]}, ["A"]),
        ({"known_face_encodings": [GRACE], "known_face_names": ["A"]}, ["A"]),
        ({"Grace": GRACE, "Eileen": [EILEEN, EILEEN + 0.01]}, ["Grace", "Eileen", "Eileen"]),
        (([GRACE, EILEEN], ["A", "B"]), ["A", "B"]),
        ([[GRACE, EILEEN], ["A", "B"]], ["A", "B"]),
        (GRACE, ["Grace Hopper"]),
        (np.stack([GRACE, GRACE_2]), ["Grace Hopper"] * 2),
        (GRACE.reshape(1, 128), ["Grace Hopper"]),
        (GRACE.tolist(), ["Grace Hopper"]),
        ([GRACE], ["Grace Hopper"]),
        ([GRACE, GRACE_2, GRACE_2 + 0.01], ["Grace Hopper"] * 3),
        ([GRACE, EILEEN], ["Grace Hopper 1", "Grace Hopper 2"]),
        ([GRACE.tolist(), EILEEN.tolist()], ["Grace Hopper 1", "Grace Hopper 2"]),
    ],
)
def test_every_form_gives_its_names(
    write: Callable[..., Path], value: object, names: list[str]
) -> None:
    """A file's name stands for the person; a list of several people keeps them apart."""
    assert names_of(write(value)) == names


def test_names_beside_a_list(write: Callable[..., Path]) -> None:
    """One a line in NAME.names.txt, as the export writes them."""
    path = write([GRACE, EILEEN], name="all.pkl")
    names_file(path).write_text("Grace\nEileen\n", encoding="utf-8")
    assert names_of(path) == ["Grace", "Eileen"]
    names_file(path).write_text("Grace\n", encoding="utf-8")
    with pytest.raises(PickleRefused, match="2 encodings and 1 names"):
        read_classic(path)
    names_file(path).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PickleRefused, match="UTF-8"):
        read_classic(path)


@pytest.mark.parametrize(
    "value",
    [
        {"encodings": [GRACE, EILEEN], "names": ["A"]},
        {"encodings": [GRACE], "names": "A"},
        {"encodings": 5, "names": ["A"]},
        {"encodings": [np.stack([GRACE, EILEEN])], "names": ["A"]},
        {"encodings": [[[1.0]]], "names": ["A"]},
        {"encodings": [], "names": []},
        {"Grace": "text"},
        {},
        [],
        [None],
        "text",
        5,
        None,
    ],
    ids=lambda value: str(value)[:30],
)
def test_other_values_are_refused_with_a_sentence(
    write: Callable[..., Path], value: object
) -> None:
    """Nothing is guessed: a list without as many names could name everybody wrongly."""
    with pytest.raises(PickleRefused) as refused:
        read_classic(write(value))
    assert str(refused.value).endswith(".")


def test_a_list_that_holds_itself_is_refused(tmp_path: Path) -> None:
    """It is followed to a fixed depth."""
    path = tmp_path / "loop.pkl"
    path.write_bytes(b"\x80\x02]q\x00h\x00a.")
    with pytest.raises(PickleRefused):
        read_classic(path)


def test_a_file_of_our_own_is_pointed_to_its_place(tmp_path: Path) -> None:
    """It needs no import."""
    path = tmp_path / "own.pkl"
    path.write_bytes(dump_primitives(person().to_plain()))
    with pytest.raises(PickleRefused, match="known_faces"):
        read_classic(path)
