"""Where frames are searched, with detectors that note what they were shown, and with dlib's own."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from biometrics.detect import HogDetector
from biometrics.faces import Detection, Image
from biometrics.geometry import Box
from biometrics.live_detector import (
    CLOSE_UP_PX,
    STEP,
    WIDE_EVERY_S,
    LiveDetector,
    Searches,
    close_up_scale,
    distinct,
)

FRAME = np.full((480, 640, 3), 128, np.uint8)
FACE = Box(200, 100, 400, 300)
SCALE = close_up_scale(200, 640)
"""Of the close-up of that face."""
IN_CLOSE_UP = Box(40, 40, 40 + round(200 * SCALE), 40 + round(200 * SCALE))
"""Where that face may lie in the piece that is cut out round it."""


class Noting:
    """Finds what it is told to, and notes the sizes of what it searched."""

    def __init__(self, *boxes: Box) -> None:
        self.boxes = boxes
        self.sizes: list[tuple[int, int]] = []

    def detect(self, image: Image) -> list[Detection]:
        """What it was told."""
        self.sizes.append((image.shape[1], image.shape[0]))
        return [Detection(box, 1.0) for box in self.boxes]


class Bench:
    """A live detector with a clock of its own."""

    def __init__(self) -> None:
        self.full, self.small, self.close_up = Noting(), Noting(), Noting()
        self.now_s = 100.0
        searches = Searches(self.full, self.small, self.close_up)
        self.detector = LiveDetector(searches, clock=lambda: self.now_s)

    def see(self, *near: Box) -> list[Box]:
        """The boxes found in a frame."""
        return [found.box for found in self.detector.detect(FRAME, near)]

    @property
    def searched(self) -> tuple[int, int, int]:
        """How often in full, small, and round a face."""
        return len(self.full.sizes), len(self.small.sizes), len(self.close_up.sizes)


def test_an_empty_picture_is_searched_in_full_and_small_in_turn() -> None:
    """Half of the looks cost a third."""
    bench = Bench()
    for _ in range(4):
        assert bench.see() == []
    assert bench.searched == (2, 2, 0)


def test_a_face_is_looked_for_where_it_was() -> None:
    """In a piece of twice its width, scaled so that a search costs the same for near and far."""
    bench = Bench()
    bench.full.boxes = (FACE,)
    assert bench.see() == [FACE]
    bench.close_up.boxes = (IN_CLOSE_UP,)
    (again,) = bench.see(FACE)
    assert again.iou(FACE) > 0.8
    assert bench.searched == (1, 0, 1)
    bench.see(Box(300, 200, 370, 270))
    for width, height in bench.close_up.sizes:
        assert 1.7 * CLOSE_UP_PX < width < 2.4 * CLOSE_UP_PX
        assert 1.7 * CLOSE_UP_PX < height < 2.4 * CLOSE_UP_PX


@pytest.mark.parametrize("longest_side", [640, 1920])
def test_close_ups_are_whole_steps_of_the_full_search(longest_side: int) -> None:
    """About one width in the piece, whatever the face's; never between two steps."""
    for face_px in range(40, 900, 13):
        scale = close_up_scale(face_px, longest_side)
        assert CLOSE_UP_PX / STEP**0.51 < face_px * scale < CLOSE_UP_PX * STEP**0.51
        steps = math.log(scale * longest_side / 640, STEP)
        assert steps == pytest.approx(round(steps), abs=1e-6)


def test_the_rest_of_the_picture_is_searched_now_and_then() -> None:
    """Somebody else may have come: they are found beside the one who is known."""
    bench = Bench()
    other = Box(20, 100, 170, 250)
    bench.full.boxes = (FACE,)
    bench.see()
    bench.close_up.boxes = (IN_CLOSE_UP,)
    bench.full.boxes = (FACE.moved(3, 3), other)
    assert len(bench.see(FACE)) == 1
    bench.now_s += WIDE_EVERY_S
    known, new = bench.see(FACE)
    assert known.iou(FACE) > 0.8
    assert new == other
    assert len(bench.see(FACE)) == 1
    assert bench.searched == (2, 0, 3)


def test_whoever_was_found_small_may_not_be_alone() -> None:
    """The very next look searches everything: two people are never taken for one."""
    bench = Bench()
    bench.see()
    bench.small.boxes = (FACE,)
    assert bench.see() == [FACE]
    bench.close_up.boxes = (IN_CLOSE_UP,)
    bench.see(FACE)
    assert bench.searched == (2, 1, 1)


def test_a_face_that_is_not_found_again_is_looked_for_everywhere_at_once() -> None:
    """It jumped, turned aside or left; the others stay."""
    bench = Bench()
    bench.full.boxes = (FACE,)
    bench.see()
    assert bench.see(FACE.moved(-150, 0)) == [FACE]
    assert bench.searched == (2, 0, 1)
    assert bench.see(Box(-300, 0, -200, 100)) == [FACE]


def test_one_face_found_twice_is_one() -> None:
    """By its own search and by its neighbour's; the first is kept, the largest comes first."""
    small, large = Detection(Box(0, 0, 90, 90), 1.0), Detection(Box(200, 0, 300, 100), 1.0)
    again = Detection(Box(5, 5, 95, 95), 9.0)
    assert distinct([small, large, again]) == [large, small]


def test_what_is_not_a_picture_is_refused() -> None:
    """Before anything is searched."""
    with pytest.raises(ValueError, match="uint8"):
        LiveDetector().detect(np.zeros((4, 4), np.uint8))


def _walk(picture: Image, widths: Sequence[float]) -> list[Image]:
    """Frames of 640x480 in which the portrait gets larger and moves to the right."""
    frames = []
    for step, scale in enumerate(widths):
        frame = np.full((480, 640, 3), 170, np.uint8)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        left = 40 + 6 * step
        piece = small[:480, : 640 - left]
        frame[: piece.shape[0], left : left + piece.shape[1]] = piece
        frames.append(frame)
    return frames


def test_with_the_real_detector_nothing_is_lost_beside_full_searches(hopper: Image) -> None:
    """Somebody walks up: every frame in which the search of the whole finds them, and the place."""
    detector, whole = LiveDetector(), HogDetector(longest_side=640)
    frames = _walk(hopper, np.linspace(0.4, 0.8, 12).tolist())
    near: list[Box] = []
    for number, frame in enumerate(frames):
        wanted = whole.detect(frame)
        found = detector.detect(frame, near)
        near = [each.box for each in found]
        assert len(wanted) == len(found) == 1 or number < 1
        assert number < 1 or found[0].box.iou(wanted[0].box) > 0.6


def test_a_face_that_stands_still_keeps_its_box(hopper: Image) -> None:
    """The close-ups agree with each other, and with the full search to a step of the pyramid."""
    detector = LiveDetector()
    frame = _walk(hopper, [0.61])[0]
    (first,) = detector.detect(frame)
    (second,) = detector.detect(frame, [first.box])
    near = [second.box]
    for _ in range(6):
        near = [each.box for each in detector.detect(frame, near)]
        assert len(near) == 1
        assert near[0].iou(second.box) > 0.9
    assert near[0].iou(first.box) > 0.6
