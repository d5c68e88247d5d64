"""An ArcFace-style network that the user supplies: an ONNX file, 112x112 to 128 or 512 numbers.

Its encodings have a fingerprint of their own, made from the file's SHA-256, so they are never
compared with dlib's or another network's. Thresholds do not carry over either: a policy for such
a network has to be calibrated with it.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.arcface_align import SIDE_PX
from biometrics.encode import EncoderFailed
from biometrics.faces import ChipLayout
from biometrics.model_cache import digest
from biometrics.onnx_session import RuntimeRefused, open_session, run

RECIPE = "onnx/chip112-arcface5-lm68"
DIMENSIONS = (128, 512)
MOST_BYTES = 1 << 30
"""The largest such networks have 250 MB; more is a mistake, and would fill the memory."""
BATCH = 8
_HALF = 127.5
"""Pixels go to the network as (p - 127.5) / 127.5, from -1 to 1."""
_OWN_SCALING = frozenset({"Sub", "Mul", "Div", "Add", "BatchNormalization"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """How this network wants its pixels."""

    into: str
    channels_first: bool
    one_by_one: bool
    scaled: bool


class ArcFaceEncoder:
    """A network from a file, behind the encoder seam. Releases the GIL. Several threads may call.

    The file is read and tried at once, so that a wrong one is refused where it is chosen.

    Args:
        path: The ONNX file. Channels first or last, one face a run or many.
        threads: As `open_session`.

    Raises:
        EncoderFailed: The file cannot be read or is no such network; the message says why.
    """

    engine = "ONNX Runtime, a network of your own"
    note = ""
    layout: ChipLayout = "arcface-112"

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        model = _read(path)
        try:
            self._session: Any = open_session(model, threads=threads)
            self._plan = _plan(self._session, model)
        except RuntimeRefused as error:
            raise EncoderFailed(f"{path.name} is no face network: {error}.") from error
        self._fingerprint = f"{RECIPE}/{digest(model)[:12]}"
        self._closed = threading.Event()
        tried = self._run(np.full((1, SIDE_PX, SIDE_PX, 3), 128, dtype=np.uint8), path.name)
        if tried.ndim != 2 or len(tried) != 1 or tried.shape[1] not in DIMENSIONS:
            raise EncoderFailed(
                f"{path.name} is no face network: for one face it answers {tried.shape}, "
                "not one row of 128 or 512 numbers."
            )
        self._dimensions: int = tried.shape[1]

    @property
    def fingerprint(self) -> str:
        """The way of cutting chips and the first 12 hex digits of the file's SHA-256."""
        return self._fingerprint

    @property
    def dimensions(self) -> int:
        """128 or 512."""
        return self._dimensions

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Raw encodings `float64 (n, dimensions)` of chips `uint8 (n, 112, 112, 3)`."""
        wanted = (SIDE_PX, SIDE_PX, 3)
        if chips.dtype != np.uint8 or chips.ndim != 4 or chips.shape[1:] != wanted:
            raise ValueError(f"chips are uint8 (n, 112, 112, 3), got {chips.dtype} {chips.shape}")
        size = 1 if self._plan.one_by_one else BATCH
        rows = [np.zeros((0, self.dimensions))]
        for start in range(0, len(chips), size):
            if self._closed.is_set():
                raise EncoderFailed("The encoder is closed.")
            rows.append(self._run(chips[start : start + size], "The face network"))
        encodings = np.concatenate(rows)
        if len(encodings) != len(chips) or not np.isfinite(encodings).all():
            raise EncoderFailed("The face network gave numbers that are no encodings.")
        return encodings

    def close(self) -> None:
        """Refuses further requests; the network goes with this object."""
        self._closed.set()

    def _run(self, chips: NDArray[np.uint8], called: str) -> NDArray[np.float64]:
        pixels = chips.astype(np.float32)
        if self._plan.scaled:
            pixels = (pixels - np.float32(_HALF)) / np.float32(_HALF)
        if self._plan.channels_first:
            pixels = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
        try:
            return np.asarray(run(self._session, **{self._plan.into: pixels}), dtype=np.float64)
        except RuntimeRefused as error:
            raise EncoderFailed(f"{called} cannot be used: {error}.") from error


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise EncoderFailed(f"{path.name} is larger than any face network.")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise EncoderFailed(f"The face network {path.name} cannot be read: {reason}.") from error


def _plan(session: Any, model: bytes) -> _Plan:
    """What the network's input says.

    Raises:
        RuntimeRefused: It is not that of an ArcFace-style network.
    """
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
        raise RuntimeRefused("it does not take one picture of floats")
    count, *picture = inputs[0].shape
    channels_first = picture[0] == 3
    sides = picture[1:] if channels_first else picture[:2]
    if not (channels_first or picture[2] == 3) or any(_fixed(side) != SIDE_PX for side in sides):
        raise RuntimeRefused(f"it takes {inputs[0].shape}, not colour pictures of 112x112")
    return _Plan(inputs[0].name, channels_first, count == 1, not _scales(model))


def _fixed(size: object) -> int:
    """A side that may be left open: then ours will do."""
    return size if isinstance(size, int) else SIDE_PX


def _scales(model: bytes) -> bool:
    """Whether the network begins by scaling pixels itself, as many exported ones do."""
    import onnx

    graph = onnx.load_model_from_string(model).graph
    into = graph.input[0].name
    first = [node.op_type for node in graph.node if into in node.input]
    return bool(first) and all(kind in _OWN_SCALING for kind in first)
