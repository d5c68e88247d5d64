"""Where a stream of frames is searched: round the faces of the frame before, the rest in turn."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from biometrics.detect import Detector, HogDetector
from biometrics.faces import Detection, Image, require_image
from biometrics.geometry import Box

FULL_SIDE_PX = 640
"""A whole frame is searched at this size: faces from 70 px of it are found."""
SMALL_SIDE_PX = 320
"""An empty frame is searched at this size every other time: a third of the time, near faces."""
WIDE_EVERY_S = 0.5
"""While every known face is found where it was, the rest is searched this often."""
ROOM = 0.5
"""What is searched round a face to each side, in its widths: it may have moved by a third."""
CLOSE_UP_PX = 88
"""About a face's width in the search round it: the second smallest of the detector's sizes (73, 88,
105, 126, ... px), so that the next smaller one is found, too."""
STEP = 1.2
"""From one size of the detector's pyramid to the next. A close-up is scaled by whole steps of the
full search's pyramid and cut along its cells: then a face that stands still gets the box that the
full search gives it. Other scales and cuts let the box jump by a fifth between looks."""
CELL_PX = 8
"""The detector's cells, in pixels of what is searched."""
SAME_PLACE = 0.4
"""Detections overlapping by this much (intersection over union) are one face, found twice."""


class FrameDetector(Protocol):
    """Finds faces in frames that follow each other. One detector belongs to one thread."""

    def detect(self, image: Image, near: Sequence[Box] = ()) -> list[Detection]:
        """The faces of a frame, the largest first.

        Args:
            image: The frame.
            near: Where faces were a moment ago.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        ...


@dataclass(frozen=True, slots=True)
class Searches:
    """The detectors that share the work.

    Args:
        full: For whole frames, once somebody may have come.
        small: For whole frames, in turn with `full` while nobody is there.
        close_up: For the surroundings of a face, cut out and scaled.
    """

    full: Detector
    small: Detector
    close_up: Detector


def hog_searches() -> Searches:
    """The HOG detector of dlib in three sizes."""
    return Searches(
        full=HogDetector(longest_side=FULL_SIDE_PX),
        small=HogDetector(longest_side=SMALL_SIDE_PX),
        close_up=HogDetector(),
    )


class LiveDetector:
    """Spends its time where faces are.

    A face that was there is looked for in a piece of the frame round its last place, scaled to
    `CLOSE_UP_PX`: a sixth of the time of a whole frame, whatever the camera's size, and faces too
    small for the whole frame's search stay in sight. When one is not found again, the whole frame
    is searched at once, and every 0.5 s in any case: somebody else may have come. A frame in which
    nobody was is searched small and in full in turn.

    Args:
        searches: What searches; dlib's detector unless given.
        clock: Seconds that never go back.
    """

    def __init__(
        self, searches: Searches | None = None, *, clock: Callable[[], float] | None = None
    ) -> None:
        self._searches = searches or hog_searches()
        self._clock = clock or time.monotonic
        self._wide_s = float("-inf")
        self._full_next = True

    def detect(self, image: Image, near: Sequence[Box] = ()) -> list[Detection]:
        """The faces of a frame, the largest first: 6 ms a known face, 13 to 45 ms elsewhere.

        Args:
            image: The frame.
            near: Where faces were a moment ago.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        require_image(image)
        if not near:
            return self._empty(image)
        found: list[Detection] = []
        missed = False
        for box in near:
            again = self._close_up(image, box)
            found += again
            missed = missed or not again
        now_s = self._clock()
        if missed or now_s - self._wide_s >= WIDE_EVERY_S:
            self._wide_s = now_s
            found += self._searches.full.detect(image)
        return distinct(found)

    def _empty(self, image: Image) -> list[Detection]:
        self._wide_s = float("-inf")  # whoever is found first may not be alone
        full, self._full_next = self._full_next, not self._full_next
        if not full:
            return self._searches.small.detect(image)
        found = self._searches.full.detect(image)
        if found:
            self._wide_s = self._clock()
        return found

    def _close_up(self, image: Image, box: Box) -> list[Detection]:
        """What is found round a box: the face itself, perhaps a neighbour, or nothing."""
        import cv2

        height, width = image.shape[:2]
        scale = close_up_scale(box.width, max(height, width))
        around = _cut(box, scale).clipped(width, height)
        if around is None:
            return []
        piece = image[around.top : around.bottom, around.left : around.right]
        size = (max(1, round(around.width * scale)), max(1, round(around.height * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        scaled = np.asarray(cv2.resize(piece, size, interpolation=how), np.uint8)
        found = self._searches.close_up.detect(scaled)
        return [
            Detection(each.box.scaled(1 / scale).moved(around.left, around.top), each.strength)
            for each in found
        ]


def close_up_scale(face_px: int, longest_side: int) -> float:
    """How much a piece of a frame is scaled so that its face is about `CLOSE_UP_PX` wide.

    Args:
        face_px: The face's width in the frame.
        longest_side: The frame's.
    """
    whole = min(1.0, FULL_SIDE_PX / longest_side)
    steps = round(math.log(face_px * whole / CLOSE_UP_PX, STEP))
    return float(whole / STEP**steps)


def _cut(box: Box, scale: float) -> Box:
    """The surroundings of a box, along the cells of the frame as it is searched."""
    room = ROOM * box.width
    cell = CELL_PX / scale
    left = math.floor((box.left - room) / cell) * cell
    top = math.floor((box.top - room) / cell) * cell
    return Box(round(left), round(top), round(box.right + room), round(box.bottom + room))


def distinct(found: Sequence[Detection]) -> list[Detection]:
    """Each face once, the largest first; of two detections in one place the first one stays."""
    kept: list[Detection] = []
    for each in found:
        if all(each.box.iou(other.box) < SAME_PLACE for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda detection: -detection.box.area)
