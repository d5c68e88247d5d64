"""Hands values from worker threads to the one thread that may use them."""

import queue
import threading
from typing import Generic, TypeVar

E = TypeVar("E")
T = TypeVar("T")


class Mailbox(Generic[E]):
    """Events from any thread, in order, for the one thread that drains them.

    Events are small and rare beside frames, and none may be lost, so there is no upper bound;
    what comes thirty times a second goes through a `Slot` instead.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[E] = queue.SimpleQueue()

    def post(self, event: E) -> None:
        """Adds an event. Any thread may call; never blocks."""
        self._queue.put(event)

    def drain(self, limit: int = 64) -> list[E]:
        """Takes up to `limit` events, oldest first, without waiting.

        The limit keeps one turn of the main loop short when thousands arrive at once.
        """
        events: list[E] = []
        while len(events) < limit:
            try:
                events.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return events


class Slot(Generic[T]):
    """The newest value only: a later `put` replaces one that nobody took."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: T | None = None

    def put(self, value: T) -> None:
        """Replaces the value. Any thread may call; never waits for a reader."""
        with self._changed:
            self._value = value
            self._changed.notify()

    def take(self, *, timeout_s: float = 0.0) -> T | None:
        """Takes the newest value and leaves the slot empty.

        Args:
            timeout_s: How long to wait for one; 0 answers at once.

        Returns:
            The value, or None when none came in time.
        """
        with self._changed:
            if self._value is None and timeout_s > 0:
                self._changed.wait(timeout_s)
            value, self._value = self._value, None
            return value
