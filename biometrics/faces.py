"""The values that travel through the room: images, detections, landmarks, faces and chips."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from biometrics.geometry import Box

Image = NDArray[np.uint8]
"""A picture: `uint8 (height, width, 3)`, RGB."""
Chip = NDArray[np.uint8]
"""A face cut out, upright and scaled: `uint8 (side, side, 3)`, RGB."""
ChipLayout = Literal["dlib-150", "arcface-112"]
"""How an encoder wants its chips cut: dlib's way with side 150, or on five points with side 112."""
Landmarks = NDArray[np.float64]
"""Points of a face as (x, y) in picture pixels, `float64 (68, 2)`, in the iBUG 300-W order."""
Encoding = NDArray[np.float64]
"""The numbers an encoder gives for one face: `float64 (dimensions,)`."""

CHIP_SIZE = 150
"""Width and height of a chip in pixels: what the encoder network was trained on."""
LANDMARK_COUNT = 68


@dataclass(frozen=True, slots=True)
class Detection:
    """A place where a detector sees a face; `strength` is its own scale, larger is surer."""

    box: Box
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A detected face with its 68 landmarks.

    Raises:
        ValueError: The landmarks are not finite numbers of shape (68, 2).
    """

    box: Box
    landmarks: Landmarks
    strength: float

    def __post_init__(self) -> None:
        if self.landmarks.shape != (LANDMARK_COUNT, 2):
            raise ValueError(f"landmarks must be (68, 2), got {self.landmarks.shape}")
        if not np.isfinite(self.landmarks).all():
            raise ValueError("landmarks must be finite")

    @property
    def width_px(self) -> float:
        """The width of the face's box, in pixels of the picture."""
        return float(self.box.width)


def require_image(image: Image) -> None:
    """Refuses what is not an RGB picture of bytes.

    Raises:
        ValueError: Wrong kind of number, shape, or no pixels.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(f"an image is uint8 (H, W, 3), got {image.dtype} {image.shape}")


def require_chips(chips: NDArray[np.uint8]) -> None:
    """Refuses what is not a stack of chips.

    Raises:
        ValueError: Not `uint8 (n, 150, 150, 3)`.
    """
    wanted = (CHIP_SIZE, CHIP_SIZE, 3)
    if chips.dtype != np.uint8 or chips.ndim != 4 or chips.shape[1:] != wanted:
        raise ValueError(f"chips are uint8 (n, 150, 150, 3), got {chips.dtype} {chips.shape}")


def mirrored(chip: Chip) -> Chip:
    """The chip as in a mirror, in memory of its own (dlib takes no negative strides)."""
    return np.ascontiguousarray(chip[:, ::-1])
