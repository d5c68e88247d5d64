"""Following boxes from one frame to the next without a detector: sparse optical flow."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Image, require_image
from biometrics.geometry import Box

SIDE_PX = 320
"""Frames are followed at this size: a whole pixel of it is less than a box's own jitter."""
GRID = 7
"""Points to a side of a box: 49 a face."""
INNER = 0.7
"""The share of a box that holds face and no background."""
FARTHEST_BACK_PX = 1.5
"""A point followed to the next frame and back again must come back this near."""
FEWEST = 0.3
"""With fewer of a box's points followed, it stays where it was."""
GROWTH = (0.85, 1.18)
"""How much a box may shrink or grow between two frames; more is a wrong guess."""


@dataclass(slots=True)
class _Place:
    """A box as numbers, so that moves of less than a pixel add up."""

    centre: NDArray[np.float64]
    size: NDArray[np.float64]

    @property
    def box(self) -> Box:
        left, top = np.rint(self.centre - self.size / 2).astype(int).tolist()
        width, height = np.maximum(1, np.rint(self.size)).astype(int).tolist()
        return Box(left, top, left + width, top + height)


@dataclass(slots=True)
class Follower:
    """Keeps boxes on their faces between two searches; about 1 ms a frame. For one thread.

    After Kalal and others, "Forward-backward error: automatic detection of tracking failures"
    (2010): a grid of points is followed by Lucas and Kanade's method forwards and backwards, those
    that do not come back are dropped, and the median of the others moves and scales the box.
    """

    _grey: NDArray[np.uint8] | None = None
    _scale: float = 1.0
    _places: list[_Place] = field(default_factory=list)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Where the boxes are by now."""
        return tuple(place.box for place in self._places)

    def start(self, image: Image, boxes: Sequence[Box]) -> None:
        """Begins with boxes that were found in a frame; forgets those of before.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        require_image(image)
        self._places = [
            _Place(np.array(box.centre), np.array([box.width, box.height], float)) for box in boxes
        ]
        self._scale = min(1.0, SIDE_PX / max(image.shape[:2]))
        self._grey = self._small(image) if boxes else None

    def follow(self, image: Image) -> tuple[Box, ...]:
        """The boxes in the next frame, in their order; one that cannot be followed stays.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        require_image(image)
        if not self._places or self._grey is None:
            return ()
        before, after = self._grey, self._small(image)
        if before.shape != after.shape:  # another camera: the next search finds them
            return self.boxes
        self._grey = after
        points = np.concatenate([self._points(place) for place in self._places])
        there, good = _flow(before, after, points)
        for index, place in enumerate(self._places):
            of_box = slice(index * GRID * GRID, (index + 1) * GRID * GRID)
            kept = good[of_box]
            if kept.mean() >= FEWEST:
                _move(place, points[of_box][kept], there[of_box][kept], self._scale)
        return self.boxes

    def _small(self, image: Image) -> NDArray[np.uint8]:
        import cv2

        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        if self._scale < 1:
            grey = cv2.resize(
                grey, None, fx=self._scale, fy=self._scale, interpolation=cv2.INTER_AREA
            )
        small: NDArray[np.uint8] = np.asarray(grey, np.uint8)
        return small

    def _points(self, place: _Place) -> NDArray[np.float32]:
        """A grid of points in the small picture, `float32 (49, 2)`."""
        steps = np.linspace(-INNER / 2, INNER / 2, GRID)
        across, down = np.meshgrid(steps * place.size[0], steps * place.size[1])
        grid = np.stack([across.ravel(), down.ravel()], axis=1) + place.centre
        points: NDArray[np.float32] = (grid * self._scale).astype(np.float32)
        return points


def _flow(
    before: NDArray[np.uint8], after: NDArray[np.uint8], points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where the points went, `float32 (n, 2)`, and which of them were followed, `bool (n,)`."""
    import cv2

    tracked: Any = cv2.calcOpticalFlowPyrLK
    options = {"winSize": (11, 11), "maxLevel": 3}
    there, found, _ = tracked(before, after, points[:, None], None, **options)
    back, returned, _ = tracked(after, before, there, None, **options)
    error = np.linalg.norm(back[:, 0] - points, axis=1)
    good = (found[:, 0] == 1) & (returned[:, 0] == 1) & (error <= FARTHEST_BACK_PX)
    return there[:, 0], good


def _move(
    place: _Place, here: NDArray[np.float32], there: NDArray[np.float32], scale: float
) -> None:
    """Moves and scales a box as the median of its points did."""
    place.centre = place.centre + np.median(there - here, axis=0) / scale
    first, second = np.triu_indices(len(here), 1)
    apart = np.linalg.norm(here[first] - here[second], axis=1)
    if len(apart):
        growth = float(np.median(np.linalg.norm(there[first] - there[second], axis=1) / apart))
        if GROWTH[0] <= growth <= GROWTH[1]:
            place.size = place.size * growth
