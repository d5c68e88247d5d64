"""What the window asks before it ends or breaks off something."""

import tkinter

from desktop.ui.widgets import confirm


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
