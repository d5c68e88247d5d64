"""Looks at a file that is to be the face model, and says in a sentence what it is or is not."""

from pathlib import Path

from biometrics.encode import EncoderFailed, open_encoder
from biometrics.yardstick import yardstick_of


def check_network(text: str) -> tuple[bool, str]:
    """Opens the network as a program would: 0.1 s, 2 s for the largest.

    Args:
        text: The file's path; empty for dlib's network.

    Returns:
        Whether it can be used, and a sentence for whoever chose it.
    """
    if not text.strip():
        return True, "The face model that comes with FaceNetGrid."
    path = Path(text.strip()).expanduser()
    try:
        encoder = open_encoder(background=True, network=path)
        try:
            found = yardstick_of(encoder, path).calibration
        finally:
            encoder.close()
    except EncoderFailed as error:
        return False, str(error)
    name = encoder.fingerprint.rpartition("/")[2]
    words = "not calibrated" if found is None else f"calibrated with {found.source}"
    return True, f"A face model of {encoder.dimensions} numbers ({name}), {words}."
