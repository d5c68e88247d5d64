"""Two engines behind one encoder: the fast one, and another that takes over when it fails."""

import logging
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from biometrics.encode import Encoder, EncoderFailed
from biometrics.faces import ChipLayout

_LOG = logging.getLogger(__name__)


class FallbackEncoder:
    """The first engine until it fails once, then the second for good, visibly.

    A failure is logged as the event `face encoder replaced`, and `note` says it in a sentence
    for the status bar. Both engines must give the same encodings. Several threads may call when
    both engines allow it.

    Args:
        first: The engine to use.
        second: Makes the one that takes over.
    """

    def __init__(self, first: Encoder, second: Callable[[], Encoder]) -> None:
        self._first = first
        self._make_second = second
        self._switching = threading.Lock()
        self._second: Encoder | None = None
        self._note = ""
        self._closed = threading.Event()

    @property
    def fingerprint(self) -> str:
        """That of both engines."""
        return self._first.fingerprint

    @property
    def dimensions(self) -> int:
        """How many numbers an encoding has."""
        return self._first.dimensions

    @property
    def layout(self) -> ChipLayout:
        """That of both engines."""
        return self._first.layout

    @property
    def engine(self) -> str:
        """The engine now in use."""
        return (self._second or self._first).engine

    @property
    def note(self) -> str:
        """Why the second engine is in use; empty while the first one is."""
        return self._note

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Raw encodings `float64 (n, dimensions)`."""
        if self._second is None:
            try:
                return self._first.encode(chips)
            except EncoderFailed as error:
                self._switch(error)
        assert self._second is not None
        return self._second.encode(chips)

    def close(self) -> None:
        """Frees both engines."""
        self._closed.set()
        self._first.close()
        with self._switching:
            if self._second is not None:
                self._second.close()

    def _switch(self, error: EncoderFailed) -> None:
        with self._switching:
            if self._closed.is_set():
                raise error
            if self._second is not None:
                return  # another thread was faster
            second = self._make_second()
            self._note = f"{second.engine} instead of {self._first.engine}: slower. {error}"
            self._second = second
        self._first.close()
        _LOG.warning(
            "face encoder replaced",
            extra={"event_fields": {"engine": second.engine, "reason": str(error)}},
        )
