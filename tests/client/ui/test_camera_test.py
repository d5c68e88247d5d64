"""A camera is tried in a thread of its own, and is always given back."""

import threading

import numpy as np
import pytest

from client.camera.errors import CameraMissing
from client.camera.frames import Frame
from client.ui.camera_test import CameraTest, TestResult
from tests.support import wait_until


class OneSource:
    """A source with a fixed list of answers."""

    live = True

    def __init__(self, *answers: Frame | Exception | None) -> None:
        self.answers = list(answers)
        self.closed = threading.Event()

    def read(self) -> Frame | None:
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed.set()


def _result(test: CameraTest) -> TestResult:
    found: list[TestResult] = []

    def came() -> bool:
        result = test.result()
        if result is not None:
            found.append(result)
        return bool(found)

    wait_until(came, what="the camera's test")
    return found[0]


def test_a_picture_is_shown_with_its_size() -> None:
    """The first frames of a camera may be missing."""
    image = np.zeros((48, 64, 3), np.uint8)
    source = OneSource(None, Frame(image, 1, 0.0))
    result = _result(CameraTest("camera:0", open_=lambda _spec: source))
    assert result.image is image
    assert "64 × 48" in result.sentence
    assert source.closed.is_set()


def test_a_camera_without_pictures_says_so() -> None:
    """It was opened, nothing came, it was given back."""
    source = OneSource()
    result = _result(CameraTest("camera:0", open_=lambda _spec: source))
    assert result.image is None
    assert "no picture came" in result.sentence
    assert source.closed.is_set()


def test_a_missing_camera_gives_its_sentence() -> None:
    """The source's own words."""

    def missing(_spec: str) -> OneSource:
        raise CameraMissing("There is no camera 3.")

    assert _result(CameraTest("camera:3", open_=missing)).sentence == "There is no camera 3."


@pytest.mark.parametrize("error", [RuntimeError("driver"), OSError("gone")])
def test_an_unforeseen_error_becomes_a_sentence(error: Exception) -> None:
    """A driver's own exception must not leave the dialog waiting."""
    source = OneSource(error)
    result = _result(CameraTest("camera:0", open_=lambda _spec: source))
    assert "cannot be used" in result.sentence
    assert source.closed.is_set()
