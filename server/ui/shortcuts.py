"""The keys of the window: nothing happens by them while nobody is signed in."""

import tkinter
from collections.abc import Callable, Mapping
from functools import partial


def bind_keys(
    root: tkinter.Tk, keys: Mapping[str, Callable[[], object]], *, active: Callable[[], bool]
) -> None:
    """Binds keys to what they do.

    Args:
        root: The window.
        keys: Tk's names of keys with what each does; the window's own meaning of them ends there.
        active: Whether they do anything now.
    """
    for key, act in keys.items():
        root.bind(key, partial(_press, act, active))


def _press(act: Callable[[], object], active: Callable[[], bool], _event: object) -> str:
    if active():
        act()
    return "break"


def drop_dead_timers(root: tkinter.Misc) -> None:
    """Cancels what was to be called later for widgets that are not there any more.

    A widget takes the commands of its timers with it and leaves the timers; Tcl would complain of
    each when its time comes.
    """
    for timer in root.tk.splitlist(root.tk.call("after", "info")):
        script = root.tk.splitlist(root.tk.call("after", "info", timer))[0]
        words = root.tk.splitlist(script)
        if words and not root.tk.call("info", "commands", str(words[0])):
            root.tk.call("after", "cancel", timer)
