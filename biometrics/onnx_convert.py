"""Converts dlib's networks to ONNX, once: `python -m biometrics.onnx_convert encoder [FOLDER]`.

Runs in a process of its own, because dlib and the `onnx` package hold the GIL for a second or two.
A network is stored only after ONNX Runtime has given dlib's own numbers with it; what dlib gave
is kept inside the file, so that every later start compares again without dlib.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.dlib_engine import DlibEncoder, weights_path
from biometrics.dlib_weights import read_layers
from biometrics.faces import CHIP_SIZE, mirrored
from biometrics.model_cache import ModelCache, default_folder
from biometrics.onnx_graph import encoder_model
from biometrics.onnx_session import open_session, run

CONVERTER = 1
"""Raised whenever the graphs change: older files are then left alone and not used."""
LARGEST_DIFFERENCE = 1e-5
"""Between dlib's numbers and ours, in any of the 128; measured on faces: below 1e-6."""
REFERENCE = "facenetgrid.reference"
WEIGHTS = "facenetgrid.weights_sha256"


class ConversionFailed(RuntimeError):  # noqa: N818 - named for what happened
    """Raised when no network can be made that gives dlib's numbers; the message says why."""


def encoder_stem() -> str:
    """How the encoder's files in the cache begin: the converter's version and the weights.

    Raises:
        OSError: The weights cannot be read.
    """
    return f"dlib-encoder-v{CONVERTER}-{_sha256(weights_path().read_bytes())[:16]}"


def reference_chips() -> NDArray[np.uint8]:
    """Two drawn chips and their mirrors, `uint8 (4, 150, 150, 3)`: what engines are compared on.

    Made by whole numbers alone, so that every machine and numpy draws the same ones.
    """
    y, x, colour = np.ogrid[:CHIP_SIZE, :CHIP_SIZE, :3]
    texture = (7 * x * x + 13 * y * y + 5 * x * y + 61 * colour * (x + 2 * y)) // 16 % 256
    face = 60 + 40 * colour + (x + y) // 4 + np.zeros((CHIP_SIZE, CHIP_SIZE, 3), dtype=np.int64)
    for centre, radii, shade in (
        ((75, 80), (48, 62), 205),
        ((55, 65), (9, 5), 40),
        ((95, 64), (9, 5), 40),
        ((75, 88), (6, 14), 165),
        ((75, 115), (20, 6), 110),
    ):
        across, down = (x - centre[0]) * radii[1], (y - centre[1]) * radii[0]
        inside = across * across + down * down <= (radii[0] * radii[1]) ** 2
        face = np.where(inside, shade - 25 * colour, face)
    drawn = [picture.astype(np.uint8) for picture in (texture, face)]
    return np.stack([*drawn, *(mirrored(chip) for chip in drawn)])


def difference(session: object, reference: NDArray[np.float64]) -> float:
    """The largest difference between a session's numbers and the reference; inf for nonsense.

    Raises:
        RuntimeRefused: The session fails.
    """
    ours = np.asarray(run(session, chips=reference_chips()), dtype=np.float64)
    if ours.shape != reference.shape or not np.isfinite(ours).all():
        return float("inf")
    return float(np.abs(ours - reference).max())


def written(reference: NDArray[np.float64]) -> str:
    """The reference as text for a network's metadata."""
    return base64.b64encode(reference.astype("<f8").tobytes()).decode("ascii")


def reference_in(text: str) -> NDArray[np.float64]:
    """The reference from a network's metadata; no numbers when there is none."""
    try:
        numbers = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f8")
        return numbers.reshape(len(reference_chips()), -1)
    except ValueError:
        return np.zeros((0, 0))


def convert_encoder(cache: ModelCache) -> Path:
    """Makes, verifies and stores the encoder's network; 1 to 2 s.

    Raises:
        ConversionFailed: The numbers differ from dlib's by more than 1e-5.
        WeightsUnreadable: The weights are not those of dlib's network.
        RuntimeRefused: ONNX Runtime is missing or refuses.
        EncoderFailed: dlib cannot load.
        OSError: The weights cannot be read or the cache not written.
        ImportError: A package is missing.
    """
    weights = weights_path().read_bytes()
    stem = encoder_stem()
    reference = DlibEncoder().encode(reference_chips())
    metadata = {WEIGHTS: _sha256(weights), REFERENCE: written(reference)}
    model = encoder_model(read_layers(weights), metadata)
    differs = difference(open_session(model), reference)
    if not differs <= LARGEST_DIFFERENCE:
        raise ConversionFailed(f"the converted network differs from dlib's by {differs:.1e}")
    return cache.store(stem, model)


def main(argv: Sequence[str] | None = None) -> int:
    """Converts what is named; prints one JSON line and returns 0, or 1 with a `problem`."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words[:1] != ["encoder"] or len(words) > 2:
            raise ConversionFailed("usage: python -m biometrics.onnx_convert encoder [FOLDER]")
        cache = ModelCache(Path(words[1]) if len(words) > 1 else default_folder())
        answer = {"stored": convert_encoder(cache).name}
    except (RuntimeError, ValueError, OSError, ImportError) as error:
        answer = {"problem": str(error)}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if "problem" in answer else 0


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
