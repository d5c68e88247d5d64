"""Templates and people: what is enrolled, at unit length, and closed to numbers that poison."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

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


def unit_lengths(rows: Encoding) -> Encoding:
    """`unit_length` of several at once, to the same bits; `float64 (n, dimensions)`.

    Raises:
        GalleryRefused: One of them is refused by `unit_length`.
    """
    if rows.ndim != 2 or rows.shape[1] < 2 or not np.isfinite(rows).all():
        raise GalleryRefused(f"They are no rows of finite numbers: {rows.shape}.")
    largest = np.abs(rows).max(axis=1, keepdims=True)
    if not largest.all():
        raise GalleryRefused("An encoding is all zeros.")
    scaled = rows / largest
    units: Encoding = scaled / np.sqrt(np.vecdot(scaled, scaled))[:, np.newaxis]
    return units


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
