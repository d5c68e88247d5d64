"""Tests of the frame."""

import numpy as np

from client.camera.frames import Frame


def test_width_and_height_come_from_the_image() -> None:
    """Rows are the height."""
    frame = Frame(np.zeros((480, 640, 3), np.uint8), 1, 2.0)
    assert (frame.width, frame.height) == (640, 480)
    assert (frame.label, frame.number) == (None, 0)


def test_frames_are_equal_only_to_themselves() -> None:
    """Comparing pictures by accident would cost a millisecond and an ambiguous truth value."""
    image = np.zeros((2, 2, 3), np.uint8)
    assert Frame(image, 1, 2.0) != Frame(image, 1, 2.0)
