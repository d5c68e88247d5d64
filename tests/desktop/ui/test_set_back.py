"""A clock that is set back does not make a window stand still."""

import logging
import threading
import tkinter
from collections.abc import Iterator

import pytest

from desktop.ui import set_back
from desktop.ui.set_back import SetBack, call_timers
from tests.support import wait_until

HOUR_MS = 3_600_000


class Clock:
    """Says what time it is."""

    def __init__(self) -> None:
        self.s = 1_000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def window(screen: str) -> Iterator[tkinter.Tk]:
    """A bare window of Tk."""
    root = tkinter.Tk()
    yield root
    root.destroy()


def test_what_waits_is_called_when_the_clock_is_set_back(
    window: tkinter.Tk,
    tk_errors: list[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Once; a clock that is nudged, or set forward, changes nothing."""
    monkeypatch.setattr(set_back, "LOOKS_EVERY_S", 0.005)
    wall, steady, looks = Clock(), Clock(), []

    def looked() -> float:
        looks.append(1)
        return wall.s

    called: list[str] = []
    window.after(HOUR_MS, called.append, "in an hour")
    SetBack(window, wall_s=looked, steady_s=steady)
    for step in (-0.05, 7_200.0, -0.05):
        wall.s += step
        seen = len(looks)
        wait_until(lambda seen=seen: len(looks) > seen + 3, window=window)  # type: ignore[misc]
    assert called == []
    with caplog.at_level(logging.WARNING):
        wall.s -= 3_600
        wait_until(lambda: called, window=window)
    assert called == ["in an hour"]
    assert "clock_set_back" in caplog.text


def test_the_thread_ends_with_the_window(screen: str, tk_errors: list[BaseException]) -> None:
    """And so do its sockets: an open one would be a warning, which is an error here."""
    root = tkinter.Tk()
    before = {one for one in threading.enumerate() if one.name == "clock"}
    set_back.watch(root)
    (thread,) = {one for one in threading.enumerate() if one.name == "clock"} - before
    root.destroy()
    thread.join(timeout=5)
    assert not thread.is_alive()


def test_timers_that_are_called_may_cancel_each_other(
    window: tkinter.Tk, tk_errors: list[BaseException]
) -> None:
    """Nor is one called whose widget is gone; what waits for an idle moment goes on waiting."""
    called: list[str] = []
    cancelled = window.after(2 * HOUR_MS, called.append, "cancelled")

    def first() -> None:
        called.append("first")
        window.after_cancel(cancelled)
        window.after(HOUR_MS, called.append, "again")

    window.after(HOUR_MS, first)
    label = tkinter.Label(window)
    label.after(HOUR_MS, called.append, "of a label that is gone")
    label.destroy()
    window.after_idle(called.append, "idle")
    call_timers(window)
    assert called == ["first"]
    window.update()
    assert called == ["first", "idle"]
    call_timers(window)
    assert called == ["first", "idle", "again"]
