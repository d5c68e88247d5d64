"""A progress bar on a terminal's standard error; one plain line now and then anywhere else."""

import shutil
import time
from typing import TextIO

from protocol.text import printable
from server.events import PhotoProgress

_QUIET_S = 10.0
_NARROWEST = 10


class ProgressBar:
    """Shows how far an enrolment from photos has come.

    Args:
        stream: Where to; a terminal gets a bar that is redrawn, a file a line each ten seconds.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._last_s = time.monotonic()
        self._drawn = False

    def show(self, progress: PhotoProgress) -> None:
        """Draws the bar anew."""
        text = f"{progress.done}/{progress.total} {_left(progress.seconds_left)}"
        if self._terminal:
            self._draw(progress, text)
        elif time.monotonic() - self._last_s >= _QUIET_S:
            self._last_s = time.monotonic()
            self._stream.write(f"{text} {printable(progress.name, 40)}\n")

    def end(self) -> None:
        """Leaves the last bar standing and goes to a new line."""
        if self._drawn:
            self._stream.write("\n")
            self._stream.flush()

    def _draw(self, progress: PhotoProgress, text: str) -> None:
        name = printable(progress.name, 24)
        width = shutil.get_terminal_size().columns - len(text) - len(name) - 6
        width = max(_NARROWEST, min(width, 40))
        full = round(width * progress.done / max(progress.total, 1))
        bar = "#" * full + "-" * (width - full)
        self._stream.write(f"\r[{bar}] {text}  {name}\x1b[K")
        self._stream.flush()
        self._drawn = True


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} left"
