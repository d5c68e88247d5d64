"""Pictures drawn by whole numbers alone: every machine and every numpy draws the same ones.

Engines are compared on them, and nobody's face has to be shipped for it.
"""

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import CHIP_SIZE, Image, mirrored

_GREY = 90
_OVALS = (
    ((75, 80), (48, 62), 205),
    ((55, 65), (9, 5), 40),
    ((95, 64), (9, 5), 40),
    ((75, 88), (6, 14), 165),
    ((75, 115), (20, 6), 110),
)
"""Face, eyes, nose and mouth: centre and half axes (x, y) in pixels of a chip, and brightness."""


def drawn_face() -> Image:
    """A face as a child draws it, `uint8 (150, 150, 3)`; dlib's CNN detector takes it for one."""
    y, x, colour = np.ogrid[:CHIP_SIZE, :CHIP_SIZE, :3]
    face = 60 + 40 * colour + (x + y) // 4 + np.zeros((CHIP_SIZE, CHIP_SIZE, 3), dtype=np.int64)
    for centre, radii, shade in _OVALS:
        across, down = (x - centre[0]) * radii[1], (y - centre[1]) * radii[0]
        inside = across * across + down * down <= (radii[0] * radii[1]) ** 2
        face = np.where(inside, shade - 25 * colour, face)
    return np.asarray(face, dtype=np.uint8)


def drawn_texture() -> Image:
    """Colours of every brightness without any meaning, `uint8 (150, 150, 3)`."""
    y, x, colour = np.ogrid[:CHIP_SIZE, :CHIP_SIZE, :3]
    texture = (7 * x * x + 13 * y * y + 5 * x * y + 61 * colour * (x + 2 * y)) // 16 % 256
    return np.asarray(texture, dtype=np.uint8)


def drawn_chips() -> NDArray[np.uint8]:
    """Texture and face, and both mirrored: `uint8 (4, 150, 150, 3)`."""
    drawn = [drawn_texture(), drawn_face()]
    return np.stack([*drawn, *map(mirrored, drawn)])


def drawn_scene() -> Image:
    """Two faces of different sizes on grey, 440x240."""
    scene = np.full((240, 440, 3), _GREY, dtype=np.uint8)
    for left, top, side in ((20, 20, 200), (250, 50, 150)):
        lines = np.arange(side) * CHIP_SIZE // side
        scene[top : top + side, left : left + side] = drawn_face()[lines][:, lines]
    return scene
