"""Deletes by itself what was kept for as long as the settings say, each kind of data alone."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from desktop.logs import log_event
from server.settings import ServerSettings

_LOG = logging.getLogger(__name__)
_DAY_MS = 86_400_000
EVERY_MS = 3_600_000
"""Looked at when the data are opened and then once an hour."""
JUMP_MS = 3_600_000
"""A clock that is set by more than this is not believed at once: what was deleted by a wrong one
does not come back. Summer time is no jump of the clock's."""
EVEN_S = 3_600.0
"""So long it has to go on evenly then."""


class Kept(Protocol):
    """A kind of data that can forget what is older than a time."""

    def forget_before(self, ms: int, /) -> "int | Future[int]":
        """Forgets it; how many things that were, now or later."""


class EvenClock:
    """Says whether the server's clock is believed when something is to be deleted by its days.

    Any thread may ask, and somebody has to once a second: a jump is noticed by what both clocks
    said before.

    Args:
        now_ms: The server's clock, ms since the epoch, UTC.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, now_ms: Callable[[], int], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._now_ms = now_ms
        self._clock = clock
        self._asking = threading.Lock()
        self._apart_ms = now_ms() - clock() * 1000
        self._wait_until_s = 0.0

    def believed(self) -> bool:
        """Whether it went on evenly for long enough."""
        with self._asking:
            now_s = self._clock()
            apart_ms = self._now_ms() - now_s * 1000
            jumped_ms, self._apart_ms = apart_ms - self._apart_ms, apart_ms
            if abs(jumped_ms) > JUMP_MS:
                self._wait_until_s = now_s + EVEN_S
                seconds = round(jumped_ms / 1000)
                log_event(_LOG, "clock_jumped", level=logging.WARNING, seconds=seconds)
            return now_s >= self._wait_until_s


class Retention:
    """Called every second by the grid's thread, works once an hour.

    Args:
        settings: What the administrator has set now.
        kinds: The kinds of data by the setting that says for how many days; 0 is for ever.
        now_ms: The server's clock, ms since the epoch, UTC.
        believed: Whether that clock is believed.
    """

    def __init__(
        self,
        settings: Callable[[], ServerSettings],
        kinds: dict[str, Kept],
        now_ms: Callable[[], int],
        *,
        believed: Callable[[], bool],
    ) -> None:
        self._believed = believed
        self._settings = settings
        self._kinds = kinds
        self._now_ms = now_ms
        self._next_ms = 0
        self._last: tuple[int, ...] = ()

    def tick(self) -> None:
        """Forgets what is due; a change of the settings is due at once.

        Trouble with one kind is logged and keeps no other from being forgotten.
        """
        now_ms, settings = self._now_ms(), self._settings()
        if not self._believed():
            self._next_ms = 0
            return
        days = tuple(int(getattr(settings, name)) for name in self._kinds)
        if now_ms < self._next_ms and days == self._last:
            return
        self._next_ms, self._last = now_ms + EVERY_MS, days
        for (name, kept), kept_days in zip(self._kinds.items(), days, strict=True):
            if kept_days:
                self._forget(name, kept, now_ms - kept_days * _DAY_MS)

    def _forget(self, name: str, kept: Kept, before_ms: int) -> None:
        try:
            count = kept.forget_before(before_ms)
        except OSError as error:
            log_event(_LOG, "not_forgotten", level=logging.WARNING, kind=name, reason=str(error))
            return
        if isinstance(count, Future):
            count.add_done_callback(lambda done: _say(name, done))
        elif count:
            log_event(_LOG, "forgotten", kind=name, count=count)


def _say(name: str, done: "Future[int]") -> None:
    error = done.exception()
    if error is not None:
        log_event(_LOG, "not_forgotten", level=logging.WARNING, kind=name, reason=str(error))
    elif done.result():
        log_event(_LOG, "forgotten", kind=name, count=done.result())
