"""The edges of a screen or a sheet of paper beside a face: straight, parallel, past the shoulders.

Behind a person stand door frames and shelves, but their body hides them below the chin. The edge of
a telephone held up runs on from beside the eyes to far below the chin, on both sides.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Image
from biometrics.geometry import Box

FACE_PX = 64
"""The face is shrunk to this width: what is straight at that size is straight to 2 % of a face."""
TOP, BOTTOM = -0.35, 0.95
"""Rows searched, in face widths from the middle of the face: from the eyes to below the chin."""
NEAR, FAR = 0.55, 2.0
"""Columns searched on either side, in face widths from the middle of the face."""
TILTS_DEG = range(-20, 21, 2)
PARALLEL_DEG = 6
_CONTRAST = 44
"""Least response of the Sobel filter: a step of 11 grey levels."""
_NOISE = 3.0
"""An edge stands out this many times from the median response: dark pictures are noise all over."""


def border_cover(image: Image, box: Box) -> float | None:
    """How much of the way the weaker of two parallel edges beside the face can be seen; 0 to 1.

    None where those rows are not in the picture: a face that fills it shows no border. About 2 ms.
    """
    searched = _around(image, box)
    if searched is None:
        return None
    grey, middle = searched
    edges = _edges(grey)
    cover = {tilt: _sides(edges, middle, tilt) for tilt in TILTS_DEG}
    return max(
        min(cover[left][0], cover[right][1])
        for left in TILTS_DEG
        for right in TILTS_DEG
        if abs(left - right) <= PARALLEL_DEG
    )


def _around(image: Image, box: Box) -> tuple[NDArray[np.uint8], float] | None:
    """What is searched, shrunk and grey, and the column of the face's middle in it."""
    height, width = image.shape[:2]
    across, down = box.centre
    left, right = max(0, int(across - FAR * box.width)), min(width, int(across + FAR * box.width))
    top, bottom = max(0, int(down + TOP * box.width)), int(down + BOTTOM * box.width)
    if bottom > height or bottom - top < box.width or right - left < box.width:
        return None
    scale = FACE_PX / box.width
    part = image[top:bottom, left:right]
    step = max(1, int(0.5 / scale))
    size = (round((right - left) * scale), round((bottom - top) * scale))
    small = cv2.resize(part[::step, ::step], size, interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    return grey, (across - left) * scale


def _edges(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Thin upright edges as 255 on 0, whichever side is brighter: that changes along a print."""
    across = np.abs(cv2.Sobel(grey, cv2.CV_16S, 1, 0))
    least = max(_CONTRAST, _NOISE * float(np.median(across)))
    thin = (across > least) & (across > 2 * np.abs(cv2.Sobel(grey, cv2.CV_16S, 0, 1)))
    thin[:, 1:-1] &= (across[:, 1:-1] >= across[:, :-2]) & (across[:, 1:-1] >= across[:, 2:])
    thin[:, :2] = thin[:, -2:] = False  # the picture's own border
    wide = cv2.dilate(np.where(thin, np.uint8(255), np.uint8(0)), np.ones((1, 2), np.uint8))
    return np.asarray(wide, dtype=np.uint8)


def _sides(edges: NDArray[np.uint8], middle: float, tilt_deg: int) -> tuple[float, float]:
    """The best cover of a line with that tilt, to the left and to the right of the face."""
    height, width = edges.shape
    lean = math.tan(math.radians(tilt_deg))
    upright = np.array([[1, lean, -lean * height / 2], [0, 1, 0]], dtype=np.float64)
    turned = cv2.warpAffine(edges, upright, (width, height), flags=cv2.INTER_NEAREST)
    columns = np.asarray(turned).mean(axis=0) / 255
    away = (np.arange(width) - middle) / FACE_PX
    left = columns[(away < -NEAR) & (away > -FAR)]
    right = columns[(away > NEAR) & (away < FAR)]
    return float(left.max(initial=0.0)), float(right.max(initial=0.0))
