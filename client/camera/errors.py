"""What can be wrong with a source of pictures, each with a sentence the person can act on."""

# ruff: noqa: N818 - errors are named for what happened

from client.events import CameraState


class SourceError(Exception):
    """A source cannot be opened or read; `str()` is a whole sentence, `state` what to show."""

    state = CameraState.MISSING


class SourceNotUnderstood(SourceError):
    """Raised when the text that names a source is none of the known kinds."""


class CameraMissing(SourceError):
    """Raised when there is no such camera, file, folder or address."""


class CameraBusy(SourceError):
    """Raised when the camera is there and does not give pictures: another program has it."""

    state = CameraState.BUSY


class CameraLost(SourceError):
    """Raised when a source that gave pictures gives none any more."""

    state = CameraState.LOST


class SourceEnded(SourceError):
    """Raised when a clip or folder that is not repeated came to its end."""

    state = CameraState.ENDED
