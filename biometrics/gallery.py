"""The enrolled people: an immutable gallery, changed by making another that shares almost all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from biometrics.blocks import BLOCK, Block
from biometrics.faces import Encoding
from biometrics.places import Places
from biometrics.search import Nearest, nearest
from biometrics.templates import GalleryRefused, Person, Template, unit_length, unit_lengths

__all__ = ["Gallery", "GalleryRefused", "Person", "Template", "unit_length", "unit_lengths"]


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Everybody enrolled, never changed: every change gives a new gallery.

    Swap it by one assignment; searches under way keep the one they have. Made with `of`. A change
    takes as long with a million people as with ten thousand: it shares all blocks but one.

    Args:
        encoder: The fingerprint every template has.
        blocks: The people with their rows; all but the last are full.
        total: The sum of all rows, `float64 (dimensions,)`.
        samples: Templates of all people together.
    """

    encoder: str
    blocks: tuple[Block, ...] = field(repr=False)
    total: Encoding = field(repr=False)
    samples: int
    _places: Places = field(repr=False)

    @classmethod
    def of(cls, people: Iterable[Person], encoder: str) -> "Gallery":
        """A gallery of these people.

        Raises:
            GalleryRefused: A person without templates, a template of another encoder, not
                finite, or of another length, or a subject id that is there twice.
        """
        everyone = tuple(people)
        rows = [_row(person, encoder) for person in everyone]
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            raise GalleryRefused(f"Templates differ in length: {sorted(lengths)}.")
        places = Places.of(person.subject_id for person in everyone)
        if len(places) < len(everyone):
            raise GalleryRefused("A subject id is in the gallery twice.")
        blocks = tuple(
            Block.of(everyone[start : start + BLOCK], np.stack(rows[start : start + BLOCK]))
            for start in range(0, len(everyone), BLOCK)
        )
        sums = [block.vectors.sum(axis=0, dtype=np.float64) for block in blocks]
        total = np.sum(sums, axis=0) if sums else np.zeros(0)
        samples = sum(len(person.templates) for person in everyone)
        return cls(encoder, blocks, total, samples, places)

    def __len__(self) -> int:
        return (len(self.blocks) - 1) * BLOCK + len(self.blocks[-1]) if self.blocks else 0

    @property
    def people(self) -> Sequence[Person]:
        """Everybody, in the order of the rows; put together when asked for."""
        return tuple(chain.from_iterable(block.people for block in self.blocks))

    @property
    def dimensions(self) -> int:
        """How many numbers a row has; 0 without people."""
        return len(self.total)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many templates each person has, in the order of the rows."""
        counts = [block.samples for block in self.blocks]
        return np.concatenate(counts).astype(np.int64) if counts else np.empty(0, np.int64)

    def get(self, subject_id: str) -> Person | None:
        """The person of that id, or None."""
        row = self._places.get(subject_id)
        return None if row is None else self.at(row)

    def row(self, subject_id: str) -> int:
        """That person's row.

        Raises:
            KeyError: Nobody has that id.
        """
        row = self._places.get(subject_id)
        if row is None:
            raise KeyError(subject_id)
        return row

    def at(self, row: int) -> Person:
        """The person of a row."""
        return self.blocks[row // BLOCK].people[row % BLOCK]

    def vector(self, row: int) -> NDArray[np.float32]:
        """The fused unit template of a row, read-only."""
        vector: NDArray[np.float32] = self.blocks[row // BLOCK].vectors[row % BLOCK]
        return vector

    def nearest(self, probes: NDArray[np.floating], count: int, *, exact: bool = False) -> Nearest:
        """The people nearest to each unit probe; everybody where there are fewer than `count`.

        Args:
            probes: `(n, dimensions)`; one pass serves several.
            count: At least 1.
            exact: Also where there are codes, all rows are compared.
        """
        return nearest(self.blocks, np.asarray(probes, dtype=np.float32), count, exact=exact)

    def matrix(self) -> NDArray[np.float32]:
        """All rows, `(people, dimensions)`, in memory of their own: for statistics."""
        rows = [block.vectors for block in self.blocks]
        return np.concatenate(rows) if rows else np.empty((0, 0), np.float32)

    def cosines(self, probes: NDArray[np.floating]) -> NDArray[np.float32]:
        """Of each unit probe and everybody, `(n, people)`: for statistics, not for searches."""
        rows = np.asarray(probes, dtype=np.float32)
        parts = [np.matmul(rows, block.vectors.T) for block in self.blocks]
        return np.concatenate(parts, axis=1) if parts else np.empty((len(rows), 0), np.float32)

    def wants_codes(self, above: int) -> list[Block]:
        """Blocks that are searched faster with (new) codes; none up to so many people."""
        return [] if len(self) <= above else [b for b in self.blocks if b.wants_codes]

    def with_person(self, person: Person) -> "Gallery":
        """A gallery that holds this person, in place of one with the same id.

        Raises:
            GalleryRefused: As `of`.
        """
        vector = _row(person, self.encoder)
        if self.blocks and len(vector) != self.dimensions:
            lengths = f"{len(vector)} and {self.dimensions}"
            raise GalleryRefused(f"Templates differ in length: {lengths}.")
        row = self._places.get(person.subject_id)
        if row is None:
            return self._with_last(person, vector)
        before = len(self.at(row).templates)
        return Gallery(
            self.encoder,
            self._with_block(
                row // BLOCK, self.blocks[row // BLOCK].with_row(row % BLOCK, person, vector)
            ),
            self.total - self.vector(row) + vector,
            self.samples - before + len(person.templates),
            self._places,
        )

    def without(self, subject_id: str) -> "Gallery":
        """A gallery without that person; the last one takes their row.

        Raises:
            KeyError: Nobody has that id.
        """
        row, last = self.row(subject_id), len(self) - 1
        if last == 0:
            return Gallery.of((), self.encoder)
        person, mover = self.at(row), self.at(last)
        blocks, places = self.blocks, self._places.without(subject_id)
        if row != last:
            number = row // BLOCK
            filled = blocks[number].with_row(row % BLOCK, mover, self.vector(last))
            blocks = self._with_block(number, filled)
            places = places.with_place(mover.subject_id, row)
        shorter = blocks[-1].without_last()
        return Gallery(
            self.encoder,
            (*blocks[:-1], shorter) if len(shorter) else blocks[:-1],
            self.total - self.vector(row),
            self.samples - len(person.templates),
            places,
        )

    def _with_last(self, person: Person, vector: NDArray[np.float32]) -> "Gallery":
        places = self._places.with_place(person.subject_id, len(self))
        if self.blocks and len(self.blocks[-1]) < BLOCK:
            blocks = self._with_block(-1, self.blocks[-1].with_last(person, vector))
        else:
            blocks = (*self.blocks, Block.of((person,), vector[np.newaxis]))
        total = self.total + vector if self.blocks else vector.astype(np.float64)
        return Gallery(self.encoder, blocks, total, self.samples + len(person.templates), places)

    def _with_block(self, number: int, block: Block) -> tuple[Block, ...]:
        number %= len(self.blocks)
        return (*self.blocks[:number], block, *self.blocks[number + 1 :])


def _row(person: Person, encoder: str) -> NDArray[np.float32]:
    """What is searched of that person.

    Raises:
        GalleryRefused: As `Gallery.of`.
    """
    for template in person.templates:
        if template.encoder != encoder:
            raise GalleryRefused(
                f"{person.display_name} was enrolled with another face model "
                f"({template.encoder}, this one is {encoder}): enrol again."
            )
    return person.fused().astype(np.float32)
