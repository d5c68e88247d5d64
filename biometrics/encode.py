"""The encoder seam: chips in, encodings out. `open_encoder` alone knows which engine runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Chip, ChipLayout, Encoding


class EncoderFailed(RuntimeError):  # noqa: N818 - named for what happened
    """Raised when the encoder cannot load or has stopped; the message is for the operator."""


class Encoder(Protocol):
    """Turns chips into encodings; usable until `close`."""

    @property
    def fingerprint(self) -> str:
        """Names the weights and the way of cutting chips.

        Encodings of different fingerprints are never compared.
        """
        ...

    @property
    def dimensions(self) -> int:
        """How many numbers an encoding has."""
        ...

    @property
    def layout(self) -> ChipLayout:
        """How chips for it are cut."""
        ...

    @property
    def engine(self) -> str:
        """What computes, for the status bar."""
        ...

    @property
    def note(self) -> str:
        """A sentence for the operator when the engine is not the usual one, else empty.

        May change with the first `encode`, which is when engines load.
        """
        ...

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Raw encodings `float64 (n, dimensions)` of chips `uint8 (n, side, side, 3)`.

        Raises:
            ValueError: Not a stack of chips.
            EncoderFailed: The engine cannot load, has stopped, or is closed.
        """
        ...

    def close(self) -> None:
        """Frees the engine within a second. May be called twice."""
        ...


def open_encoder(
    *, background: bool, threads: int | None = None, network: Path | None = None
) -> Encoder:
    """The encoder this installation uses. The one place that picks the engine.

    dlib's network in ONNX Runtime, and where that fails (a package is missing, the numbers differ
    from dlib's, ...) dlib itself; see `Encoder.engine` and `Encoder.note`.

    Args:
        background: Where dlib has to take over: True gives an encoder that leaves the calling
            process responsive while it works (for programs with a window); False one that works
            in the calling thread (for command lines and bulk work).
        threads: How many threads ONNX Runtime uses; None for half of the cores, 4 at most.
        network: An ArcFace-style ONNX file to use in place of dlib's network, with encodings and
            a fingerprint of its own; nothing takes over for it.

    Raises:
        EncoderFailed: `network` is no such file.
    """
    if network is not None:
        from biometrics.arcface_encoder import ArcFaceEncoder

        return ArcFaceEncoder(network, threads=threads)
    from biometrics.fallback_encoder import FallbackEncoder
    from biometrics.onnx_engine import OnnxEncoder

    return FallbackEncoder(OnnxEncoder(threads=threads), _dlib(background=background))


def _dlib(*, background: bool) -> Callable[[], Encoder]:
    if background:
        from biometrics.process_encoder import ProcessEncoder

        return ProcessEncoder
    from biometrics.dlib_engine import DlibEncoder

    return DlibEncoder


def fuse(encodings: Sequence[Encoding] | NDArray[np.float64]) -> Encoding:
    """The mean of raw encodings: of a chip and its mirror, or of several frames.

    Raises:
        ValueError: There are none.
    """
    if len(encodings) == 0:
        raise ValueError("there is nothing to fuse")
    mean: Encoding = np.mean(np.asarray(encodings, dtype=np.float64), axis=0)
    return mean


def stack(chips: Sequence[Chip]) -> NDArray[np.uint8]:
    """Chips as one array `uint8 (n, side, side, 3)`, which is what `Encoder.encode` takes."""
    return np.ascontiguousarray(np.stack(chips), dtype=np.uint8)
