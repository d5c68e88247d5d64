"""dlib's face recognition network in ONNX Runtime: the same numbers ten times faster, GIL free."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics import dlib_engine, onnx_convert
from biometrics.encode import EncoderFailed
from biometrics.faces import require_chips
from biometrics.model_cache import ModelCache, default_folder
from biometrics.onnx_session import CPU, RuntimeRefused, open_session, run

_LOG = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parent.parent
CONVERT_COMMAND = (sys.executable, "-m", "biometrics.onnx_convert")
CONVERT_PATIENCE_S = 60.0
"""A conversion takes 2 s; many times that on a machine that is starting up."""
BATCH = 8
"""Chips a run: 6.1 ms each, against 7.6 alone and 6.3 in sixteens, in half of the memory."""


class OnnxEncoder:
    """The converted network in the calling thread; other threads keep running meanwhile.

    Measured on one core: 6 to 10 ms a chip, alone or in a batch. The first call opens the network
    (0.6 s, ONNX Runtime's import included); the first call on a machine converts it before, in a
    process of its own (2 to 3 s). Every failure is an `EncoderFailed`: what else could encode is
    for `FallbackEncoder`. Several threads may call.

    Args:
        folder: Where converted networks are kept; None for this user's cache folder.
        threads: As `open_session`.
        provider: As `open_session`.
        command: What to start for a conversion; for tests.
    """

    dimensions = dlib_engine.DIMENSIONS
    engine = "ONNX Runtime"
    note = ""

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
        self._folder = folder
        self._threads = threads
        self._provider = provider
        self._command = command
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
                    self._session = self._open()
                except (RuntimeRefused, OSError, ImportError) as error:
                    raise EncoderFailed(f"The fast face encoder is not used: {error}") from error
            return self._session

    def _open(self) -> Any:
        started_s = time.monotonic()
        cache = ModelCache(self._folder or default_folder())
        stem = onnx_convert.encoder_stem()
        session, converted = self._trusted(cache, stem), False
        if session is None:
            self._convert(cache.folder)
            session, converted = self._trusted(cache, stem), True
        if session is None:
            raise RuntimeRefused("the converted network does not give dlib's numbers here")
        _LOG.info(
            "face encoder ready",
            extra={
                "event_fields": {
                    "engine": self.engine,
                    "converted": converted,
                    "took_s": round(time.monotonic() - started_s, 2),
                }
            },
        )
        return session

    def _trusted(self, cache: ModelCache, stem: str) -> Any:
        """A session that gives dlib's numbers now, on this machine; None without one."""
        for path, model in cache.models(stem):
            session = open_session(model, threads=self._threads, provider=self._provider)
            kept = session.get_modelmeta().custom_metadata_map.get(onnx_convert.REFERENCE, "")
            reference = onnx_convert.reference_in(kept)
            differs = onnx_convert.difference(session, reference)
            if differs <= onnx_convert.LARGEST_DIFFERENCE:
                return session
            cache.remove(path, f"its encodings differ from dlib's by {differs:.1e}")
        return None

    def _convert(self, folder: Path) -> None:
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        with subprocess.Popen(
            [*self._command, "encoder", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as child:
            printed = self._output(child)
        if child.returncode != 0:
            raise RuntimeRefused(_problem(printed) or f"converting ended with {child.returncode}")

    def _output(self, child: "subprocess.Popen[bytes]") -> bytes:
        """What the child printed; it is killed when it takes too long or the encoder closes."""
        until_s = time.monotonic() + CONVERT_PATIENCE_S
        while True:
            try:
                return child.communicate(timeout=0.1)[0]
            except subprocess.TimeoutExpired:
                if self._closed.is_set() or time.monotonic() > until_s:
                    child.kill()
                    child.communicate()
                    raise RuntimeRefused("converting the network was ended") from None


def _problem(printed: bytes) -> str:
    """The sentence in what the child printed last; empty without one."""
    try:
        answer = json.loads(printed.splitlines()[-1])
        return str(answer["problem"])
    except (ValueError, LookupError, TypeError):
        return ""
