"""Deletes by itself what was kept for as long as the settings say, each kind of data alone."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from desktop.logs import log_event
from server.settings import ServerSettings
from server.utc import utc_minute

_LOG = logging.getLogger(__name__)
_DAY_MS = 86_400_000
EVERY_MS = 3_600_000
"""Looked at when the data are opened and then once an hour."""
JUMP_MS = 3_600_000
"""A clock that is set by more than this is not believed at once: what was deleted by a wrong one
does not come back. Summer time is no jump of the clock's."""
EVEN_S = 3_600.0
"""So long it has to go on evenly then."""
DOUBTED_MS = 7 * _DAY_MS
"""A clock that is farther than this from where the last believed time would be by now is not
believed before somebody says so: a wrong one goes on evenly, too. A server that is started again
within a week never asks, and one that lay still for longer asks once."""
NOTED_S = 3_600.0
"""So often the believed time is noted: what is compared is days."""


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
        last_ms: The last time that was believed before this start; None where none is known.
        note: Takes each believed time that is to be known after the next start.
    """

    def __init__(
        self,
        now_ms: Callable[[], int],
        *,
        clock: Callable[[], float] = time.monotonic,
        last_ms: int | None = None,
        note: Callable[[int], None] = lambda _ms: None,
    ) -> None:
        self._now_ms = now_ms
        self._clock = clock
        self._note = note
        self._asking = threading.Lock()
        self._apart_ms = now_ms() - clock() * 1000
        self._wait_until_s = 0.0
        self._last_ms, self._last_s = now_ms() if last_ms is None else last_ms, clock()
        self._noted = False
        self._doubted_at_ms: int | None = None

    def believed(self) -> bool:
        """Whether it went on evenly for long enough, from a time that is likely."""
        with self._asking:
            now_s, now_ms = self._clock(), self._now_ms()
            apart_ms = now_ms - now_s * 1000
            jumped_ms, self._apart_ms = apart_ms - self._apart_ms, apart_ms
            if abs(jumped_ms) > JUMP_MS:
                self._wait_until_s = now_s + EVEN_S
                seconds = round(jumped_ms / 1000)
                log_event(_LOG, "clock_jumped", level=logging.WARNING, seconds=seconds)
            self._look_whether_likely(now_ms, now_s)
            if self._doubted_at_ms is not None or now_s < self._wait_until_s:
                return False
            if not self._noted or now_s - self._last_s >= NOTED_S:
                self._believe(now_ms, now_s)
            return True

    @property
    def doubt(self) -> str | None:
        """While it waits for somebody: what it said, and what it should say, as a sentence."""
        with self._asking:
            if self._doubted_at_ms is None:
                return None
            return (
                f"It says {utc_minute(self._doubted_at_ms)}, and was last believed at "
                f"{utc_minute(self._last_ms)}. Set it, or confirm that it is right: until then "
                "nothing is deleted for being too old."
            )

    def confirm(self) -> None:
        """Somebody who may looked at it, and says that it is right: it is believed at once."""
        with self._asking:
            now_s = self._clock()
            self._wait_until_s = now_s
            self._believe(self._now_ms(), now_s)

    def _look_whether_likely(self, now_ms: int, now_s: float) -> None:
        likely_ms = self._last_ms + (now_s - self._last_s) * 1000
        if abs(now_ms - likely_ms) <= DOUBTED_MS:
            self._doubted_at_ms = None
        elif self._doubted_at_ms is None:
            self._doubted_at_ms = now_ms
            days = round((now_ms - likely_ms) / _DAY_MS)
            log_event(_LOG, "clock_doubted", level=logging.WARNING, days_ahead=days)

    def _believe(self, now_ms: int, now_s: float) -> None:
        self._last_ms, self._last_s = now_ms, now_s
        self._doubted_at_ms = None
        self._noted = True
        self._note(now_ms)


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
