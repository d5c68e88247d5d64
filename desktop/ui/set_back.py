"""Keeps a window's timers going when the computer's clock is set back.

Tk 8.6 notes by the clock of the wall when a timer is due. Set back by an hour, nothing that was to
happen in 30 ms happens for an hour: the window stands still with whatever name it shows, and does
not lock. Set forward, Tk calls all timers at once; here the same is done when it is set back. Where
Tk cannot listen to a socket, on Windows, nothing is done.
"""

import contextlib
import logging
import socket
import threading
import time
import tkinter
from collections.abc import Callable

from desktop.logs import log_event

_LOG = logging.getLogger(__name__)
LOOKS_EVERY_S = 0.25
SET_BACK_S = 0.1
"""From so much on: a clock that is kept right runs slower for a while and is not set back, and
later than this no timer of ours may come."""


class SetBack:
    """Watches the clock from a thread of its own, until the window is destroyed.

    Args:
        root: The window. Its event loop is woken through a socket, the way that Tk allows.
        wall_s: The clock that Tk goes by, seconds.
        steady_s: A clock that only goes forward, seconds.
    """

    def __init__(
        self,
        root: tkinter.Tk,
        *,
        wall_s: Callable[[], float] = time.time,
        steady_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._ended = threading.Event()
        self._reader, writer = socket.socketpair()
        self._reader.setblocking(False)  # noqa: FBT003 - as the library has it
        root.tk.createfilehandler(self._reader, tkinter.READABLE, self._woken)
        root.bind("<Destroy>", self._destroyed, add="+")
        args = (writer, self._ended, wall_s, steady_s)
        threading.Thread(target=_watch, args=args, name="clock", daemon=True).start()

    def _woken(self, _socket: object, _mask: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._reader.recv(64)
        log_event(_LOG, "clock_set_back", level=logging.WARNING)
        call_timers(self._root)

    def _destroyed(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        if event.widget is self._root and not self._ended.is_set():
            self._ended.set()
            self._root.tk.deletefilehandler(self._reader)
            self._reader.close()


def watch(root: tkinter.Tk) -> None:
    """Watches the clock for a window, where that can be done."""
    if hasattr(root.tk, "createfilehandler"):
        SetBack(root)


def call_timers(root: tkinter.Misc) -> None:
    """Calls every timer that waits, as if its time had come."""
    tk = root.tk
    for timer in tk.splitlist(tk.call("after", "info")):
        try:
            script, kind = tk.splitlist(tk.call("after", "info", timer))
        except tkinter.TclError:
            continue  # one that was called before this has cancelled it
        if kind != "timer":
            continue
        tk.call("after", "cancel", timer)
        words = tk.splitlist(script)
        if words and tk.call("info", "commands", str(words[0])):  # else its widget is gone
            tk.eval(str(script))


def _watch(
    writer: socket.socket,
    ended: threading.Event,
    wall_s: Callable[[], float],
    steady_s: Callable[[], float],
) -> None:
    with writer:
        ahead_s = wall_s() - steady_s()
        while not ended.wait(LOOKS_EVERY_S):
            before_s, ahead_s = ahead_s, wall_s() - steady_s()
            if before_s - ahead_s >= SET_BACK_S:
                with contextlib.suppress(OSError):  # the window has gone meanwhile
                    writer.send(b"!")
