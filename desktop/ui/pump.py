"""Drains a mailbox on Tk's thread and notices when the main loop was held up."""

import contextlib
import time
import tkinter
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from desktop.mailbox import Mailbox

E = TypeVar("E")

# How many turns of the pump the stall figures look back on: ten minutes at 30 ms.
_REMEMBERED = 20_000


class Pump(Generic[E]):
    """Calls `handle` for each event of a mailbox, on the thread that runs the main loop.

    It is the one way from a worker thread to a widget. Each turn handles a bounded batch, then
    lets Tk draw. When a turn found its batch full, the next one follows at once.

    Attributes:
        stalls_ms: By how many milliseconds each turn came late: the main loop was busy that
            long. The newest values only.
    """

    def __init__(
        self,
        widget: tkinter.Misc,
        mailbox: Mailbox[E],
        handle: Callable[[E], None],
        *,
        period_ms: int = 30,
        batch: int = 64,
    ) -> None:
        self.stalls_ms: deque[float] = deque(maxlen=_REMEMBERED)
        self._pending: deque[E] = deque()
        self._widget = widget
        self._mailbox = mailbox
        self._handle = handle
        self._period_ms = period_ms
        self._batch = batch
        self._timer: str | None = None
        self._stopped = False
        self._schedule(period_ms)

    def stop(self) -> None:
        """Cancels the timer. Events that are still in the mailbox stay there."""
        self._stopped = True
        if self._timer is not None:
            with contextlib.suppress(tkinter.TclError):  # the window may be gone already
                self._widget.after_cancel(self._timer)
            self._timer = None

    @property
    def stall_p95_ms(self) -> float:
        """The delay that 95 of 100 turns stayed under, in milliseconds; 0 before the first."""
        return percentile(self.stalls_ms, 95)

    @property
    def stall_max_ms(self) -> float:
        """The longest delay of a turn, in milliseconds; 0 before the first."""
        return max(self.stalls_ms, default=0.0)

    def _schedule(self, delay_ms: int) -> None:
        self._due = time.perf_counter() + delay_ms / 1000
        self._timer = self._widget.after(delay_ms, self._turn)

    def _turn(self) -> None:
        self._timer = None
        self.stalls_ms.append(max(0.0, (time.perf_counter() - self._due) * 1000))
        self._pending.extend(self._mailbox.drain(self._batch - len(self._pending)))
        full = len(self._pending) == self._batch
        try:
            while self._pending and not self._stopped:
                self._handle(self._pending.popleft())
        finally:
            # Tk reports an error of one handler; the events after it come in the next turn.
            if not self._stopped:
                self._schedule(1 if full or self._pending else self._period_ms)


def percentile(values: deque[float], percent: float) -> float:
    """The value that `percent` of 100 do not exceed (nearest rank); 0 when there is none."""
    if not values:
        return 0.0
    ranked = sorted(values)
    index = min(len(ranked) - 1, max(0, round(percent / 100 * len(ranked)) - 1))
    return ranked[index]
