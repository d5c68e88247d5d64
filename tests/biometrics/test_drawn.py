"""The drawn pictures are the same everywhere."""

import numpy as np

from biometrics.drawn import drawn_chips, drawn_face, drawn_scene


def test_the_chips_are_the_same_everywhere() -> None:
    """Two pictures that differ, and their mirrors; their sums are known."""
    chips = drawn_chips()
    assert chips.shape == (4, 150, 150, 3)
    assert chips.dtype == np.uint8
    assert (chips[2] == chips[0][:, ::-1]).all()
    assert chips.astype(np.int64).sum(axis=(1, 2, 3)).tolist() == [8_620_242, 10_201_641] * 2


def test_the_scene_holds_two_faces_on_grey() -> None:
    """Scaled by repeating lines, which no library does differently."""
    scene = drawn_scene()
    assert scene.shape == (240, 440, 3)
    assert (scene[0] == 90).all()
    assert (scene[50:200, 250:400] == drawn_face()).all()
