"""An ArcFace-style network that the user supplies: an ONNX file, 112x112 to 128 or 512 numbers.

Its encodings have a fingerprint of their own, made from the file's SHA-256, so they are never
compared with dlib's or another network's. Thresholds do not carry over either: see `yardstick`.
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
from biometrics.network_file import read_network
from biometrics.onnx_session import RuntimeRefused, open_session, run

RECIPE = "onnx/chip112-arcface5-lm68-unit"
DIMENSIONS = (128, 512)
BATCH = 8
_HALF = 127.5
"""Pixels go to the network as (p - 127.5) / 127.5, from -1 to 1."""
_FLOATS = ("tensor(float)", "tensor(float16)", "tensor(double)")
_LEAST_APART = 1e-3
"""Between the answers to two pictures that have nothing in common."""


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

    engine = "ONNX Runtime, your own model"
    note = ""
    layout: ChipLayout = "arcface-112"

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        file = read_network(path)
        try:
            self._session: Any = open_session(file.model, threads=threads)
            self._plan = _plan(self._session, scales=file.scales)
        except RuntimeRefused as error:
            raise EncoderFailed(f"{path.name} is no face network: {error}.") from error
        self._fingerprint = f"{RECIPE}/{file.sha256[:12]}"
        self._closed = threading.Event()
        self._dimensions = self._try(path.name)

    @property
    def fingerprint(self) -> str:
        """The way of cutting chips and the first 12 hex digits of the file's SHA-256."""
        return self._fingerprint

    @property
    def dimensions(self) -> int:
        """128 or 512."""
        return self._dimensions

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Encodings of length 1, `float64 (n, dimensions)`, of chips `uint8 (n, 112, 112, 3)`.

        Some of these networks end by making their rows that long, some do not, and how long the
        others are differs from file to file: so all are made so, and one range is plausible.
        """
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
        if len(encodings) != len(chips):
            raise EncoderFailed("The face network gave numbers that are no encodings.")
        return _unit_rows(encodings, "The face network")

    def close(self) -> None:
        """Refuses further requests; the network goes with this object."""
        self._closed.set()

    def _try(self, name: str) -> int:
        """How many numbers it gives, seen with two pictures that have nothing in common.

        Raises:
            EncoderFailed: None that could be a face's.
        """
        grey = np.full((SIDE_PX, SIDE_PX, 3), 128, dtype=np.uint8)
        noise = np.random.default_rng(0).integers(0, 256, grey.shape, dtype=np.uint8)
        rows = []
        for chip in (grey, noise):
            tried = self._run(chip[np.newaxis], name)
            if tried.ndim != 2 or len(tried) != 1 or tried.shape[1] not in DIMENSIONS:
                raise EncoderFailed(
                    f"{name} is no face network: for one face it answers {tried.shape}, "
                    "not one row of 128 or 512 numbers."
                )
            rows.append(_unit_rows(tried, name)[0])
        if float(np.linalg.norm(rows[0] - rows[1])) < _LEAST_APART:
            raise EncoderFailed(f"{name} is no face network: it answers every picture alike.")
        return len(rows[0])

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


def _unit_rows(rows: NDArray[np.float64], called: str) -> NDArray[np.float64]:
    """The rows scaled to length 1.

    Raises:
        EncoderFailed: A number is not finite, or a row has no length.
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise EncoderFailed(f"{called} gave numbers that are no encodings: infinite, none, or 0.")
    unit: NDArray[np.float64] = rows / lengths
    return unit


def _plan(session: Any, *, scales: bool) -> _Plan:
    """What the network's input and output say.

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
    if session.get_outputs()[0].type not in _FLOATS:
        raise RuntimeRefused("it does not answer with numbers")
    return _Plan(inputs[0].name, channels_first, count == 1, not scales)


def _fixed(size: object) -> int:
    """A side that may be left open: then ours will do."""
    return size if isinstance(size, int) else SIDE_PX
