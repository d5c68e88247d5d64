"""What the window asks before it ends or breaks off something."""

import tkinter

from desktop.ui.widgets import confirm
from server.fault_words import count
from server.settings import ServerSettings


def may_lose_draft(root: tkinter.Tk) -> bool:
    """Before the window is closed over a consent text that was written."""
    return confirm(
        root,
        title="A text is not in force",
        question="A new consent text was written and not put in force.",
        detail="Closing the window loses it. It stands on the page Consent.",
        agree="Close and lose it",
        danger=True,
    )


def may_stop(
    root: tkinter.Tk, connected: int, settings: ServerSettings, *, closing: bool = False
) -> bool:
    """Before connected checkpoints lose the server; without any nothing is asked.

    Args:
        root: The window.
        connected: How many there are.
        settings: What they may do without the server.
        closing: Whether the window is closed, which stops the server.
    """
    if not connected:
        return True
    end = "Close the window and stop" if closing else "Stop"
    are = count(connected, "checkpoint is", "checkpoints are")
    return confirm(
        root,
        title="Stop the server",
        question=f"{end} the server? {are} connected.",
        detail=f"{_meanwhile(settings)} Events are kept there and sent once the server is back; "
        "nobody can be enrolled till then.",
        agree="Close and stop it" if closing else "Stop it",
        decline="Let it run",
        danger=True,
    )


def _meanwhile(settings: ServerSettings) -> str:
    """What checkpoints do without the server."""
    hours = settings.offline_hours
    if not hours:
        return "Nobody is identified there without the server."
    if settings.liveness == "active":
        return "Nobody is identified there: the liveness that is set needs the server."
    how_long = count(hours, "hour")
    return f"They go on identifying by their copies of the people, for {how_long} at most."


def may_break_off(root: tkinter.Tk) -> bool:
    """Before the window is closed while the history is brought to this version."""
    return confirm(
        root,
        title="The history is not ready yet",
        question="The history is being brought to this version.",
        detail="Closing the window now loses nothing, but all of it begins anew at the next start.",
        agree="Close all the same",
        decline="Let it go on",
    )
