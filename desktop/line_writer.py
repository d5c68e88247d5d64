"""Writes lines to a stream from a thread of its own: a reader that hangs holds up nobody else."""

import contextlib
import io
import select
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import TextIO

MOST_LINES = 10_000
"""Lines that wait for their reader; 3 MB. Those that come then are lost, and counted."""

END_WAIT_S = 1.0
"""How long the end of a program waits for the last lines to be read."""


class LineWriter:
    """The thread; any thread may hand lines in.

    Args:
        stream: Where to; it stays open.
        lost: The line that says that so many were lost.
        most: Lines that may wait.
    """

    def __init__(
        self, stream: TextIO, lost: Callable[[int], str], *, most: int = MOST_LINES
    ) -> None:
        self._stream = stream
        self._raw = _raw(stream)
        self._lost_line = lost
        self._most = most
        self._change = threading.Condition()
        self._lines: deque[str] = deque()
        self._lost = 0
        self._writing = self._closing = self._gone = False
        self._thread = threading.Thread(target=self._run, name="log lines", daemon=True)
        self._thread.start()

    def put(self, *lines: str) -> None:
        """Hands lines in, each with its line break; never waits for the reader."""
        with self._change:
            if self._gone:
                return
            taken = lines[: self._most - len(self._lines)]
            self._lost += len(lines) - len(taken)
            self._lines.extend(taken)
            if not self._writing:
                self._change.notify_all()

    def flush(self, timeout_s: float = END_WAIT_S) -> bool:
        """Waits until all is written; False when it was not in that time."""
        with self._change:
            return self._change.wait_for(lambda: not (self._lines or self._writing), timeout_s)

    def close(self) -> None:
        """Ends the thread when it has written all, or leaves it alone with a reader that hangs."""
        with self._change:
            self._closing = True
            self._change.notify_all()
        self._thread.join(END_WAIT_S)
        if not self._thread.is_alive() and self._raw is not None:
            self._raw.close()

    def _run(self) -> None:
        while (several := self._next()) is not None:
            try:
                self._write("".join(several))
            except BrokenPipeError:
                self._give_up()
            except (OSError, ValueError):
                # A disk without room may have some again, a stream that was closed is the end.
                with self._change:
                    self._lost += len(several)
                    self._gone = self._gone or self._stream.closed
            with self._change:
                self._writing = False
                self._change.notify_all()

    def _next(self) -> list[str] | None:
        """All that waits; None at the end."""
        with self._change:
            self._change.wait_for(lambda: self._lines or self._closing)
            if not self._lines:
                return None
            several = list(self._lines)
            self._lines.clear()
            if self._lost:
                several.append(self._lost_line(self._lost))
                self._lost = 0
            self._writing = True
            return several

    def _write(self, text: str) -> None:
        if self._raw is None:
            self._stream.write(text)
            self._stream.flush()
            return
        left = memoryview(text.encode(self._stream.encoding or "utf-8", "backslashreplace"))
        while left:
            written = self._raw.write(left)
            if written is None:  # somebody made it non-blocking
                select.select((), (self._raw,), ())
            else:
                left = left[written:]

    def _give_up(self) -> None:
        """Says it once, on standard error, and writes no further line."""
        with self._change:
            self._gone = True
            self._lines.clear()
        if self._stream is not sys.stderr:
            sys.stderr.write("Nobody reads the log lines any more; the program goes on.\n")


def _raw(stream: TextIO) -> io.FileIO | None:
    """The stream's file without its buffer: who hangs in there would hang the end of the program.

    None where it is no file.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return io.FileIO(stream.fileno(), "wb", closefd=False)
    return None
