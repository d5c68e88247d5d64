"""Following faces from frame to frame, so that a face keeps its name while it moves."""

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from biometrics.geometry import Box

STEADY_OVER_S = 0.12
"""Sightings this far back must be near the last one, too: thirty looks a second would call
anybody steady who walks slower than six face widths a second, and blurred pictures good ones."""


class Boxed(Protocol):
    """Anything with a box: a face, a detection."""

    @property
    def box(self) -> Box:
        """Where it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One face over time, as of its last sighting.

    Args:
        id: Counts up from 1, never used again.
        box: Where it was last seen.
        first_seen_s: Time of the first sighting.
        last_seen_s: Time of the last sighting.
        frames: Sightings.
        steady: It hardly moved between the last two sightings, nor within `STEADY_OVER_S`.
        steady_since_s: Since when it has been steady without a break; None when it is not.
    """

    id: int
    box: Box
    first_seen_s: float
    last_seen_s: float
    frames: int
    steady: bool
    steady_since_s: float | None

    @property
    def age_s(self) -> float:
        """Seconds from the first to the last sighting."""
        return self.last_seen_s - self.first_seen_s


class Tracker:
    """Gives each face of a frame the track it belongs to. For one thread.

    Overlap decides first, then nearness (for fast movers and frames far apart). A face that the
    detector loses for less than `missing_s` keeps its track.

    Args:
        missing_s: How long a face may be gone.
        min_iou: Least overlap with the last sighting.
        max_jump: Farthest move between sightings, in face widths, when nothing overlaps.
        steady_move: Farthest move between sightings, in face widths, that counts as steady.
            The HOG detector's own boxes jitter by up to 0.1.
    """

    def __init__(
        self,
        *,
        missing_s: float = 1.0,
        min_iou: float = 0.25,
        max_jump: float = 1.0,
        steady_move: float = 0.2,
    ) -> None:
        self._missing_s = missing_s
        self._min_iou = min_iou
        self._max_jump = max_jump
        self._steady_move = steady_move
        self._ids = itertools.count(1)
        self._tracks: dict[int, Track] = {}
        self._lately: dict[int, deque[tuple[float, Box]]] = {}

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Every track still alive, also those not seen in the last frame."""
        return tuple(self._tracks.values())

    def update(self, faces: Sequence[Boxed], time_s: float) -> tuple[Track, ...]:
        """The track of each face of this frame, in the order of `faces`.

        Args:
            faces: What was found in the frame.
            time_s: When the frame was taken, on a clock that never goes back.
        """
        self._tracks = {
            key: track
            for key, track in self._tracks.items()
            if time_s - track.last_seen_s <= self._missing_s
        }
        self._lately = {key: self._lately[key] for key in self._tracks}
        owners = self._matched([face.box for face in faces])
        found = []
        for index, face in enumerate(faces):
            owner = owners.get(index)
            track = (
                self._started(face.box, time_s)
                if owner is None
                else self._continued(self._tracks[owner], face.box, time_s)
            )
            self._tracks[track.id] = track
            found.append(track)
        return tuple(found)

    def _matched(self, boxes: list[Box]) -> dict[int, int]:
        """Face index to track id: the best pairs first, each face and track once."""
        pairs = sorted(
            (
                (self._affinity(track.box, box), track.last_seen_s, index, track.id)
                for index, box in enumerate(boxes)
                for track in self._tracks.values()
            ),
            reverse=True,
        )
        owners: dict[int, int] = {}
        taken: set[int] = set()
        for affinity, _, index, track_id in pairs:
            if affinity > 0 and index not in owners and track_id not in taken:
                owners[index] = track_id
                taken.add(track_id)
        return owners

    def _affinity(self, before: Box, now: Box) -> float:
        """Above 1 for overlap, 0 to 1 for nearness, 0 when it cannot be the same face."""
        iou = before.iou(now)
        if iou >= self._min_iou:
            return 1 + iou
        ratio = before.width / now.width
        if not 0.6 <= ratio <= 1 / 0.6:
            return 0.0
        return max(0.0, 1 - _move(before, now) / self._max_jump)

    def _started(self, box: Box, time_s: float) -> Track:
        key = next(self._ids)
        self._lately[key] = deque([(time_s, box)])
        return Track(
            id=key,
            box=box,
            first_seen_s=time_s,
            last_seen_s=time_s,
            frames=1,
            steady=False,
            steady_since_s=None,
        )

    def _continued(self, track: Track, box: Box, time_s: float) -> Track:
        lately = self._lately[track.id]
        while len(lately) > 1 and time_s - lately[0][0] > STEADY_OVER_S:
            lately.popleft()
        steady = all(_move(before, box) <= self._steady_move for _, before in lately)
        lately.append((time_s, box))
        since = track.steady_since_s if track.steady_since_s is not None else time_s
        return replace(
            track,
            box=box,
            last_seen_s=time_s,
            frames=track.frames + 1,
            steady=steady,
            steady_since_s=since if steady else None,
        )


def _move(before: Box, now: Box) -> float:
    """Distance of the centres, in widths of the wider box."""
    (x0, y0), (x1, y1) = before.centre, now.centre
    return float(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5) / max(before.width, now.width)
