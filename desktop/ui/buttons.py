"""Push buttons that the keyboard presses, with icons that follow the colour of their text."""

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Any, Literal

import ttkbootstrap as tb

from desktop.ui.palette import Palette
from desktop.ui.theme import on_change, palette

# Its functions carry no types.
_untyped: Any = tb

Look = Literal["primary", "danger", "neutral", "light", "outline", "ghost"]


def button(
    parent: tkinter.Misc,
    *,
    text: str,
    command: Callable[[], object],
    look: Look = "neutral",
    icon_name: str = "",
) -> ttk.Button:
    """A push button that Return and the space bar press, its icon in the colour of its text.

    Args:
        parent: Where it goes.
        text: The word on it; empty for an icon alone.
        command: What it does.
        look: "primary" for the one thing to do next, "danger" for what cannot be undone,
            "light" on a strong fill.
        icon_name: A Bootstrap icon, or none.
    """
    made: ttk.Button = tb.Button(parent, text=text, command=command, bootstyle=look)
    look_style = str(made.cget("style"))

    def paint(colours: Palette) -> None:
        # ttkbootstrap's own grey of what is disabled can hardly be seen on a dark ground.
        ttk.Style.map(ttk.Style(made), look_style, foreground=[("disabled", colours.faint)])

    paint(palette(made))
    on_change(made, paint)
    if icon_name:
        set_icon(made, icon_name)
    # ttkbootstrap takes the space bar away from the class of all buttons.
    made.bind("<space>", lambda _event: _press(made))
    return made


def set_icon(widget: ttk.Button, icon_name: str) -> None:
    """Changes a button's icon; it keeps following the colour of the button's text."""
    _untyped.apply_icon(widget, icon_name)


def _press(widget: ttk.Button) -> str:
    widget.invoke()
    return "break"
