"""While a window is open, garbage is collected by its thread alone."""

import contextlib
import gc
import threading
import tkinter
from collections.abc import Iterator

import pytest

from desktop.ui import garbage
from tests.support import wait_until


@pytest.fixture
def root(tk_errors: list[BaseException]) -> Iterator[tkinter.Tk]:
    """A bare window of Tk, gone after the test."""
    made = tkinter.Tk()
    yield made
    with contextlib.suppress(tkinter.TclError):  # the test may have ended it
        made.destroy()


class Node:
    """Garbage that only the collector finds; says which thread took it away."""

    def __init__(self, ended: list[str]) -> None:
        self.itself = self
        self.ended = ended

    def __del__(self) -> None:
        self.ended.append(threading.current_thread().name)


def test_busy_threads_do_not_collect(root: tkinter.Tk) -> None:
    """A thread that allocates without end leaves the window's garbage to the window."""
    ended: list[str] = []
    with garbage.collected_on_this_thread(root):
        Node(ended)
        busy = threading.Thread(target=lambda: [[number] for number in range(50_000)], name="busy")
        busy.start()
        busy.join(10)
        assert ended == []
        wait_until(lambda: bool(ended), window=root)
    assert ended == [threading.main_thread().name]
    assert gc.isenabled()


def test_the_timer_ends_with_the_window(root: tkinter.Tk) -> None:
    """Nothing is left to be called in a window that is gone."""
    with garbage.collected_on_this_thread(root):
        root.update()
        root.destroy()
    assert gc.isenabled()
