"""A progress bar with the time left on standard error; a plain line now and then in a file."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

_QUIET_S = 10.0
_REDRAW_S = 0.1


class Progress:
    """Shows how far a piece of work has come.

    Args:
        stream: A terminal gets a bar that is redrawn, a file a line each ten seconds.
        what: What is counted.
        clock: Seconds that pass; for tests.
    """

    def __init__(
        self, stream: TextIO, what: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._what = what
        self._clock = clock
        self._terminal = stream.isatty()
        self._started_s = self._last_s = clock()
        self._drawn = False
        self._shown = 0

    def show(self, done: int, total: int) -> None:
        """So many of so many are done."""
        if done == self._shown:
            return
        now_s = self._clock()
        if now_s - self._last_s < (_REDRAW_S if self._terminal else _QUIET_S) and done < total:
            return
        if not self._terminal and now_s - self._started_s < _QUIET_S:
            return
        self._last_s = now_s
        self._shown = done
        text = f"{done}/{total} {self._what}{self._left(now_s, done, total)}"
        if self._terminal:
            width = max(10, min(40, shutil.get_terminal_size().columns - len(text) - 4))
            full = round(width * done / max(total, 1))
            self._stream.write(f"\r[{'#' * full}{'-' * (width - full)}] {text}\x1b[K")
            self._drawn = True
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leaves the last bar standing."""
        if self._drawn:
            self._stream.write("\n")
            self._stream.flush()
            self._drawn = False

    def _left(self, now_s: float, done: int, total: int) -> str:
        if not 0 < done < total:
            return ""
        seconds = (now_s - self._started_s) / done * (total - done)
        minutes, rest = divmod(round(seconds), 60)
        return f", {minutes}:{rest:02d} left"
