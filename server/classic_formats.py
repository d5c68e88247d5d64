"""The pickles of classic face recognition programs, in three forms: encodings with their names.

A dict of `encodings` and `names`; one array a person, named by the file; a list of arrays. Their
encodings are dlib's raw 128 numbers of one picture each, not mirrored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biometrics.gallery import unit_length
from protocol.text import printable
from server.enrolment import SAMPLES_AGREE
from server.foreign_pickle import FOREIGN_LIMITS, Array, load_foreign
from server.gallery_files import read_file
from server.safe_pickle import PickleRefused
from server.stored_person import FORMAT

_KEYS = (
    ("encodings", "names"),
    ("known_encodings", "known_names"),
    ("known_face_encodings", "known_face_names"),
)


@dataclass(frozen=True, slots=True)
class ClassicEntry:
    """One encoding of a file with the name it stands under, neither checked yet."""

    entry: str
    name: object
    numbers: tuple[float, ...]


def read_classic(path: Path) -> tuple[ClassicEntry, ...]:
    """The entries of one file.

    Raises:
        PickleRefused: It cannot be read, or holds none of the classic forms.
    """
    value = load_foreign(read_file(path, limit=FOREIGN_LIMITS.bytes))
    name = printable(path.name)
    pairs = list(_pairs(value, path))
    if not pairs:
        raise PickleRefused("It holds no encodings.")
    single = len(pairs) == 1
    return tuple(
        ClassicEntry(name if single else f"{name} #{number}", person, numbers)
        for number, (person, numbers) in enumerate(pairs, start=1)
    )


def names_file(path: Path) -> Path:
    """Where the names of a list of arrays are: one a line, beside it."""
    return path.with_name(f"{path.stem}.names.txt")


def _pairs(value: object, path: Path) -> Iterator[tuple[object, tuple[float, ...]]]:
    """(name, numbers) of whatever form it is.

    Raises:
        PickleRefused: It is none of the forms.
    """
    if isinstance(value, dict):
        yield from _from_dict(value)
    elif isinstance(value, Array):
        yield from ((path.stem, numbers) for numbers in value.rows())
    elif isinstance(value, (list, tuple)):
        yield from _from_list(value, path)
    else:
        raise PickleRefused("It holds none of the classic forms: a dict, an array, a list.")


def _from_dict(value: dict[object, object]) -> Iterator[tuple[object, tuple[float, ...]]]:
    if value.get("format") == FORMAT:
        raise PickleRefused("It is a file of FaceNetGrid itself: put it into known_faces.")
    for encodings, names in _KEYS:
        if encodings in value and names in value:
            yield from _matched(value[encodings], value[names])
            return
    # A dict of people: {"Grace Hopper": array or list of arrays}.
    for name, item in value.items():
        found = list(_encodings(item))
        yield from ((name, numbers) for numbers in found)


def _from_list(value: Sequence[object], path: Path) -> Iterator[tuple[object, tuple[float, ...]]]:
    if len(value) == 2 and _are_names(value[1]):
        yield from _matched(value[0], value[1])
        return
    found = list(_encodings(value))
    beside = names_file(path)
    if beside.exists():
        try:
            lines = read_file(beside, limit=FOREIGN_LIMITS.bytes).decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise PickleRefused(f"{beside.name} is no text in UTF-8.") from error
        yield from _matched(value, lines)
    elif _one_person(found):
        yield from ((path.stem, numbers) for numbers in found)
    else:
        # Nobody says who they are. One person each: together they would be a mixture of all.
        for number, numbers in enumerate(found, start=1):
            yield f"{path.stem} {number}", numbers


def _matched(encodings: object, names: object) -> Iterator[tuple[object, tuple[float, ...]]]:
    found = list(_encodings(encodings))
    if not isinstance(names, (list, tuple)):
        raise PickleRefused("Its names are no list.")
    if len(found) != len(names):
        # Which name belongs to which encoding can only be guessed from here on.
        raise PickleRefused(f"It has {len(found)} encodings and {len(names)} names.")
    yield from zip(names, found, strict=True)


def _encodings(value: object) -> Iterator[tuple[float, ...]]:
    """The encodings of an array, a list of numbers, or a list of those."""
    if isinstance(value, Array):
        yield from value.rows()
    elif isinstance(value, (list, tuple)):
        numbers = _numbers(value)
        if value and numbers is not None:
            yield numbers
            return
        for item in value:
            yield _encoding(item)
    else:
        raise PickleRefused("It holds something else than encodings.")


def _encoding(item: object) -> tuple[float, ...]:
    """One encoding: an array, or a list of numbers; nothing deeper."""
    if isinstance(item, Array):
        found = list(item.rows())
        if len(found) != 1:
            raise PickleRefused("It holds arrays of several rows in a list.")
        return found[0]
    numbers = _numbers(item)
    if numbers is None:
        raise PickleRefused("It holds something else than encodings.")
    return numbers


def _numbers(value: object) -> tuple[float, ...] | None:
    """The numbers of a list that holds nothing else."""
    if not isinstance(value, (list, tuple)):
        return None
    if not all(type(item) in (int, float) for item in value):
        return None
    return tuple(float(item) for item in value)


def _are_names(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


def _one_person(found: Sequence[tuple[float, ...]]) -> bool:
    """Whether each encoding is near the mean of the others, as samples of an enrolment must be."""
    try:
        units = np.stack([unit_length(np.asarray(row, dtype=np.float64)) for row in found])
    except ValueError:  # of different lengths, or without a direction: judged one by one later
        return False
    if len(units) < 2:
        return True
    others = units.sum(axis=0) - units
    lengths = np.linalg.norm(others, axis=1, keepdims=True)
    if not lengths.all():
        return False
    return bool((np.linalg.norm(units - others / lengths, axis=1) <= SAMPLES_AGREE).all())
