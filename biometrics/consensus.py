"""From frames to one probe a visit: the best views fused, swaps noticed, repeats dropped."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from biometrics.encode import fuse
from biometrics.faces import Encoding
from biometrics.gallery import unit_length
from biometrics.quality import Quality
from biometrics.views import Views

SAME_FACE = 0.42
"""Largest distance between one frame and the mean of those before, as unit vectors.

Within a track of the development clips, straight against mirrored frames of one person lie 0.13
to 0.35 apart (median 0.19 facing the camera, 0.29 turning the head); different people of lfw-dev
lie nearer than 0.42 in 0.6 % of pairs (2,417 people; median 0.57)."""
SAME_VISIT = 0.34
"""Largest distance between two probes of one visit, as unit vectors.

Probes of one visit in the clips: 0.13 to 0.28. Different people of lfw-dev lie nearer than 0.335
in 0.01 % of pairs, so two visitors in a row are hardly ever taken for one."""

LIVE_PROBE: tuple[Views, ...] = ("probe", "probe")
"""What a live probe is made of: one entry a frame, the views of it that are encoded and fused.

Two frames of four views each. Other ways of making a probe are other entries here; nothing else
counts frames or views."""
IMPROVED = 0.05
"""A frame whose quality meter is better by this much takes the place of an earlier one: somebody
walking up gets larger and sharper, and what was encoded on the way is not what is asked about.

Of 30 visits of the demo's scene, probe against a standing sample of the same person: median
distance 0.14 and 0.39 in one of ten without this, 0.05 and 0.29 with it, a frame or two later."""


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

    Ask `views_for` before encoding: a frame that adds nothing need not be encoded.

    Args:
        plan: The views of each frame of a probe.
        same_face: Largest distance (unit length) of one frame from the mean of those before.

    Raises:
        ValueError: There is no frame in the plan.
    """

    def __init__(self, *, plan: Sequence[Views] = LIVE_PROBE, same_face: float = SAME_FACE) -> None:
        if not plan:
            raise ValueError("a probe needs at least one frame")
        self._plan = tuple(plan)
        self._same_face = same_face
        self._encodings: list[Encoding] = []
        self._qualities: list[Quality] = []
        self._given = False

    def views_for(self, quality: Quality, *, may_complete: bool = True) -> Views | None:
        """The views of a frame that are worth encoding, None when it adds nothing.

        Args:
            quality: Of the frame.
            may_complete: Whether it may be the last one: the last frame must be a steady one.
        """
        place = self._place(quality, may_complete=may_complete)
        return None if place is None else self._plan[place]

    @property
    def complete(self) -> bool:
        """True once a probe was given: further frames only watch for a swap."""
        return self._given

    def add(
        self, encoding: Encoding, quality: Quality, *, may_complete: bool = True
    ) -> Collecting | Probe | Swapped:
        """Takes the raw encoding of one frame, of the views that `views_for` named.

        Gives a `Probe` once, when there are enough; `Collecting` before and afterwards;
        `Swapped` whenever the face is another one.

        Args:
            encoding: Of the frame.
            quality: Of the frame.
            may_complete: As told to `views_for`.

        Raises:
            GalleryRefused: The encoding is not finite, or zero.
        """
        unit = unit_length(encoding)
        if self._encodings:
            distance = float(np.linalg.norm(unit_length(fuse(self._encodings)) - unit))
            if distance > self._same_face:
                self._restart(encoding, quality)
                return Swapped(distance)
        place = None if self._given else self._place(quality, may_complete=may_complete)
        if place is not None:
            self._encodings[place : place + 1] = [encoding]
            self._qualities[place : place + 1] = [quality]
        if self._given or len(self._encodings) < len(self._plan):
            return Collecting(len(self._encodings), len(self._plan))
        self._given = True
        return self._probe()

    def _place(self, quality: Quality, *, may_complete: bool) -> int | None:
        """Where in the plan a frame belongs: that of a clearly worse one, or the next free one."""
        if self._given:
            return 0
        count = len(self._encodings)
        worst = min(range(count), key=lambda index: self._qualities[index].meter, default=None)
        if worst is not None and quality.meter >= self._qualities[worst].meter + IMPROVED:
            return worst
        return count if count + 1 < len(self._plan) or may_complete else None

    def _restart(self, encoding: Encoding, quality: Quality) -> None:
        self._encodings = [encoding]
        self._qualities = [quality]
        self._given = False

    def _probe(self) -> Probe:
        measures = [quality.as_dict() for quality in self._qualities]
        means = {
            name: round(sum(each[name] for each in measures) / len(measures), 3)
            for name in measures[0]
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
