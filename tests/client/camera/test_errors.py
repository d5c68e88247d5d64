"""Tests of the tree of errors of a camera."""

import pytest

from client.camera import errors
from client.camera.errors import SourceError
from client.events import CameraState


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (errors.SourceNotUnderstood, CameraState.MISSING),
        (errors.CameraMissing, CameraState.MISSING),
        (errors.CameraBusy, CameraState.BUSY),
        (errors.CameraLost, CameraState.LOST),
        (errors.SourceEnded, CameraState.ENDED),
    ],
)
def test_every_error_says_which_state_it_means(kind: type[SourceError], state: CameraState) -> None:
    """The banner follows from the class, the sentence from the text."""
    error = kind("A sentence.")
    assert error.state is state
    assert str(error) == "A sentence."
    assert kind.__doc__ is not None
    assert kind.__doc__.startswith("Raised when")
