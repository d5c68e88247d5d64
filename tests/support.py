"""Helpers of the tests: waiting for conditions, where Tab leads, a careless computer."""

import os
import time
import tkinter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from desktop.file_lock import lock_file, lock_of

QUICK_MS = 5
"""How often a window of a test looks for news; in the product it leaves others more time."""


def wait_until(
    condition: Callable[[], object],
    *,
    timeout_s: float = 10.0,
    window: tkinter.Misc | None = None,
    what: str = "the condition",
) -> None:
    """Returns when `condition()` is true, running the window's events meanwhile.

    Raises:
        AssertionError: The condition was still false after `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true in {timeout_s} s")
        if window is not None:
            window.update()
        time.sleep(0.005)


def tab_stops(window: tkinter.Misc) -> list[tkinter.Misc]:
    """Everything in a window that gets the keyboard by Tab, in its order."""
    found: list[tkinter.Misc] = []
    here: tkinter.Misc | None = window
    while (here := here.tk_focusNext() if here is not None else None) is not None:
        if here in found:
            return found
        found.append(here)
    return found


@contextmanager
def open_to_all() -> Iterator[None]:
    """As the most careless computer: what says nothing of its rights is open to everybody."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def taken(path: Path) -> bool:
    """Whether somebody holds the lock of a file, in another program or here."""
    with lock_of(path) as file:
        try:
            lock_file(file)
        except OSError:
            return True
        return False
