"""The face model that this server searches with: dlib's, or a network of the user's own."""

from dataclasses import dataclass
from pathlib import Path

from biometrics.arcface_encoder import RECIPE
from biometrics.encode import EncoderFailed, open_encoder
from biometrics.vision import Vision
from biometrics.yardstick import DLIB, Yardstick, yardstick_of
from protocol.kinds import EncodingShape

NOT_CLASSIC = (
    "The classic formats hold numbers of dlib's network, and this server uses another face model: "
    "enrol from photos instead."
)


@dataclass(frozen=True, slots=True)
class InstalledEncoder:
    """What the server has to know of its face model.

    Args:
        fingerprint: Of checkpoints and people that can be compared.
        yardstick: What its numbers mean.
        network: The file it comes from; None for dlib's.
    """

    fingerprint: str
    yardstick: Yardstick = DLIB
    network: Path | None = None

    @property
    def shape(self) -> EncodingShape:
        """What its encodings look like on the wire."""
        return shape_of(self.yardstick)

    def open_vision(self) -> Vision:
        """The vision of one worker that enrols from photos.

        Raises:
            EncoderFailed: The face model cannot be opened, or its file is another one by now:
                its encodings could not be compared with those stored.
        """
        vision = Vision.open(background=True, network=self.network)
        if vision.fingerprint != self.fingerprint:
            vision.close()
            raise EncoderFailed("The face model's file was changed: start the server again.")
        return vision


def installed_encoder(network: str = "") -> InstalledEncoder:
    """The face model of the settings. Of dlib's nothing but its weights is read.

    Args:
        network: The ONNX file of a network of the user's own; empty for dlib's.

    Raises:
        EncoderFailed: Raised when it is not there, the file is no face network, or its
            calibration is damaged.
    """
    path = Path(network).expanduser() if network else None
    encoder = open_encoder(background=True, network=path)
    try:
        return InstalledEncoder(encoder.fingerprint, yardstick_of(encoder, path), path)
    finally:
        encoder.close()


def is_own(fingerprint: str) -> bool:
    """Whether it is a network of the user's own."""
    return fingerprint.startswith(RECIPE)


def shape_of(yardstick: Yardstick) -> EncodingShape:
    """What encodings measured by this yardstick look like on the wire."""
    return EncodingShape(yardstick.dimensions, *yardstick.norms)


def same_model(ours: str, theirs: str) -> str:
    """What to do where a checkpoint has another face model than this server, in one sentence.

    Args:
        ours: The server's fingerprint.
        theirs: The checkpoint's.
    """
    own, their_own = is_own(ours), is_own(theirs)
    if own:
        other = "another file" if their_own else "the one that comes with FaceNetGrid"
        return (
            f"The server uses a face model of its own ({ours.rpartition('/')[2]}), this checkpoint "
            f"{other}: choose the server's file in the checkpoint's settings."
        )
    if their_own:
        return (
            "The server uses the face model that comes with FaceNetGrid, this checkpoint a file: "
            "take the file out of the checkpoint's settings, or give it to the server too."
        )
    return "This checkpoint's face model is not the server's: install the same version."
