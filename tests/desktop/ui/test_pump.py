"""Tests of the one way from a worker thread to a widget."""

import threading
import time
import tkinter
from collections import deque
from collections.abc import Iterator

import pytest

from desktop.mailbox import Mailbox
from desktop.ui.pump import Pump, percentile
from tests.support import wait_until


@pytest.fixture
def window(screen: str) -> Iterator[tkinter.Tk]:
    """A bare window of Tk."""
    root = tkinter.Tk()
    yield root
    root.destroy()


def test_events_of_a_thread_are_handled_on_the_main_thread(
    window: tkinter.Tk, tk_errors: list[BaseException]
) -> None:
    """A worker posts 300 events; all are handled in order by the thread of the main loop."""
    box: Mailbox[int] = Mailbox()
    seen: list[int] = []
    threads: set[str] = set()

    def handle(number: int) -> None:
        seen.append(number)
        threads.add(threading.current_thread().name)

    pump = Pump(window, box, handle, period_ms=5)
    worker = threading.Thread(target=lambda: [box.post(number) for number in range(300)])
    worker.start()
    wait_until(lambda: len(seen) == 300, window=window)
    worker.join(timeout=10)
    pump.stop()
    assert seen == list(range(300))
    assert threads == {threading.main_thread().name}


def test_an_error_in_one_event_does_not_lose_the_next(
    window: tkinter.Tk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is reported to Tk once, and the events after it are handled in order."""
    reported: list[str] = []
    monkeypatch.setattr(
        window, "report_callback_exception", lambda *error: reported.append(str(error[1]))
    )
    box: Mailbox[int] = Mailbox()
    seen: list[int] = []

    def handle(number: int) -> None:
        if number == 1:
            raise ValueError("bad event")
        seen.append(number)

    pump = Pump(window, box, handle, period_ms=5)
    for number in range(4):
        box.post(number)
    wait_until(lambda: len(seen) == 3, window=window)
    pump.stop()
    assert seen == [0, 2, 3]
    assert reported == ["bad event"]


def test_a_stopped_pump_handles_nothing_more(
    window: tkinter.Tk, tk_errors: list[BaseException]
) -> None:
    """After `stop`, also from within a handler, no further event is handled."""
    box: Mailbox[int] = Mailbox()
    seen: list[int] = []

    def handle(number: int) -> None:
        seen.append(number)
        pump.stop()

    pump = Pump(window, box, handle, period_ms=5)
    box.post(1)
    box.post(2)
    wait_until(lambda: seen, window=window)
    done: list[bool] = []
    window.after(50, lambda: done.append(True))
    wait_until(lambda: done, window=window)
    assert seen == [1]


def test_a_held_up_main_loop_is_noticed(window: tkinter.Tk, tk_errors: list[BaseException]) -> None:
    """When a callback keeps the main thread for 120 ms, the longest stall says so."""
    pump: Pump[int] = Pump(window, Mailbox(), lambda _: None, period_ms=5)
    wait_until(lambda: len(pump.stalls_ms) > 3, window=window)

    def hold() -> None:
        end = time.perf_counter() + 0.12
        while time.perf_counter() < end:
            pass

    before = len(pump.stalls_ms)
    window.after(1, hold)
    wait_until(lambda: len(pump.stalls_ms) > before + 3, window=window)
    pump.stop()
    assert pump.stall_max_ms > 80
    assert pump.stall_p95_ms <= pump.stall_max_ms


def test_the_percentile_is_the_nearest_rank() -> None:
    """95 of 100 values do not exceed the 95th percentile; without values it is 0."""
    assert percentile(deque(), 95) == 0.0
    assert percentile(deque([7.0]), 95) == 7.0
    assert percentile(deque(float(value) for value in range(1, 101)), 95) == 95.0
