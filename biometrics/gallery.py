"""The enrolled people: templates, persons, and an immutable gallery with a resident matrix."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding


class GalleryRefused(ValueError):  # noqa: N818 - named for what happened
    """Raised when a template or person cannot be in a gallery; the message says why."""


def unit_length(encoding: Encoding) -> Encoding:
    """The encoding scaled to length 1, float64.

    Raises:
        GalleryRefused: Not a vector of finite numbers with a length.
    """
    values = np.asarray(encoding, dtype=np.float64)
    if values.ndim != 1 or values.size < 2:
        raise GalleryRefused(f"An encoding is a vector of numbers, got shape {values.shape}.")
    if not np.isfinite(values).all():
        raise GalleryRefused("The encoding holds a number that is not finite.")
    # hypot-like scaling first: the square of 1e308 is infinite.
    largest = float(np.abs(values).max())
    if largest == 0.0:
        raise GalleryRefused("The encoding is all zeros.")
    scaled = values / largest
    unit: Encoding = scaled / np.linalg.norm(scaled)
    return unit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Template:
    """The stored reference of one sample.

    Args:
        encoding: Unit length, `float64 (128,)`; scaled on the way in, read-only.
        sample_id: Opaque, unique.
        quality: What was measured on the sample.
        captured_at_ms: When, in milliseconds since the epoch, UTC.
        source: Where from, in words: a file's name, a checkpoint.
        encoder: The fingerprint of the encoder.

    Raises:
        GalleryRefused: The encoding is not finite, or zero.
    """

    encoding: Encoding
    sample_id: str
    encoder: str
    quality: Mapping[str, float] = field(default_factory=dict)
    captured_at_ms: int = 0
    source: str = ""

    def __post_init__(self) -> None:
        unit = unit_length(self.encoding)
        unit.setflags(write=False)
        object.__setattr__(self, "encoding", unit)
        object.__setattr__(self, "quality", MappingProxyType(dict(self.quality)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Person:
    """An enrolled subject: an opaque id, a name to show, and one template or more."""

    subject_id: str
    display_name: str
    templates: tuple[Template, ...]
    enrolled_at_ms: int = 0

    def fused(self) -> Encoding:
        """The one unit template that is searched: the direction of the mean of all.

        Raises:
            GalleryRefused: There is no template, or they cancel out.
        """
        if not self.templates:
            raise GalleryRefused(f"{self.display_name} has no template.")
        return unit_length(np.mean([t.encoding for t in self.templates], axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Everybody enrolled, never changed: every change gives a new gallery.

    Swap it by one assignment; searches under way keep the one they have. Made with `of`.

    Args:
        people: In the order of the matrix's rows.
        encoder: The fingerprint every template has.
        matrix: Fused unit templates, `float32 (people, dimensions)`, read-only.
        total: The sum of the matrix's rows, `float64 (dimensions,)`.
    """

    people: tuple[Person, ...]
    encoder: str
    matrix: NDArray[np.float32]
    total: Encoding
    _rows: Mapping[str, int]

    @classmethod
    def of(cls, people: Iterable[Person], encoder: str) -> "Gallery":
        """A gallery of these people.

        Raises:
            GalleryRefused: A person without templates, a template of another encoder, not
                finite, or of another length, or a subject id that is there twice.
        """
        everyone = tuple(people)
        for person in everyone:
            _require_encoder(person, encoder)
        rows = [person.fused() for person in everyone]
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            raise GalleryRefused(f"Templates differ in length: {sorted(lengths)}.")
        matrix = np.array(rows, dtype=np.float32).reshape(len(rows), lengths.pop() if rows else 0)
        return cls._made(everyone, encoder, matrix)

    @classmethod
    def _made(
        cls, people: tuple[Person, ...], encoder: str, matrix: NDArray[np.float32]
    ) -> "Gallery":
        index = {person.subject_id: row for row, person in enumerate(people)}
        if len(index) < len(people):
            raise GalleryRefused("A subject id is in the gallery twice.")
        if not np.isfinite(matrix).all():
            raise GalleryRefused("A template holds a number that is not finite.")
        matrix.setflags(write=False)
        total = matrix.sum(axis=0, dtype=np.float64)
        return cls(people, encoder, matrix, total, MappingProxyType(index))

    def __len__(self) -> int:
        return len(self.people)

    @property
    def samples(self) -> int:
        """Templates of all people together."""
        return sum(len(person.templates) for person in self.people)

    def get(self, subject_id: str) -> Person | None:
        """The person of that id, or None."""
        row = self._rows.get(subject_id)
        return None if row is None else self.people[row]

    def row(self, subject_id: str) -> int:
        """That person's row of the matrix.

        Raises:
            KeyError: Nobody has that id.
        """
        return self._rows[subject_id]

    def with_person(self, person: Person) -> "Gallery":
        """A gallery that holds this person, in place of one with the same id.

        Raises:
            GalleryRefused: As `of`.
        """
        _require_encoder(person, self.encoder)
        fused = person.fused().astype(np.float32)
        width = self.matrix.shape[1]
        if self.people and len(fused) != width:
            raise GalleryRefused(f"Templates differ in length: {len(fused)} and {width}.")
        row = self._rows.get(person.subject_id)
        if row is None:
            matrix = np.concatenate([self.matrix.reshape(-1, len(fused)), fused[np.newaxis]])
            return self._made((*self.people, person), self.encoder, matrix)
        matrix = self.matrix.copy()
        matrix[row] = fused
        people = (*self.people[:row], person, *self.people[row + 1 :])
        return self._made(people, self.encoder, matrix)

    def without(self, subject_id: str) -> "Gallery":
        """A gallery without that person.

        Raises:
            KeyError: Nobody has that id.
        """
        row = self.row(subject_id)
        people = (*self.people[:row], *self.people[row + 1 :])
        return self._made(people, self.encoder, np.delete(self.matrix, row, axis=0))


def _require_encoder(person: Person, encoder: str) -> None:
    for template in person.templates:
        if template.encoder != encoder:
            raise GalleryRefused(
                f"{person.display_name} was enrolled with another face model "
                f"({template.encoder}, this one is {encoder}): enrol again."
            )
