"""From frames to one probe a visit: several encodings fused, swaps noticed, repeats dropped."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from biometrics.encode import fuse
from biometrics.faces import Encoding
from biometrics.gallery import unit_length
from biometrics.quality import Quality

SAME_FACE = 0.42
"""Largest distance between one frame and the mean of those before, as unit vectors.

Within a track of the development clips, straight against mirrored frames of one person lie 0.13
to 0.35 apart (median 0.19 facing the camera, 0.29 turning the head); different people of lfw-dev
lie nearer than 0.42 in 0.6 % of pairs (2,417 people; median 0.57)."""
SAME_VISIT = 0.34
"""Largest distance between two probes of one visit, as unit vectors.

Probes of one visit in the clips: 0.13 to 0.28. Different people of lfw-dev lie nearer than 0.335
in 0.01 % of pairs, so two visitors in a row are hardly ever taken for one."""

ChipView = Literal["straight", "mirrored"]


@dataclass(frozen=True, slots=True)
class Collecting:
    """More frames are needed, or none are: `frames` of `needed` so far."""

    frames: int
    needed: int


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """Enough frames of one face: what is searched.

    Args:
        encoding: Raw, the mean over the frames; `float64 (128,)`.
        frames: How many went in.
        quality: The mean of each measure over the frames.
    """

    encoding: Encoding
    frames: int
    quality: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Swapped:
    """The face is not the one the track began with; `distance` from it, unit length.

    Collecting has begun again with the new face: its visit is another one.
    """

    distance: float


class Consensus:
    """Fuses the frames of one track. For one thread.

    Encode the chip of the first frame straight, that of the second mirrored and so on, as
    `next_view` says: so a probe of two frames is both mirrored and fused over frames, for the
    price of two encodings.

    Args:
        needed: Frames in a probe.
        same_face: Largest distance (unit length) of one frame from the mean of those before.
    """

    def __init__(self, *, needed: int = 2, same_face: float = SAME_FACE) -> None:
        if needed < 1:
            raise ValueError(f"a probe needs at least one frame, got {needed}")
        self._needed = needed
        self._same_face = same_face
        self._encodings: list[Encoding] = []
        self._qualities: list[dict[str, float]] = []
        self._given = False

    @property
    def next_view(self) -> ChipView:
        """Which way round the next chip is to be encoded."""
        return "mirrored" if len(self._encodings) % 2 else "straight"

    @property
    def complete(self) -> bool:
        """True once a probe was given: further frames only watch for a swap."""
        return self._given

    def add(self, encoding: Encoding, quality: Quality) -> Collecting | Probe | Swapped:
        """Takes the raw encoding of one frame.

        Gives a `Probe` once, when there are enough; `Collecting` before and afterwards;
        `Swapped` whenever the face is another one.

        Raises:
            GalleryRefused: The encoding is not finite, or zero.
        """
        unit = unit_length(encoding)
        if self._encodings:
            distance = float(np.linalg.norm(unit_length(fuse(self._encodings)) - unit))
            if distance > self._same_face:
                self._restart(encoding, quality)
                return Swapped(distance)
        if not self._given:
            self._encodings.append(encoding)
            self._qualities.append(quality.as_dict())
        if self._given or len(self._encodings) < self._needed:
            return Collecting(len(self._encodings), self._needed)
        self._given = True
        return self._probe()

    def _restart(self, encoding: Encoding, quality: Quality) -> None:
        self._encodings = [encoding]
        self._qualities = [quality.as_dict()]
        self._given = False

    def _probe(self) -> Probe:
        names = self._qualities[0]
        means = {
            name: round(sum(q[name] for q in self._qualities) / len(self._qualities), 3)
            for name in names
        }
        return Probe(fuse(self._encodings), len(self._encodings), means)


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay of one person before the camera; `is_new` False for a face seen just now."""

    id: int
    is_new: bool


@dataclass(slots=True)
class _Stay:
    unit: Encoding
    last_seen_s: float


class Visits:
    """Says whether a probe is a new visit or the one that was there a moment ago.

    The detector loses faces that look aside, and a new track begins when they look back: the
    same face within `linger_s` of its last sighting is the same visit. For one thread.

    Args:
        linger_s: How long somebody may be gone and still be on the same visit.
        same_visit: Largest distance (unit length) between two probes of one visit.
    """

    def __init__(self, *, linger_s: float = 5.0, same_visit: float = SAME_VISIT) -> None:
        self._linger_s = linger_s
        self._same_visit = same_visit
        self._ids = itertools.count(1)
        self._stays: dict[int, _Stay] = {}

    def arrived(self, encoding: Encoding, time_s: float) -> Visit:
        """The visit a probe belongs to.

        Args:
            encoding: The probe's encoding, raw or unit.
            time_s: When, on a clock that never goes back.

        Raises:
            GalleryRefused: The encoding is not finite, or zero.
        """
        self._forget(time_s)
        unit = unit_length(encoding)
        distances = {
            key: float(np.linalg.norm(stay.unit - unit)) for key, stay in self._stays.items()
        }
        nearest = min(distances, key=distances.__getitem__, default=None)
        if nearest is not None and distances[nearest] <= self._same_visit:
            self._stays[nearest].last_seen_s = time_s
            return Visit(nearest, is_new=False)
        key = next(self._ids)
        self._stays[key] = _Stay(unit, time_s)
        return Visit(key, is_new=True)

    def seen(self, visit_id: int, time_s: float) -> None:
        """Keeps a visit alive while its track is seen; an ended visit stays ended."""
        self._forget(time_s)
        stay = self._stays.get(visit_id)
        if stay is not None:
            stay.last_seen_s = time_s

    def _forget(self, time_s: float) -> None:
        self._stays = {
            key: stay
            for key, stay in self._stays.items()
            if time_s - stay.last_seen_s <= self._linger_s
        }
