"""Periodic patterns stand out of the spectrum; faces, noise and blocks of compression do not."""

import cv2
import numpy as np
import pytest

from benchmarks._presentations import Screen, telephone
from biometrics.faces import Image
from biometrics.geometry import Box
from biometrics.moire import moire_peak, peak_limit
from biometrics.vision import SeenFace

BOX = Box(200, 120, 360, 280)


def _share(image: Image, box: Box = BOX) -> float:
    peak, squares = moire_peak(image, box)
    assert squares >= 4
    return peak / peak_limit(squares)


def _noise(seed: int = 0) -> Image:
    grey = np.random.default_rng(seed).normal(128, 12, (400, 560, 1))
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8), 3, axis=2)


def _waves(strength: float, *, across: float, down: float) -> Image:
    rows, columns = np.mgrid[0:400, 0:560]
    wave = strength * np.sin(2 * np.pi * (across * columns + down * rows))
    return np.clip(_noise() + wave[:, :, None], 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("across", "down"), [(0.23, 0.31), (0.4, -0.2), (0.15, 0.1), (0.1, -0.4)])
def test_a_faint_regular_pattern_is_found(across: float, down: float) -> None:
    """Waves no stronger than the noise around them, in any direction."""
    assert _share(_waves(12, across=across, down=down)) > 1


@pytest.mark.parametrize("seed", range(10))
def test_noise_is_no_pattern(seed: int) -> None:
    """Whatever chance brings."""
    assert _share(_noise(seed)) < 1
    small = Box(200, 120, 300, 220)
    assert _share(_noise(seed), small) < 1.05  # four squares: chance comes near the limit


def test_coarse_waves_and_lines_along_the_axes_are_left_out() -> None:
    """Hair and stripes of a shirt are coarse, blocks and lines of a sensor lie on the axes."""
    assert _share(_waves(25, across=0.05, down=0.05)) < 1
    assert _share(_waves(25, across=0.25, down=0.0)) < 1
    assert _share(_waves(25, across=0.0, down=0.3)) < 1


def test_compression_is_no_pattern(collins: Image, collins_seen: SeenFace) -> None:
    """JPEG's blocks of eight pixels, as every cheap camera sends them."""
    for quality in (30, 60, 90):
        packed = cv2.imencode(".jpg", collins, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        plain = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
        box = collins_seen.face.box
        assert _share(plain, Box(box.left - 20, box.top - 20, box.right + 20, box.bottom + 20)) < 1


def test_a_screen_is_told_from_the_picture_it_shows(hopper: Image, hopper_seen: SeenFace) -> None:
    """The same portrait as a file, and photographed from a telephone."""
    box = hopper_seen.face.box
    assert _share(hopper, box) < 1
    shown = telephone(hopper, box, Screen(pitch=0.8), fine=3)
    assert _share(shown, Box(245, 165, 395, 315)) > 1


def test_a_small_or_cut_off_face_says_nothing() -> None:
    """Fewer than four squares are no spectrum to trust; outside of the picture there is none."""
    assert moire_peak(_noise(), Box(200, 120, 280, 200)) == (0.0, 0)
    assert moire_peak(_noise(), Box(-300, -300, -100, -100)) == (0.0, 0)
    assert moire_peak(_noise(), Box(900, 900, 1100, 1100)) == (0.0, 0)


def test_a_flat_grey_face_has_no_pattern() -> None:
    """No contrast at all divides by nothing."""
    peak, squares = moire_peak(np.full((400, 560, 3), 90, np.uint8), BOX)
    assert squares == 16
    assert peak == pytest.approx(0.0, abs=1e-3)
