"""Keeps garbage collection on the main thread while a window is open.

Variables and images of a closed dialog die by garbage collection, and their end is a call to Tcl.
Python collects on whichever thread allocates next, here mostly the busy ones; a call to Tcl from
there waits for the main loop at best and aborts the process at worst. So collection by itself is
off, and a timer of the window does it.
"""

import contextlib
import gc
import tkinter
from collections.abc import Iterator

EVERY_MS = 500
# The youngest generation each turn, the middle one each 10 s, everything each two minutes: all
# that was there when the window began to run is left out, which keeps even the last one short.
MIDDLE_EACH, ALL_EACH = 20, 240


@contextlib.contextmanager
def collected_on_this_thread(root: tkinter.Misc) -> Iterator[None]:
    """Collects by a timer of `root` until the block ends. Main thread only."""
    turns = 0
    timer = ""

    def collect() -> None:
        nonlocal turns, timer
        turns += 1
        gc.collect(2 if turns % ALL_EACH == 0 else 1 if turns % MIDDLE_EACH == 0 else 0)
        timer = root.after(EVERY_MS, collect)

    def stop(event: "tkinter.Event[tkinter.Misc]") -> None:
        if event.widget is root:
            root.after_cancel(timer)

    was_enabled = gc.isenabled()
    gc.disable()
    gc.freeze()
    timer = root.after(EVERY_MS, collect)
    root.bind("<Destroy>", stop, add="+")
    try:
        yield
    finally:
        gc.unfreeze()
        gc.collect()
        if was_enabled:
            gc.enable()
