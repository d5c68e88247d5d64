"""Blinks, from how open the eyes are against how open they were a moment before."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from biometrics.faces import Landmarks

CLOSED = 0.65
"""Both eyes below this share of their open selves are closed."""
REOPENED = 0.8
"""Both eyes above this share of their open selves are open again."""
WINDOW_S = 1.2
"""How far back "open" is looked up: eyes open less when somebody looks down, for seconds."""
CLOSING_S = 0.3
"""Longest way from open to closed. A lid falls within 0.1 s; a gaze sinks in 0.5 s and more."""
SHORTEST_S = 0.09
LONGEST_S = 1.0
"""From the last open look to the first open one. Spontaneous blinks take 0.1 to 0.4 s; those made
on request are slower."""
_FEWEST = 3


def eyes_open(landmarks: Landmarks) -> tuple[float, float]:
    """The aspect ratio (height by width) of the person's right and left eye.

    After Soukupová and Čech, "Real-time eye blink detection using facial landmarks" (2016). Open
    eyes of the clips: 0.2 to 0.45, which differs as much between people as a blink does.
    """
    right, left = (_aspect(landmarks[first : first + 6]) for first in (36, 42))
    return right, left


def _aspect(eye: Landmarks) -> float:
    """Mean of the two distances between the lids, by the distance of the corners; 0 without one."""
    width = float(np.linalg.norm(eye[3] - eye[0]))
    heights = np.linalg.norm(eye[[5, 4]] - eye[[1, 2]], axis=1)
    return float(heights.mean()) / width if width > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Blink:
    """A closing and an opening: the last open look before, the first open one after."""

    began_s: float
    ended_s: float


class BlinkWatch:
    """Sees blinks in the looks at one face. For one thread."""

    def __init__(self) -> None:
        self._open: deque[tuple[float, float, float]] = deque()  # time, right, left
        self._closed_since_s: float | None = None
        self._levels = (0.0, 0.0)

    def see(self, eyes: tuple[float, float], time_s: float) -> Blink | None:
        """Takes how open both eyes are; gives the blink that ends with this look.

        Args:
            eyes: As `eyes_open`.
            time_s: When, on a clock that never goes back.
        """
        if self._closed_since_s is None:
            self._watch_open(eyes, time_s)
            return None
        began_s = self._closed_since_s
        if time_s - began_s > LONGEST_S:  # asleep, or looking down: what is open is learnt anew
            self._open.clear()
            self._closed_since_s = None
            return None
        if not self._all_above(eyes, REOPENED):
            return None
        self._closed_since_s = None
        self._open.append((time_s, *eyes))
        return Blink(began_s, time_s) if time_s - began_s >= SHORTEST_S else None

    def _watch_open(self, eyes: tuple[float, float], time_s: float) -> None:
        while self._open and time_s - self._open[0][0] > WINDOW_S:
            self._open.popleft()
        if len(self._open) >= _FEWEST:
            known = np.array(self._open)
            self._levels = (float(np.median(known[:, 1])), float(np.median(known[:, 2])))
            began_s = self._last_open_s()
            closed = all(
                now <= CLOSED * level for now, level in zip(eyes, self._levels, strict=True)
            )
            if closed and began_s is not None and time_s - began_s <= CLOSING_S:
                self._closed_since_s = began_s
                return
        self._open.append((time_s, *eyes))

    def _last_open_s(self) -> float | None:
        """When both eyes were last as open as they usually are."""
        for time_s, *eyes in reversed(self._open):
            if self._all_above((eyes[0], eyes[1]), REOPENED):
                return time_s
        return None

    def _all_above(self, eyes: tuple[float, float], share: float) -> bool:
        return all(now >= share * level for now, level in zip(eyes, self._levels, strict=True))
