"""dlib's face recognition network in ONNX Runtime: the same numbers ten times faster, GIL free."""

import base64
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics import dlib_engine
from biometrics.dlib_networks import encoder_model
from biometrics.drawn import drawn_chips
from biometrics.encode import EncoderFailed
from biometrics.faces import ChipLayout, require_chips
from biometrics.model_cache import default_folder
from biometrics.onnx_session import CPU, RuntimeRefused, run
from biometrics.trusted_network import CONVERT_COMMAND, Network, Opening, open_trusted

LARGEST_DIFFERENCE = 1e-5
"""From dlib's numbers, in any of the 128; measured over 500 faces: 4.5e-7."""
BATCH = 8
"""Chips a run: 6.1 ms each, against 7.6 alone and 6.3 in sixteens, in half of the memory."""


class OnnxEncoder:
    """The converted network in the calling thread; other threads keep running meanwhile.

    Measured on one core: 6 to 7 ms a chip. The first call opens the network, see `open_trusted`.
    Every failure is an `EncoderFailed`: what else could encode is for `FallbackEncoder`. Several
    threads may call.

    Args:
        folder: Where converted networks are kept; None for this user's cache folder.
        threads: As `open_session`.
        provider: As `open_session`.
        command: What to start for a conversion; for tests.
    """

    dimensions = dlib_engine.DIMENSIONS
    engine = "ONNX Runtime"
    note = ""
    layout: ChipLayout = "dlib-150"

    def __init__(
        self,
        *,
        folder: Path | None = None,
        threads: int | None = None,
        provider: str = CPU,
        command: Sequence[str] = CONVERT_COMMAND,
    ) -> None:
        if threads is not None and threads < 1:
            raise ValueError(f"threads must be at least 1, got {threads}")
        self._opening = Opening(folder or default_folder(), threads, provider, command)
        self._loading = threading.Lock()
        self._session: Any = None
        self._closed = threading.Event()

    @property
    def fingerprint(self) -> str:
        """That of dlib's engine: the encodings are equal to 1e-5, so galleries stay valid."""
        return dlib_engine.fingerprint()

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Raw encodings `float64 (n, 128)`, chips and mirrored chips in any order."""
        require_chips(chips)
        session = self._opened()
        rows = [np.zeros((0, self.dimensions))]
        for start in range(0, len(chips), BATCH):
            if self._closed.is_set():
                raise EncoderFailed("The encoder is closed.")
            batch = np.ascontiguousarray(chips[start : start + BATCH])
            try:
                rows.append(np.asarray(run(session, chips=batch), dtype=np.float64))
            except RuntimeRefused as error:
                raise EncoderFailed(str(error)) from error
        encodings = np.concatenate(rows)
        if encodings.shape != (len(chips), self.dimensions) or not np.isfinite(encodings).all():
            raise EncoderFailed("ONNX Runtime gave numbers that are no encodings.")
        return encodings

    def close(self) -> None:
        """Drops the network; a conversion that runs is ended."""
        self._closed.set()
        self._session = None

    def _opened(self) -> Any:
        with self._loading:
            if self._closed.is_set():
                raise EncoderFailed("The encoder is closed.")
            if self._session is None:
                try:
                    self._session = open_trusted(ENCODER, self._opening, self._closed)
                except (RuntimeRefused, OSError, ImportError) as error:
                    raise EncoderFailed(f"The fast face encoder is not used: {error}") from error
            return self._session


def reference() -> str:
    """What dlib's own encoder gives for the drawn chips, as text.

    Raises:
        EncoderFailed: dlib cannot load.
    """
    encodings = dlib_engine.DlibEncoder().encode(drawn_chips())
    return base64.b64encode(encodings.astype("<f8").tobytes()).decode("ascii")


def difference(session: Any, text: str) -> float:
    """The largest difference of a session's encodings from a reference; inf for nonsense.

    Raises:
        RuntimeRefused: The session fails.
    """
    try:
        wanted = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f8")
    except ValueError:
        return float("inf")
    ours = np.asarray(run(session, chips=drawn_chips()), dtype=np.float64)
    if ours.size != wanted.size or not np.isfinite(ours).all():
        return float("inf")
    return float(np.abs(ours.ravel() - wanted).max())


ENCODER = Network(
    name="encoder",
    weights=dlib_engine.weights_path,
    build=encoder_model,
    reference=reference,
    difference=difference,
    tolerance=LARGEST_DIFFERENCE,
)
