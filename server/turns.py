"""Work that is cheaper for several at once: who comes while others are at it joins the next turn.

The first to come works at once, for itself alone, so that nobody waits for company. Who comes
meanwhile waits; the first of them then does the work of all of them. No thread of its own, no
clock: the busier the server, the larger the turns.
"""

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

MOST = 64
"""Taken into one turn: more make no search cheaper, and the last of them waits for the first."""


class Waiter:
    """One thread's place; woken when it has something to do: to lead a turn, or to go on."""

    __slots__ = ("_asleep", "leads")

    def __init__(self) -> None:
        self.leads = False
        # A plain lock: a condition or an event would make three.
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def wake(self) -> None:
        """Lets the thread go on; any thread may call. Twice before it wakes is once."""
        with contextlib.suppress(RuntimeError):
            self._asleep.release()

    def sleep(self, timeout_s: float) -> bool:
        """Waits to be woken; False when nobody did in that time."""
        return self._asleep.acquire(timeout=timeout_s)


W = TypeVar("W", bound=Waiter)


class Turns(Generic[W]):
    """Gathers who waits and lets one of them work for all. Any thread may call.

    Args:
        work: Does the work of a turn, in the thread of the one who leads it. It wakes each of them
            when their part is done, then or later, and raises nothing.
    """

    def __init__(self, work: Callable[[Sequence[W]], None]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._waiting: list[W] = []
        self._busy = False

    def join(self, waiter: W) -> None:
        """Takes a place; the work is done now when nobody else is at it, else by somebody later.

        The caller then sleeps until it is woken, and calls `lead` whenever `leads` is set.
        """
        with self._lock:
            self._waiting.append(waiter)
            if self._busy:
                return
            self._busy = True
        self.lead(waiter)

    def lead(self, waiter: W) -> None:
        """Works for everybody who waits, and hands on to whoever came meanwhile."""
        waiter.leads = False
        with self._lock:
            turn, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._work(turn)
        finally:
            with self._lock:
                self._hand_on()

    def leave(self, waiter: W) -> None:
        """Gives up the place, where the work was not begun; who would have led hands on."""
        with self._lock:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            if waiter.leads:
                waiter.leads = False
                self._hand_on()

    def _hand_on(self) -> None:
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].wake()
        else:
            self._busy = False
