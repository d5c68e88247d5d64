"""Cuts chips as ArcFace-style networks want them: 112x112, five points on the usual template."""

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Chip, Image, Landmarks, require_image

SIDE_PX = 112
TEMPLATE = np.array(
    [
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ]
)
"""Where the eyes, the nose's tip and the corners of the mouth go, (x, y) in pixels: the template
that ArcFace and the networks after it were trained with."""

_LEFT_EYE, _RIGHT_EYE = slice(36, 42), slice(42, 48)
_NOSE, _MOUTH_LEFT, _MOUTH_RIGHT = 30, 48, 54


def five_points(landmarks: Landmarks) -> NDArray[np.float64]:
    """Eyes, nose and corners of the mouth from the 68 points: `float64 (5, 2)`.

    Left and right are those of the picture; an eye is the mean of its six points.
    """
    return np.array(
        [
            landmarks[_LEFT_EYE].mean(axis=0),
            landmarks[_RIGHT_EYE].mean(axis=0),
            landmarks[_NOSE],
            landmarks[_MOUTH_LEFT],
            landmarks[_MOUTH_RIGHT],
        ]
    )


def similarity(points: NDArray[np.float64], onto: NDArray[np.float64]) -> NDArray[np.float64]:
    """The turn, scale and shift that brings points nearest to others, as `float64 (2, 3)`.

    Least squares in closed form, with points as complex numbers: onto = a * points + b. Never a
    mirror image.

    Raises:
        ValueError: All points are the same.
    """
    here, there = (p[:, 0] + 1j * p[:, 1] for p in (points, onto))
    centred = here - here.mean()
    spread = float((np.abs(centred) ** 2).sum())
    if not spread > 0:
        raise ValueError("five points in one place show no face")
    turn = complex((np.conj(centred) * (there - there.mean())).sum() / spread)
    shift = complex(there.mean() - turn * here.mean())
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def arcface_chip(image: Image, landmarks: Landmarks) -> Chip:
    """The face on the template, `uint8 (112, 112, 3)`; what lies outside the picture is black.

    Raises:
        ValueError: Not an RGB picture of bytes, or landmarks in one place.
    """
    require_image(image)
    import cv2

    matrix = similarity(five_points(landmarks), TEMPLATE)
    chip = cv2.warpAffine(image, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR)
    return np.ascontiguousarray(chip, dtype=np.uint8)
