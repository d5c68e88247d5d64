"""Moiré in a face: the regular pattern that a screen's pixels and a camera's make together.

Skin has no rhythm. The pixels of a screen do, and where they fall between those of the camera they
leave a single sharp frequency in the picture, which stands out of the spectrum.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Image
from biometrics.geometry import Box

SIDE_PX = 64
STEP_PX = 32
LARGEST_PX = 160
"""The spectrum is the mean over squares of 64 px, half of each shared with the next one, in the
middle 160 px of the face at most (16 squares): in pixels of the camera, never shrunk or enlarged,
which would remove the pattern or make one."""
LOWEST = 0.12
"""Periods longer than 8 px are hair, beards and glasses."""
_AXIS = 2
"""Frequencies this near to the axes are left out: blocks of JPEG and video, lines of sensors."""


def _window() -> NDArray[np.float32]:
    edge = np.hanning(SIDE_PX)
    return np.outer(edge, edge).astype(np.float32)


def _rings() -> NDArray[np.int64]:
    """The distance of each bin of the spectrum from 0, in whole bins; -1 where nothing is searched.

    Bins on a ring share their brightness in ordinary pictures.
    """
    down, across = np.meshgrid(np.fft.fftfreq(SIDE_PX), np.fft.rfftfreq(SIDE_PX), indexing="ij")
    rings: NDArray[np.int64] = np.round(np.hypot(across, down) * SIDE_PX).astype(np.int64)
    rings[(rings < LOWEST * SIDE_PX) | (rings > SIDE_PX // 2)] = -1
    return rings


def _searched() -> NDArray[np.bool_]:
    """Every bin that is not near an axis."""
    searched = np.ones((SIDE_PX, SIDE_PX // 2 + 1), dtype=np.bool_)
    searched[:_AXIS] = searched[1 - _AXIS :] = False
    searched[:, :_AXIS] = False
    return searched


_WINDOW = _window()
_RINGS = [np.flatnonzero(_rings() == ring) for ring in range(SIDE_PX // 2 + 1)]
_SEARCHED = _searched().ravel()


def peak_limit(squares: int) -> float:
    """The peak from which a pattern is one, by how many squares the spectrum was averaged.

    Chance alone makes higher peaks in few squares. Of 1,000 pictures of lfw-dev (4 squares) the
    highest peak is above it in 1; of the clips of people (16 squares) none above 2.5.
    """
    return 3.2 + 2 / math.sqrt(squares)


def moire_peak(image: Image, box: Box) -> tuple[float, int]:
    """The highest peak in the spectrum of the face, and how many squares were looked at.

    As the natural logarithm of its power by the median of its ring; 0 squares for a face too small
    to say. 1 to 3 ms.
    """
    grey = _middle(image, box)
    if min(grey.shape) < SIDE_PX + STEP_PX:  # fewer than 4 squares
        return 0.0, 0
    windows = np.lib.stride_tricks.sliding_window_view(grey, (SIDE_PX, SIDE_PX))
    squares = windows[::STEP_PX, ::STEP_PX].reshape(-1, SIDE_PX, SIDE_PX)
    spread = squares.std(axis=(1, 2), keepdims=True) + 1.0
    spectra = np.abs(np.fft.rfft2(squares * _WINDOW / spread)) ** 2
    power = np.log(spectra.mean(axis=0) + 1e-9).ravel()
    peak = 0.0
    for ring in filter(len, _RINGS):
        level = float(np.median(power[ring]))
        peak = max(peak, float(power[ring[_SEARCHED[ring]]].max(initial=level)) - level)
    return peak, len(squares)


def _middle(image: Image, box: Box) -> NDArray[np.float32]:
    """The middle of the face in grey, without what is coarser than a few pixels."""
    height, width = image.shape[:2]
    half = min(box.width, LARGEST_PX) // 2
    across, down = (round(place) for place in box.centre)
    part = image[
        max(0, down - half) : min(height, max(0, down + half)),
        max(0, across - half) : min(width, max(0, across + half)),
    ]
    if part.size == 0:
        return np.zeros((0, 0), np.float32)
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), 2.0), dtype=np.float32)
