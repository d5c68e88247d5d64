"""Tests of telling a working camera from a frozen or dark one, without a clock."""

import numpy as np

from client.camera.frames import Frame, Image
from client.camera.health import Health, fingerprint, is_black
from client.events import CameraState


def noise(number: int) -> Image:
    """A picture with a sensor's noise: another one for every number."""
    return np.random.default_rng(number).integers(80, 120, (48, 64, 3), dtype=np.uint8)


def shot(image: Image, at_s: float) -> Frame:
    """A frame of that moment."""
    return Frame(image, round(at_s * 1000), at_s)


def test_new_pictures_are_shown_and_looked_at() -> None:
    """A working camera is ok from its first picture."""
    health = Health()
    for number in range(90):
        use = health.judge(shot(noise(number), number / 30))
        assert (use.show, use.look) == (True, True)
    assert health.state is CameraState.OK


def test_f12_a_repeated_picture_is_never_looked_at_and_becomes_frozen_after_two_seconds() -> None:
    """F12: OpenCV returns the last frame for ever; no event may come of it."""
    health = Health()
    health.judge(shot(noise(1), 0.0))
    states = []
    for number in range(1, 91):
        use = health.judge(shot(noise(1), number / 30))
        assert not use.show
        assert not use.look
        states.append(health.state)
    assert states.index(CameraState.FROZEN) == 59
    assert health.judge(shot(noise(2), 3.1)).look
    assert health.state is CameraState.OK


def test_f12_a_reopened_camera_with_the_same_last_picture_is_still_frozen() -> None:
    """F12: opening again does not make an old picture new."""
    before = Health()
    before.judge(shot(noise(1), 0.0))
    health = Health(after=before.last_print)
    assert not health.judge(shot(noise(1), 5.0)).look
    assert not health.judge(shot(noise(1), 7.1)).look
    assert health.state is CameraState.FROZEN


def test_f12_black_pictures_are_shown_but_not_looked_at() -> None:
    """F12: a covered lens is told apart from a frozen camera: its pictures differ."""
    health = Health()
    black = np.zeros((48, 64, 3), np.uint8)
    for number in range(70):
        image = black.copy()
        image[number % 48, 0] = 3
        use = health.judge(shot(image, number / 30))
        assert (use.show, use.look) == (True, False)
    assert health.state is CameraState.BLACK
    assert health.judge(shot(noise(1), 2.5)).look
    assert health.state is CameraState.OK


def test_f12_the_first_picture_after_a_gap_is_not_of_now() -> None:
    """F12: a driver hands out what it had in its buffer when it wakes up."""
    health = Health()
    health.judge(shot(noise(1), 0.0))
    late = health.judge(shot(noise(2), 2.0))
    assert (late.show, late.look) == (True, False)
    assert health.judge(shot(noise(3), 2.03)).look


def test_clips_may_repeat_and_be_dark() -> None:
    """A still picture in a folder is no fault."""
    health = Health(live=False)
    black = np.zeros((48, 64, 3), np.uint8)
    for number in range(200):
        assert health.judge(shot(black, number / 30)).look
    assert health.state is CameraState.OK


def test_fingerprint_tells_pictures_apart_and_black_is_nearly_nothing() -> None:
    """One number differs in one level; a dim room is not black."""
    image = noise(1)
    other = image.copy()
    other[0, 0, 0] ^= 1
    assert fingerprint(image) != fingerprint(other)
    assert fingerprint(image) == fingerprint(image.copy())
    assert is_black(np.full((48, 64, 3), 3, np.uint8))
    assert not is_black(np.full((48, 64, 3), 12, np.uint8))
