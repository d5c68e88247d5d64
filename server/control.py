"""A thread that does what it is asked, in order: opening, starting and stopping without a wait."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class ControlThread:
    """Runs commands one after the other, and a tick in between.

    Args:
        name: Of the thread.
        tick: Called about every `tick_s` while no command runs.
        died: Called with what a command or a tick raised that nobody waits for.
        tick_s: How often.
    """

    def __init__(
        self,
        name: str,
        tick: Callable[[], None],
        died: Callable[[BaseException], None],
        *,
        tick_s: float = 1.0,
    ) -> None:
        self._tick = tick
        self._died = died
        self._tick_s = tick_s
        self._commands: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._guard = threading.Lock()
        self._ended = False

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def ask(self, command: Callable[[], T]) -> "Future[T]":
        """Queues a command; the future has its result. After `end` it is cancelled."""
        future: Future[T] = Future()
        with self._guard:
            if self._ended:
                future.cancel()
                return future
            if self._thread.ident is None:
                self._thread.start()
            self._commands.put((command, future))
        return future

    def end(self) -> None:
        """Lets the thread end after the commands that are queued."""
        with self._guard:
            self._ended = True
            self._commands.put(None)

    def _run(self) -> None:
        while True:
            try:
                item = self._commands.get(timeout=self._tick_s)
            except queue.Empty:
                self._safely(self._tick)
                continue
            if item is None:
                return
            self._safely(partial(_carry_out, *item))

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a thread's top: told, and the thread lives on
            self._died(error)


def _carry_out(command: Callable[[], Any], future: "Future[Any]") -> None:
    try:
        result = command()
    except Exception as error:
        future.set_exception(error)
        raise
    future.set_result(result)
