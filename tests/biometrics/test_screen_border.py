"""Edges on both sides of a face that run past the chin are a screen's; one edge is a door frame."""

import math

import cv2
import numpy as np
import pytest

from biometrics.faces import Image
from biometrics.geometry import Box
from biometrics.passive_liveness import BORDER_LIMIT
from biometrics.screen_border import border_cover
from biometrics.vision import SeenFace

FACE = Box(270, 150, 370, 250)


def _room(seed: int = 0) -> Image:
    """A blurred, noisy background."""
    random = np.random.default_rng(seed)
    coarse = random.integers(60, 200, (15, 20, 3)).astype(np.uint8)
    room = cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)
    return np.clip(room + random.normal(0, 4, room.shape), 0, 255).astype(np.uint8)


def _with_screen(
    *, left: float = 0.9, right: float = 0.9, tilt_deg: float = 0.0, contrast: int = 70
) -> Image:
    """A room with something straight-edged round the face; sides of 9 lie out of the frame."""
    image = _room().astype(np.int64)
    rows, columns = np.mgrid[0:480, 0:640]
    lean = (rows - 200) * math.tan(math.radians(tilt_deg))
    away = (columns + lean - 320) / 100
    image[(away > -left) & (away < right)] -= contrast
    return np.clip(image, 0, 255).astype(np.uint8)


def _cover(image: Image, box: Box = FACE) -> float:
    cover = border_cover(image, box)
    assert cover is not None
    return cover


@pytest.mark.parametrize("tilt_deg", [-18, -7, 0, 5, 15])
@pytest.mark.parametrize(("left", "right"), [(0.7, 0.9), (1.5, 1.4), (1.8, 0.8)])
def test_two_edges_are_a_screen(tilt_deg: float, left: float, right: float) -> None:
    """Near and far, upright and leaning, in the middle and not."""
    assert _cover(_with_screen(left=left, right=right, tilt_deg=tilt_deg)) > BORDER_LIMIT


@pytest.mark.parametrize(("left", "right"), [(0.9, 9.0), (9.0, 0.9), (9.0, 9.0)])
def test_one_edge_is_none(left: float, right: float) -> None:
    """The frame of a door behind somebody; or nothing."""
    assert _cover(_with_screen(left=left, right=right)) < BORDER_LIMIT


def test_edges_that_are_not_parallel_are_no_screen() -> None:
    """The lapels of a coat, arms, the sides of a tent."""
    image = _room().astype(np.int64)
    rows, columns = np.mgrid[0:480, 0:640]
    wide = 60 + 0.25 * (rows - 100)
    image[np.abs(columns - 320) < wide] -= 70
    assert _cover(np.clip(image, 0, 255).astype(np.uint8)) < BORDER_LIMIT


def test_edges_that_end_at_the_shoulders_are_behind_somebody() -> None:
    """A shelf on either side: the body hides it below the chin."""
    image = _with_screen()
    image[250:] = _room()[250:]
    assert _cover(image) < BORDER_LIMIT


def test_a_dark_noisy_picture_is_no_screen() -> None:
    """At night everything is edges."""
    random = np.random.default_rng(1)
    night = np.clip(random.normal(20, 18, (480, 640, 3)), 0, 255).astype(np.uint8)
    assert _cover(night) < BORDER_LIMIT


def test_the_portraits_have_no_border(hopper: Image, hopper_seen: SeenFace) -> None:
    """Files are not frames: the portrait itself has a flag and a hat, and no edges beside it."""
    assert _cover(hopper, hopper_seen.face.box) < BORDER_LIMIT


def test_a_face_that_fills_the_picture_says_nothing() -> None:
    """Its borders, if any, are out of the picture; so is a face outside of it."""
    assert border_cover(_room(), Box(120, 40, 520, 440)) is None
    assert border_cover(_room(), Box(270, 400, 370, 500)) is None
    assert border_cover(_room(), Box(900, 100, 1000, 200)) is None


def test_a_large_picture_is_searched_at_the_same_size() -> None:
    """Four times the pixels, the same answer."""
    large = cv2.resize(_with_screen(), (2560, 1920), interpolation=cv2.INTER_LINEAR)
    assert _cover(np.asarray(large, dtype=np.uint8), FACE.scaled(4)) > BORDER_LIMIT
