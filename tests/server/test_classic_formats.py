"""The three classic forms, however they were written, give encodings with names."""

import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from server import classic_formats
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


@pytest.mark.parametrize("row", [GRACE.tolist(), GRACE, [1], []], ids=["list", "array", "1", "0"])
@pytest.mark.parametrize("form", ["names", "people", "list"])
def test_p3_one_encoding_in_20_000_places_is_refused(
    write: Callable[..., Path], row: object, form: str
) -> None:
    """A reference has two bytes, what it stands for a thousand: counted before it is copied."""
    count = 20_000
    forms: dict[str, object] = {
        "names": {"encodings": [row] * count, "names": ["A"] * count},
        "people": {"Grace": [row] * count},
        "list": [row] * count,
    }
    path = write(forms[form])
    size = path.stat().st_size
    tracemalloc.start()
    try:
        with pytest.raises(PickleRefused, match="repeats the same numbers"):
            read_classic(path)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 20 * size + 5_000_000


def test_p3_a_few_repetitions_are_read(write: Callable[..., Path]) -> None:
    """Some programs put the same encoding several times into their lists."""
    value = {"encodings": [GRACE] * 5 + [EILEEN.tolist()] * 5, "names": ["A"] * 5 + ["B"] * 5}
    assert names_of(write(value)) == value["names"]


def test_p3_more_entries_than_anybody_has_are_refused(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its row in the report."""
    monkeypatch.setattr(classic_formats, "_MOST_ENTRIES", 3)
    assert len(names_of(write(np.stack([GRACE] * 3)))) == 3
    with pytest.raises(PickleRefused, match="more than 3 encodings"):
        read_classic(write(np.stack([GRACE] * 4)))


def test_p3_names_are_texts_and_their_file_is_no_longer_than_they_are(
    write: Callable[..., Path],
) -> None:
    """Whatever else stands for a name is not looked at; 80 MB of lines are not read for two."""
    nested: object = ()
    for _ in range(12):
        nested = (nested,) * 50
    names = names_of(write({"encodings": [GRACE, EILEEN], "names": [nested, 5]}))
    assert [name is None for name in names] == [True, True]  # a printed tuple would never end
    path = write([GRACE, EILEEN], name="all.pkl")
    names_file(path).write_bytes(b"a\n" * 100_000)
    with pytest.raises(PickleRefused, match="bytes"):
        read_classic(path)


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
