"""The program's log on two ways: to the window as lines, and not a thousand times the same."""

import logging
import threading
import time
from collections.abc import Callable

from desktop.logs import PlainLines, log_event
from server.events import GridEvent, LogLine

EVENTS_AS_LINES = "server.headless"
"""The logger of the lines that tell events where there is no window; a window has the events."""
_PREFIX_LENGTH = len("00:00:00 warning ")


class WindowHandler(logging.Handler):
    """Posts every log record as a `LogLine`, without the time and level that stand apart.

    Args:
        post: Where the lines go.
    """

    def __init__(self, post: Callable[[GridEvent], None]) -> None:
        super().__init__(logging.INFO)
        self._post_line = post
        self.setFormatter(PlainLines())
        self.addFilter(lambda record: record.name != EVENTS_AS_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Posts one record; a record that cannot be formatted is logging's to report."""
        try:
            text = self.format(record)[_PREFIX_LENGTH:]
        except (TypeError, ValueError):
            self.handleError(record)
            return
        self._post_line(LogLine(int(record.created * 1000), record.levelname.lower(), text))


class RateLimited:
    """Logs the first event of a kind and then at most one a period, with how many were left out.

    Args:
        logger: Where to.
        period_s: How long one kind is quiet after a line. Strangers on the port choose how often
            they come, so they must not choose how much is logged.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        logger: logging.Logger,
        *,
        period_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._logger = logger
        self._period_s = period_s
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def log(self, event: str, *, level: int = logging.WARNING, **fields: object) -> bool:
        """Logs unless the same event was logged within the period; says whether it did.

        Args:
            event: One of few names; never built from what a peer sent.
            level: One of logging's levels.
            **fields: What belongs to it.
        """
        now = self._clock()
        with self._lock:
            last = self._last.get(event)
            if last is not None and now - last < self._period_s:
                self._left_out[event] = self._left_out.get(event, 0) + 1
                return False
            self._last[event] = now
            left_out = self._left_out.pop(event, 0)
        if left_out:
            fields["left_out"] = left_out
        log_event(self._logger, event, level=level, **fields)
        return True
