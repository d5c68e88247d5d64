"""A thread for work that is cheaper for several at once: it takes all who wait into one turn.

Who comes while it works waits for the next turn; nobody waits for company. The busier the server,
the larger the turns.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

MOST = 64
"""Taken into one turn: more make no search cheaper, and the last of them waits for the first."""

T = TypeVar("T")


class Turns(Generic[T]):
    """The thread; any thread may hand work in.

    Args:
        name: Of the thread.
        work: Does a turn. It answers each of them, also where it fails for one, and raises nothing.
        died: Called with what it raised after all, when the thread ends by it.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[T]], None],
        died: Callable[[BaseException], None],
    ) -> None:
        self._work = work
        self._died = died
        self._queue: queue.SimpleQueue[Sequence[T] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def put(self, several: Sequence[T]) -> None:
        """Hands work in; it is begun at once when nothing else is being done."""
        self._queue.put(several)

    def stop(self) -> None:
        """Asks the thread to end after the turn at hand; what still waits then is not done."""
        self._queue.put(None)

    def join(self, timeout_s: float) -> None:
        """Waits for the end of the thread."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        waiting: list[T] = []
        try:
            while True:
                while not waiting or (len(waiting) < MOST and not self._queue.empty()):
                    several = self._queue.get()
                    if several is None:
                        return
                    waiting += several
                turn, waiting = waiting[:MOST], waiting[MOST:]
                self._work(turn)
        except Exception as error:  # noqa: BLE001 - a thread's top: the grid tells and restarts
            self._died(error)
