"""The values that travel through the room refuse what they are not."""

import numpy as np
import pytest

from biometrics.faces import Face, mirrored, require_chips, require_image
from biometrics.geometry import Box
from tests.biometrics.support import frontal_landmarks

BOX = Box(10, 10, 110, 110)


def test_a_face_has_68_finite_landmarks() -> None:
    """Other shapes and not-a-number are refused."""
    assert Face(BOX, frontal_landmarks(BOX), 1.0).width_px == 100
    with pytest.raises(ValueError, match=r"\(68, 2\), got \(5, 2\)"):
        Face(BOX, np.zeros((5, 2)), 1.0)
    with pytest.raises(ValueError, match="finite"):
        Face(BOX, np.full((68, 2), np.nan), 1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float64),
        np.zeros((0, 10, 3), np.uint8),
    ],
)
def test_what_is_not_an_rgb_picture_is_refused(wrong: np.ndarray) -> None:
    """The message names shape and kind."""
    with pytest.raises(ValueError, match="an image is uint8"):
        require_image(wrong)


def test_what_is_not_a_stack_of_chips_is_refused() -> None:
    """One chip alone is no stack."""
    require_chips(np.zeros((0, 150, 150, 3), np.uint8))
    with pytest.raises(ValueError, match="chips are uint8"):
        require_chips(np.zeros((150, 150, 3), np.uint8))


def test_a_mirrored_chip_is_laid_out_anew() -> None:
    """The engine reads memory in order, so a view with negative strides would not do."""
    chip = np.arange(150 * 150 * 3, dtype=np.uint32).astype(np.uint8).reshape(150, 150, 3)
    turned = mirrored(chip)
    assert turned.flags["C_CONTIGUOUS"]
    assert (turned[:, 0] == chip[:, -1]).all()
    assert (mirrored(turned) == chip).all()
