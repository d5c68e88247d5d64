"""Ends a program by one line when it is interrupted before it has handlers of its own."""

import signal
import sys
import threading
from types import FrameType


def end_quietly() -> None:
    """Makes SIGINT and SIGTERM end this process with one line and the usual exit code.

    The first thing a program does: importing the face stack takes a second or two, and Ctrl+C
    within them shall not show a traceback. What is open is closed on the way out, as for any
    SystemExit. Called elsewhere than on the main thread (by tests) it changes nothing.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    sys.stderr.write("Interrupted.\n")
    raise SystemExit(128 + number)
