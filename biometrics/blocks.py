"""A gallery's people in blocks that never change: a change makes one other block, the rest stay.

The last block has room to spare, which it shares with the blocks made from it: who is added is
written behind the rows that earlier blocks show.
"""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from biometrics.codes import Codes
from biometrics.search import Coded
from biometrics.short_rows import Short
from biometrics.templates import Person

BLOCK = 16_384
"""People in a block. Replacing one copies 8 MB (1 to 2 ms); a million people are 62 blocks."""
_LEAST_ROOM = 16
MOST_CHANGED = 512
"""Rows that may differ from the codes before new codes are due: each costs a comparison."""


class _Room:
    """Memory that several blocks show parts of; rows are written once, behind all others.

    Args:
        vectors: The first rows.
        samples: How many templates each of them has.
        short: The first rows in fewer numbers; None where rows are not kept so.
    """

    def __init__(
        self, vectors: NDArray[np.float32], samples: NDArray[np.int32], short: Short | None
    ) -> None:
        rows, dimensions = vectors.shape
        capacity = min(BLOCK, max(_LEAST_ROOM, 2 * rows))
        self._vectors = np.empty((capacity, dimensions), dtype=np.float32)
        self._samples = np.empty(capacity, dtype=np.int32)
        self._filled = rows
        self._lock = threading.Lock()
        self._vectors[:rows] = vectors
        self._samples[:rows] = samples
        self._short: Short | None = None
        if short is not None:
            along = np.empty((capacity, short.rows.shape[1]), dtype=np.float32)
            along[:rows] = short.rows
            self._short = Short(short.axes, along, short.beside)

    def forget_short(self) -> None:
        """Keeps no rows in fewer numbers from now on."""
        self._short = None

    def append(self, after: int, vector: NDArray[np.float32], samples: int) -> bool:
        """Writes a row behind the first `after`; False where another stands, or no room is."""
        with self._lock:
            if self._filled != after or after == len(self._vectors):
                return False
            self._filled = after + 1
        self.put(after, vector, samples)
        return True

    def put(self, row: int, vector: NDArray[np.float32], samples: int) -> None:
        """Writes a row that no block shows yet."""
        self._vectors[row] = vector
        self._samples[row] = samples
        short = self._short
        if short is not None:
            along, beside = short.along(vector[np.newaxis])
            short.rows[row] = along[0]
            self._short = Short(short.axes, short.rows, max(short.beside, float(beside[0])))

    def shown(self, rows: int) -> tuple[NDArray[np.float32], NDArray[np.int32], Short | None]:
        """The first rows, read-only."""
        vectors, samples = self._vectors[:rows], self._samples[:rows]
        vectors.setflags(write=False)
        samples.setflags(write=False)
        short = self._short
        if short is not None:
            short = Short(short.axes, short.rows[:rows], short.beside)
            short.rows.setflags(write=False)
        return vectors, samples, short


class Block:
    """Up to `BLOCK` people with their fused unit templates. What it holds never changes.

    How it is searched may: codes are made aside and put in by one assignment. Made with `of`.

    Attributes:
        people: In the order of the rows.
        vectors: Fused unit templates, `float32 (n, dimensions)`, read-only.
        samples: How many templates each has, `int32 (n,)`, read-only.
        coded: For the search, see `biometrics/search.py`; None compares all rows.
        short: The rows in fewer numbers, where there are no codes and fewer are enough.
    """

    __slots__ = ("_room", "coded", "people", "samples", "short", "vectors")

    def __init__(self, people: tuple[Person, ...], room: _Room, coded: Coded | None = None) -> None:
        self.people = people
        self._room = room
        self.vectors, self.samples, self.short = room.shown(len(people))
        self.coded = coded

    @classmethod
    def of(cls, people: Sequence[Person], vectors: NDArray[np.float32]) -> "Block":
        """A block of these people with these rows."""
        samples = np.fromiter((len(person.templates) for person in people), np.int32)
        return cls(tuple(people), _Room(vectors, samples, Short.of(vectors)))

    def __len__(self) -> int:
        return len(self.people)

    @property
    def wants_codes(self) -> bool:
        """Whether it is full and has no codes, or has changed much since they were made."""
        if self.coded is None:
            return len(self) == BLOCK
        return len(self.coded.changed) > MOST_CHANGED

    def make_codes(self) -> None:
        """Makes codes of what it holds, 0.3 s, and puts them in; any thread may call.

        Raises:
            CodesUnavailable: There can be none here.
        """
        self.coded = Coded(Codes(self.vectors))
        self.short = None
        self._room.forget_short()

    def with_last(self, person: Person, vector: NDArray[np.float32]) -> "Block":
        """The same with one more person; the block must not be full."""
        row, room = len(self), self._room
        if not room.append(row, vector, len(person.templates)):
            short = self.short
            if short is None and self.coded is None:
                short = Short.of(self.vectors)
            room = _Room(self.vectors, self.samples, short)
            room.append(row, vector, len(person.templates))
        return Block((*self.people, person), room, self._coded_but(row))

    def with_row(self, row: int, person: Person, vector: NDArray[np.float32]) -> "Block":
        """The same with this person in that row."""
        people = (*self.people[:row], person, *self.people[row + 1 :])
        count = len(person.templates)
        if self.samples[row] == count and np.array_equal(self.vectors[row], vector):
            return Block(people, self._room, self.coded)  # another name, nothing to copy
        room = _Room(self.vectors, self.samples, self.short)
        room.put(row, vector, count)
        return Block(people, room, self._coded_but(row))

    def without_last(self) -> "Block":
        """The same without the last person."""
        return Block(self.people[:-1], self._room, self.coded)

    def _coded_but(self, row: int) -> Coded | None:
        coded = self.coded
        return None if coded is None else coded.but(row)
