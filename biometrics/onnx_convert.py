"""Converts dlib's networks to ONNX: `python -m biometrics.onnx_convert encoder|detector [FOLDER]`.

Runs in a process of its own, because dlib and the `onnx` package hold the GIL for a second or two.
A network is stored only after ONNX Runtime has given dlib's own numbers with it; what dlib gave
is kept inside the file, so that every later start compares again without dlib.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from biometrics.cnn_detector import DETECTOR
from biometrics.dlib_weights import read_layers
from biometrics.model_cache import ModelCache, default_folder, digest
from biometrics.onnx_engine import ENCODER
from biometrics.onnx_session import open_session
from biometrics.trusted_network import REFERENCE, WEIGHTS, Network

NETWORKS = {network.name: network for network in (ENCODER, DETECTOR)}
_USAGE = f"usage: python -m biometrics.onnx_convert {'|'.join(NETWORKS)} [FOLDER]"


class ConversionFailed(RuntimeError):  # noqa: N818 - named for what happened
    """Raised when no network can be made that gives dlib's numbers; the message says why."""


def convert(network: Network, cache: ModelCache) -> Path:
    """Makes, verifies and stores a network; 1 to 2 s.

    Raises:
        ConversionFailed: The numbers differ from dlib's by more than the tolerance.
        WeightsUnreadable: The weights are not those of dlib's network.
        RuntimeRefused: ONNX Runtime is missing or refuses.
        EncoderFailed: dlib cannot load.
        OSError: The weights cannot be read or the cache not written.
        ImportError: A package is missing.
    """
    weights = network.weights().read_bytes()
    metadata = {WEIGHTS: digest(weights), REFERENCE: network.reference()}
    model = network.build(read_layers(weights), metadata)
    differs = network.differs(open_session(model))
    if not differs <= network.tolerance:
        raise ConversionFailed(f"the converted network differs from dlib's by {differs:.1e}")
    return cache.store(network.stem(), model)


def main(argv: Sequence[str] | None = None) -> int:
    """Converts what is named; prints one JSON line and returns 0, or 1 with a `problem`."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if not 1 <= len(words) <= 2 or words[0] not in NETWORKS:
            raise ConversionFailed(_USAGE)
        cache = ModelCache(Path(words[1]) if len(words) > 1 else default_folder())
        answer = {"stored": convert(NETWORKS[words[0]], cache).name}
    except (RuntimeError, ValueError, OSError, ImportError) as error:
        answer = {"problem": str(error)}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if "problem" in answer else 0


if __name__ == "__main__":
    sys.exit(main())
