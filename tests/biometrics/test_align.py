"""Landmarks lie on the face, and chips are upright and equal to dlib's own."""

import cv2
import dlib
import numpy as np
import pytest

from biometrics.align import Aligner
from biometrics.detect import HogDetector
from biometrics.faces import Image
from biometrics.geometry import Box
from biometrics.vision import SeenFace


def test_landmarks_lie_on_the_face(hopper_seen: SeenFace) -> None:
    """68 points, the eyes above the nose's tip above the mouth."""
    points = hopper_seen.face.landmarks
    assert points.shape == (68, 2)
    box = hopper_seen.face.box
    middle = points.mean(axis=0)
    assert box.left < middle[0] < box.right
    assert box.top < middle[1] < box.bottom
    assert points[36:48, 1].mean() < points[30, 1] < points[48:, 1].mean()


def test_a_chip_is_what_dlib_cuts(hopper: Image, hopper_seen: SeenFace) -> None:
    """Landmarks that went through numpy give the same chip, bit for bit."""
    box = hopper_seen.face.box
    import face_recognition_models

    predictor = dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())
    shape = predictor(hopper, dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1))
    expected = dlib.get_face_chip(hopper, shape, size=150, padding=0.25)
    assert (hopper_seen.chip == expected).all()


def test_the_second_chip_is_what_face_recognition_calls_small(
    hopper: Image, hopper_seen: SeenFace
) -> None:
    """Cut on five points of the same box, and not the same as the first."""
    import face_recognition_models

    box = hopper_seen.face.box
    path = face_recognition_models.pose_predictor_five_point_model_location()
    shape = dlib.shape_predictor(path)(
        hopper, dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1)
    )
    expected = dlib.get_face_chip(hopper, shape, size=150, padding=0.25)
    second = Aligner().second_chip(hopper, box)
    assert (second == expected).all()
    assert (second != hopper_seen.chip).any()


def test_a_tilted_face_gets_an_upright_chip(hopper: Image) -> None:
    """Turned by 20 degrees, the eyes are level in the chip."""
    height, width = hopper.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 20, 1.0)
    tilted = np.ascontiguousarray(cv2.warpAffine(hopper, turn, (width, height)), dtype=np.uint8)
    aligner = Aligner()
    (found,) = HogDetector().detect(tilted)
    chip = aligner.chip(tilted, aligner.landmarks(tilted, found.box))
    eyes = aligner.landmarks(chip, Box(25, 25, 125, 125))
    assert abs(eyes[36:42, 1].mean() - eyes[42:48, 1].mean()) < 5


def test_a_face_at_the_edge_gets_a_chip_with_black(hopper: Image) -> None:
    """What lies outside the picture is black, and nothing raises."""
    cut = np.ascontiguousarray(hopper[:, 230:])
    aligner = Aligner()
    chip = aligner.chip(cut, aligner.landmarks(cut, Box(-69, 137, 147, 353)))
    assert chip.shape == (150, 150, 3)
    assert (chip[:, :10] == 0).all()


def test_what_is_not_a_picture_is_refused() -> None:
    """Before dlib sees it."""
    grey = np.zeros((100, 100), np.uint8)
    with pytest.raises(ValueError, match="image"):
        Aligner().landmarks(grey, Box(0, 0, 50, 50))
    with pytest.raises(ValueError, match="image"):
        Aligner().chip(grey, np.zeros((68, 2)))
    with pytest.raises(ValueError, match="image"):
        Aligner().second_chip(grey, Box(0, 0, 50, 50))
