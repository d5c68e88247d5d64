"""The pickles of classic face recognition programs, in three forms: encodings with their names.

A dict of `encodings` and `names`; one array a person, named by the file; a list of arrays. Their
encodings are dlib's raw 128 numbers of one picture each, not mirrored.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biometrics.gallery import unit_length
from biometrics.yardstick import DLIB
from protocol.text import printable
from server.foreign_pickle import FOREIGN_LIMITS, Array, load_foreign
from server.gallery_files import read_file
from server.safe_pickle import PickleRefused
from server.stored_person import FORMAT

_KEYS = (
    ("encodings", "names"),
    ("known_encodings", "known_names"),
    ("known_face_encodings", "known_face_names"),
)
_MOST_ENTRIES = 200_000
# What a file may hold in any case, so that a small one may repeat a few of its encodings.
_NUMBERS_TO_BEGIN_WITH = 1_000 * 128
# A number takes two bytes at least, and an entry takes memory of its own, however few are in it.
_BYTES_A_NUMBER = 2
_NUMBERS_AN_ENTRY = 16
_NAMES_BYTES = 64 * 1024  # and as much for each encoding as a name of 100 characters may have
_NAME_BYTES = 400

_Pair = tuple[object, "array[float]"]


@dataclass(frozen=True, slots=True)
class ClassicEntry:
    """One encoding of a file with the name it stands under, neither checked yet.

    Attributes:
        entry: The file's name, and the number in it if there are several.
        name: As it stands there; nothing when that is no text.
        numbers: As many as there are.
    """

    entry: str
    name: str | None
    numbers: "array[float]"


def read_classic(path: Path) -> tuple[ClassicEntry, ...]:
    """The entries of one file.

    Raises:
        PickleRefused: It cannot be read, or holds none of the classic forms.
    """
    data = read_file(path, limit=FOREIGN_LIMITS.bytes)
    left = _Left(len(data))
    value = load_foreign(data)
    name = printable(path.name)
    pairs = list(_pairs(value, path, left))
    if not pairs:
        raise PickleRefused("It holds no encodings.")
    single = len(pairs) == 1
    return tuple(
        ClassicEntry(
            name if single else f"{name} #{number}",
            person if isinstance(person, str) else None,
            numbers,
        )
        for number, (person, numbers) in enumerate(pairs, start=1)
    )


def names_file(path: Path) -> Path:
    """Where the names of a list of arrays are: one a line, beside it."""
    return path.with_name(f"{path.stem}.names.txt")


class _Left:
    """What may still come out of a file: one list in it may stand in a million places."""

    def __init__(self, size: int) -> None:
        self._numbers = _NUMBERS_TO_BEGIN_WITH + size // _BYTES_A_NUMBER
        self._entries = _MOST_ENTRIES

    def take(self, numbers: "array[float]") -> None:
        """Counts one encoding.

        Raises:
            PickleRefused: It is one too many, for any file or for one of this size.
        """
        self._entries -= 1
        if self._entries < 0:
            raise PickleRefused(f"It holds more than {_MOST_ENTRIES} encodings.")
        self._numbers -= max(len(numbers), _NUMBERS_AN_ENTRY)
        if self._numbers < 0:
            raise PickleRefused("It repeats the same numbers more often than encodings do.")


def _pairs(value: object, path: Path, left: _Left) -> Iterator[_Pair]:
    """(name, numbers) of whatever form it is.

    Raises:
        PickleRefused: It is none of the forms.
    """
    if isinstance(value, dict):
        yield from _from_dict(value, left)
    elif isinstance(value, Array):
        yield from ((path.stem, numbers) for numbers in _encodings(value, left))
    elif isinstance(value, (list, tuple)):
        yield from _from_list(value, path, left)
    else:
        raise PickleRefused("It holds none of the classic forms: a dict, an array, a list.")


def _from_dict(value: dict[object, object], left: _Left) -> Iterator[_Pair]:
    if value.get("format") == FORMAT:
        raise PickleRefused("It is a file of FaceNetGrid itself: put it into known_faces.")
    for encodings, names in _KEYS:
        if encodings in value and names in value:
            yield from _matched(list(_encodings(value[encodings], left)), value[names])
            return
    # A dict of people: {"Grace Hopper": array or list of arrays}.
    for name, item in value.items():
        yield from ((name, numbers) for numbers in _encodings(item, left))


def _from_list(value: Sequence[object], path: Path, left: _Left) -> Iterator[_Pair]:
    if len(value) == 2 and _are_names(value[1]):
        yield from _matched(list(_encodings(value[0], left)), value[1])
        return
    found = list(_encodings(value, left))
    beside = names_file(path)
    if beside.exists():
        limit = _NAMES_BYTES + _NAME_BYTES * len(found)
        try:
            lines = read_file(beside, limit=limit).decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise PickleRefused(f"{beside.name} is no text in UTF-8.") from error
        yield from _matched(found, lines)
    elif _one_person(found):
        yield from ((path.stem, numbers) for numbers in found)
    else:
        # Nobody says who they are. One person each: together they would be a mixture of all.
        for number, numbers in enumerate(found, start=1):
            yield f"{path.stem} {number}", numbers


def _matched(found: Sequence["array[float]"], names: object) -> Iterator[_Pair]:
    if not isinstance(names, (list, tuple)):
        raise PickleRefused("Its names are no list.")
    if len(found) != len(names):
        # Which name belongs to which encoding can only be guessed from here on.
        raise PickleRefused(f"It has {len(found)} encodings and {len(names)} names.")
    yield from zip(names, found, strict=True)


def _encodings(value: object, left: _Left) -> Iterator["array[float]"]:
    """The encodings of an array, a list of numbers, or a list of those; each is counted."""
    for numbers in _each(value):
        left.take(numbers)
        yield numbers


def _each(value: object) -> Iterator["array[float]"]:
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


def _encoding(item: object) -> "array[float]":
    """One encoding: an array, or a list of numbers; nothing deeper."""
    if isinstance(item, Array):
        if len(item.shape) > 1 and item.shape[0] != 1:
            raise PickleRefused("It holds arrays of several rows in a list.")
        return next(item.rows())
    numbers = _numbers(item)
    if numbers is None:
        raise PickleRefused("It holds something else than encodings.")
    return numbers


def _numbers(value: object) -> "array[float] | None":
    """The numbers of a list that holds nothing else."""
    if not isinstance(value, (list, tuple)):
        return None
    if not all(type(item) in (int, float) for item in value):
        return None
    return array("d", value)


def _are_names(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


def _one_person(found: Sequence["array[float]"]) -> bool:
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
    return bool((np.linalg.norm(units - others / lengths, axis=1) <= DLIB.samples_agree).all())
