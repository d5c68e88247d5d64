"""A few threads that work for a loop: one decides, others do what takes its time."""

import queue
import threading
import time
from collections.abc import Callable

COUNT = 4
"""For enrolments, copies of the gallery, renewals: each writes to the disk or turns a page of the
gallery into text; more would stand in line."""


class Workers:
    """The threads; any thread may hand work in.

    Args:
        name: Of the threads, before their number.
        died: Called with what work raised, where a thread ends by it.
        count: How many threads.
    """

    def __init__(
        self, name: str, died: Callable[[BaseException], None], *, count: int = COUNT
    ) -> None:
        self._died = died
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(1, count + 1)
        ]

    @property
    def alive(self) -> bool:
        """Whether all threads run."""
        return all(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            thread.start()

    def do(self, work: Callable[[], None]) -> None:
        """Does it in one of the threads, when one is free; it raises nothing."""
        self._work.put(work)

    def stop(self) -> None:
        """Asks the threads to end when what was handed in before is done."""
        for _ in self._threads:
            self._work.put(None)

    def join(self, timeout_s: float) -> bool:
        """Waits for their end, so long for all; True when all have ended."""
        end_s = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, end_s - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        try:
            while (work := self._work.get()) is not None:
                work()
        except Exception as error:  # noqa: BLE001 - a thread's top: the grid tells and restarts
            self._died(error)
