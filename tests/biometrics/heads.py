"""A head of 68 points in space that turns and blinks, and a flat picture of it that only turns."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Landmarks

FOCAL_PX = 700.0
DISTANCE_MM = 600.0
OPEN = 0.3
"""Height by width of an open eye."""


def head_points(openness: float = 1.0) -> NDArray[np.float64]:
    """The points in millimetres, `float64 (68, 3)`: x to the picture's right, y down, z to it.

    Drawn after mean distances of adults: 90 mm between the outer corners of the eyes, the nose's
    tip 50 mm before them. `openness` closes the eyes at 0.
    """
    around = np.radians(np.linspace(-90, 90, 17))
    jaw = np.stack([68 * np.sin(around), -12 + 77 * np.cos(around), -75 + 70 * np.cos(around)], 1)
    along = np.linspace(0, 1, 5)
    brow = np.stack([-56 + 42 * along, -38 - 9 * np.sin(np.pi * along), -18 + 20 * along], 1)
    bridge = np.stack([np.zeros(4), np.linspace(-20, 16, 4), np.linspace(2, 27, 4)], 1)
    wings = np.stack([np.linspace(-15, 15, 5), np.full(5, 25), [4, 10, 13, 10, 4]], 1)
    eye = _eye(openness)
    lips = np.concatenate([_oval(12, 26, 10, 48), _oval(8, 20, 3, 48)])
    points = [jaw, brow, _mirrored(brow)[::-1], bridge, wings, eye, _mirrored_eye(eye), lips]
    return np.concatenate(points)


def _eye(openness: float) -> NDArray[np.float64]:
    """The person's right eye: outer corner, upper lid, inner corner, lower lid."""
    half = OPEN * 28 / 2 * openness
    xs = np.array([-45, -36, -26, -17, -26, -36], dtype=float)
    ys = -20 + half * np.array([0, -1, -1, 0, 1, 1], dtype=float)
    return np.stack([xs, ys, np.array([-23, -15, -12, -14, -12, -15], dtype=float)], 1)


def _mirrored(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points * np.array([-1, 1, 1])


def _mirrored_eye(eye: NDArray[np.float64]) -> NDArray[np.float64]:
    """The left eye begins with its inner corner."""
    return _mirrored(eye)[[3, 2, 1, 0, 5, 4]]


def _oval(count: int, across: float, down: float, middle: float) -> NDArray[np.float64]:
    angles = np.pi + np.arange(count) * 2 * np.pi / count
    xs = across * np.cos(angles)
    return np.stack([xs, middle + down * np.sin(angles), 10 - 12 * (xs / 26) ** 2], 1)


@dataclass
class Head:
    """Somebody before a camera of 640x480.

    Args:
        noise_px: Standard deviation of every point, before it is rounded as dlib does.
        flat: Show a flat picture of the head in place of the head.
        seed: Of the noise.
    """

    noise_px: float = 0.5
    flat: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)

    def look(
        self,
        *,
        yaw: float = 0.0,
        pitch: float = 0.0,
        openness: float = 1.0,
        at: tuple[float, float] = (320.0, 240.0),
    ) -> Landmarks:
        """The landmarks, as whole pixels; yaw positive to the person's own left."""
        points = head_points(openness)
        if self.flat:  # the picture was taken from afar, with the eyes as they are
            points = points * np.array([1, 1, 0])
        turned = points @ _rotation(yaw, pitch).T
        scale = FOCAL_PX / (DISTANCE_MM - turned[:, 2:])
        exact = turned[:, :2] * scale + np.array(at)
        return np.round(exact + self._random.normal(0, self.noise_px, exact.shape))


def _rotation(yaw: float, pitch: float) -> NDArray[np.float64]:
    a, b = math.radians(yaw), math.radians(pitch)
    aside = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]])
    nod = np.array([[1, 0, 0], [0, math.cos(b), math.sin(b)], [0, -math.sin(b), math.cos(b)]])
    return aside @ nod
