"""Each change does what its name says, and leaves the original alone."""

import numpy as np
import pytest

from biometrics.evaluation.changes import (
    CHANGES,
    SMALL_PX,
    blurred,
    bright,
    dark,
    masked,
    noisy,
    side_light,
    small,
    sunglasses,
)
from biometrics.faces import Image
from biometrics.geometry import Box
from biometrics.quality import sharpness
from biometrics.vision import SeenFace, Vision

FACE = Box(40, 30, 120, 110)


def picture() -> Image:
    """Noise of middling brightness."""
    return np.random.default_rng(4).integers(60, 120, (140, 160, 3)).astype(np.uint8)


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_gives_another_picture_the_same_every_time(name: str) -> None:
    """RGB bytes, not those that went in, which stay as they were."""
    image = picture()
    changed = CHANGES[name](image, FACE)
    assert (changed.dtype, changed.ndim, changed.shape[2]) == (np.uint8, 3, 3)
    assert not np.array_equal(changed, image)
    assert np.array_equal(image, picture())
    assert np.array_equal(changed, CHANGES[name](image, FACE))


@pytest.mark.parametrize("name", CHANGES)
def test_faces_at_the_edge_can_be_changed(name: str) -> None:
    """Boxes leave the picture, or lie outside."""
    for box in (Box(-30, -20, 60, 70), Box(200, 200, 280, 280)):
        assert CHANGES[name](picture(), box).size > 0


def test_light_and_noise() -> None:
    """Brightness as named."""
    image = picture()
    assert dark(image, FACE).mean() == pytest.approx(image.mean() / 4, rel=0.05)
    assert bright(image, FACE).mean() == pytest.approx(image.mean() * 2, rel=0.05)
    lit = side_light(image, FACE)
    assert lit[:, :40].mean() < 0.4 * lit[:, 121:].mean()
    assert np.std(noisy(image, FACE).astype(int) - image) == pytest.approx(20, rel=0.1)


def test_occlusion_covers_its_part_of_the_face() -> None:
    """The mask below, the bar over the eyes, nothing outside the box."""
    image = picture()
    below, eyes = masked(image, FACE), sunglasses(image, FACE)
    assert (below[90:110, 40:120] == 200).all()
    assert (eyes[46:60, 40:120] == 20).all()
    for changed in (below, eyes):
        assert np.array_equal(changed[:, :40], image[:, :40])


def test_small_and_blurred(vision: Vision, hopper: Image, hopper_seen: SeenFace) -> None:
    """A real face: 40 px wide, and less sharp."""
    box = hopper_seen.face.box
    less = small(hopper, box)
    assert less.shape[1] == pytest.approx(hopper.shape[1] * SMALL_PX / box.width, abs=1)
    seen = vision.look(blurred(hopper, box)).main_face
    assert seen is not None
    assert sharpness(seen.chip) < sharpness(hopper_seen.chip)
