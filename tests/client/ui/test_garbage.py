"""While a window is open, garbage is collected by its thread alone."""

import gc
import threading

import ttkbootstrap

from client.ui import garbage
from tests.support import wait_until


class Node:
    """Garbage that only the collector finds; says which thread took it away."""

    def __init__(self, ended: list[str]) -> None:
        self.itself = self
        self.ended = ended

    def __del__(self) -> None:
        self.ended.append(threading.current_thread().name)


def test_busy_threads_do_not_collect(root: ttkbootstrap.App) -> None:
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


def test_the_timer_ends_with_the_window(root: ttkbootstrap.App) -> None:
    """Nothing is left to be called in a window that is gone."""
    with garbage.collected_on_this_thread(root):
        root.update()
        root.destroy()
    assert gc.isenabled()
