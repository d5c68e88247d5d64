"""The control thread: commands in order, ticks in between, errors told."""

import threading
from concurrent.futures import CancelledError

import pytest

from server.control import ControlThread
from tests.support import wait_until


def test_commands_run_in_order_in_one_thread() -> None:
    """Each future has its command's result, all from the thread of the given name."""
    control = ControlThread("boss", lambda: None, lambda _error: None)
    names: list[str] = []
    futures = [
        control.ask(lambda n=number: (names.append(threading.current_thread().name), n)[1])
        for number in range(5)
    ]
    assert [future.result(timeout=5) for future in futures] == [0, 1, 2, 3, 4]
    assert set(names) == {"boss"}
    control.end()
    wait_until(lambda: not control.alive)


def test_an_error_is_in_the_future_and_told_and_the_thread_lives() -> None:
    """A command that fails neither ends the thread nor goes unseen."""
    told: list[BaseException] = []
    control = ControlThread("boss", lambda: None, told.append)
    future = control.ask(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        future.result(timeout=5)
    assert control.ask(lambda: 7).result(timeout=5) == 7
    assert isinstance(told[0], ZeroDivisionError)
    control.end()
    wait_until(lambda: not control.alive)


def test_ticks_go_on_after_one_failed() -> None:
    """A tick that raises is told; the next one comes."""
    told: list[BaseException] = []
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(1)
        raise ValueError

    control = ControlThread("boss", tick, told.append, tick_s=0.01)
    control.ask(lambda: None)
    wait_until(lambda: len(ticks) >= 2)
    assert len(told) >= 1
    control.end()
    wait_until(lambda: not control.alive)


def test_after_the_end_commands_are_cancelled() -> None:
    """Nobody waits for ever for a thread that is gone; one that never ran is not alive."""
    control = ControlThread("boss", lambda: None, lambda _error: None)
    assert not control.alive
    control.end()
    with pytest.raises(CancelledError):
        control.ask(lambda: 1).result(timeout=1)
