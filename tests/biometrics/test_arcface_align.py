"""Five points on the template: by a turn, a scale and a shift, never by a mirror."""

import cv2
import numpy as np
import pytest

from biometrics.align import Aligner
from biometrics.arcface_align import TEMPLATE, arcface_chip, five_points, similarity
from biometrics.faces import Image
from biometrics.vision import SeenFace, Vision


def test_points_moved_turned_and_scaled_come_back() -> None:
    """Exactly, when nothing else happened to them."""
    angle, scale = 0.4, 2.5
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = TEMPLATE @ turn.T + [30, -12]
    matrix = similarity(moved, TEMPLATE)
    np.testing.assert_allclose(moved @ matrix[:, :2].T + matrix[:, 2], TEMPLATE, atol=1e-9)
    assert np.linalg.det(matrix[:, :2]) == pytest.approx(1 / scale**2)


def test_mirrored_points_are_not_mirrored_back() -> None:
    """The best turn without a mirror stays a turn."""
    matrix = similarity(TEMPLATE * [-1, 1], TEMPLATE)
    assert np.linalg.det(matrix[:, :2]) > 0


def test_points_in_one_place_are_refused() -> None:
    """As from a broken predictor."""
    with pytest.raises(ValueError, match="one place"):
        similarity(np.full((5, 2), 7.0), TEMPLATE)


def test_a_real_face_lies_on_the_template(hopper: Image, hopper_seen: SeenFace) -> None:
    """The points of the chip, found again, are a few pixels from where they belong."""
    points = five_points(hopper_seen.face.landmarks)
    matrix = similarity(points, TEMPLATE)
    placed = points @ matrix[:, :2].T + matrix[:, 2]
    assert float(np.abs(placed - TEMPLATE).max()) < 5
    chip = arcface_chip(hopper, hopper_seen.face.landmarks)
    assert chip.shape == (112, 112, 3)
    assert chip.dtype == np.uint8


def test_a_turned_picture_gives_the_same_chip(vision: Vision, hopper: Image) -> None:
    """The head upright again."""
    turned = cv2.warpAffine(hopper, cv2.getRotationMatrix2D((256, 300), 12, 1.0), (512, 600))
    chips = []
    for image in (hopper, np.asarray(turned, dtype=np.uint8)):
        seen = vision.look(image).main_face
        assert seen is not None
        chips.append(arcface_chip(image, Aligner().landmarks(image, seen.face.box)))
    apart = np.abs(chips[0].astype(int) - chips[1])[20:100, 20:92]
    assert float(apart.mean()) < 25
