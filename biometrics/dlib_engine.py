"""dlib's face recognition network behind the encoder seam, in the calling thread."""

import functools
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.encode import EncoderFailed
from biometrics.faces import ChipLayout, require_chips

DIMENSIONS = 128
RECIPE = "dlib-resnet/chip150-pad25-lm68"
"""The network, and how chips are cut for it: part of the fingerprint."""


def weights_path() -> Path:
    """Where the installed face_recognition_models package keeps the network's weights."""
    import face_recognition_models

    return Path(face_recognition_models.face_recognition_model_location())


@functools.cache
def fingerprint() -> str:
    """The recipe and the first 12 hex digits of the weights' SHA-256 (22 MB, about 20 ms).

    Raises:
        EncoderFailed: The weights are not there.
    """
    try:
        with weights_path().open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ImportError) as error:
        raise EncoderFailed(f"The face model cannot be read: {error}") from error
    return f"{RECIPE}/{digest[:12]}"


class DlibEncoder:
    """The network in this thread: 100 to 140 ms a chip, during which the GIL is held.

    So it has no place in a process with a window; `ProcessEncoder` is for those. The same
    numbers as `face_recognition.face_encodings(..., num_jitters=1, model="large")`, which a
    test holds it to.
    """

    dimensions = DIMENSIONS
    engine = "dlib"
    note = ""
    layout: ChipLayout = "dlib-150"

    def __init__(self) -> None:
        self._network: Any = None
        self._closed = False

    @property
    def fingerprint(self) -> str:
        """Recipe and weights."""
        return fingerprint()

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Raw encodings `float64 (n, 128)`; loads the network at the first call (0.2 s)."""
        require_chips(chips)
        if self._closed:
            raise EncoderFailed("The encoder is closed.")
        if self._network is None:
            self._network = self._load()
        raw = [
            np.array(self._network.compute_face_descriptor(chip), dtype=np.float64)
            for chip in np.ascontiguousarray(chips)
        ]
        return np.array(raw, dtype=np.float64).reshape(len(raw), DIMENSIONS)

    def close(self) -> None:
        """Drops the network."""
        self._network = None
        self._closed = True

    @staticmethod
    def _load() -> Any:
        try:
            import dlib

            return dlib.face_recognition_model_v1(str(weights_path()))
        except (ImportError, RuntimeError, OSError) as error:
            raise EncoderFailed(f"The face model cannot be loaded: {error}") from error
