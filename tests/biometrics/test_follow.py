"""Boxes stay on faces without a detector: moves, sizes, and what cannot be followed."""

import cv2
import numpy as np
import pytest

from biometrics.faces import Image
from biometrics.follow import Follower
from biometrics.geometry import Box

FACE = Box(160, 120, 380, 340)
"""Grace Hopper's, in the picture that matplotlib ships."""


def _shown(picture: Image, *, right: float = 0.0, down: float = 0.0, larger: float = 1.0) -> Image:
    """A camera's frame: the picture moved, and grown round the middle of the face."""
    x, y = FACE.centre
    matrix = np.array(
        [[larger, 0, x - larger * x + right], [0, larger, y - larger * y + down]], np.float64
    )
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE))


def test_a_box_moves_with_its_face(hopper: Image) -> None:
    """Twenty frames, each a little further: the box is on the face to some pixels."""
    follower = Follower()
    follower.start(hopper, [FACE])
    for step in range(1, 21):
        (box,) = follower.follow(_shown(hopper, right=4.3 * step, down=-2.1 * step))
    assert box.iou(FACE.moved(86, -42)) > 0.9


def test_a_box_grows_with_its_face(hopper: Image) -> None:
    """Somebody comes nearer."""
    follower = Follower()
    follower.start(hopper, [FACE])
    for step in range(1, 16):
        (box,) = follower.follow(_shown(hopper, larger=1 + 0.02 * step))
    assert box.width == pytest.approx(1.3 * FACE.width, rel=0.08)
    assert box.iou(FACE) > 0.5


def test_several_boxes_keep_their_order(hopper: Image) -> None:
    """Two faces in one picture, each followed on its own."""
    both = np.concatenate([hopper, hopper], axis=1)
    other = FACE.moved(hopper.shape[1], 0)
    follower = Follower()
    follower.start(both, [other, FACE])
    boxes = follower.follow(np.roll(both, 6, axis=0))
    assert [
        box.iou(wanted.moved(0, 6)) > 0.9 for box, wanted in zip(boxes, (other, FACE), strict=True)
    ] == [
        True,
        True,
    ]


def test_what_cannot_be_followed_stays_where_it_was(hopper: Image) -> None:
    """Another scene, and another camera's size: the next search will find out."""
    follower = Follower()
    follower.start(hopper, [FACE])
    noise = np.random.default_rng(1).integers(0, 255, hopper.shape, dtype=np.uint8)
    assert follower.follow(noise) == (FACE,)
    assert follower.follow(hopper[:300, :400]) == (FACE,)


def test_nothing_to_follow(hopper: Image) -> None:
    """Before the first search, and after one that found nobody."""
    follower = Follower()
    assert follower.follow(hopper) == ()
    follower.start(hopper, [FACE])
    follower.start(hopper, [])
    assert follower.follow(hopper) == ()
    with pytest.raises(ValueError, match="uint8"):
        follower.follow(np.zeros((4, 4), np.uint8))
