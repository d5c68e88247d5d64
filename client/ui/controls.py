"""Buttons, fields and switches of the checkpoint, all made here so that they look alike."""

import tkinter
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Any

import ttkbootstrap as tb


def button(
    parent: tkinter.Misc,
    text: str,
    command: Callable[[], object],
    *,
    icon: str | None = None,
    key: str = "",
    primary: bool = False,
) -> ttk.Button:
    """A push button that Return and, with the focus on it, Space press.

    Args:
        parent: Where it goes.
        text: The word on it.
        command: What it does.
        icon: A Bootstrap icon's name.
        key: The key that does the same from anywhere, shown behind the word.
        primary: Whether it is the one thing to do here.
    """
    shown = f"{text}   {key}" if key else text
    extra: dict[str, Any] = {"icon": icon} if icon else {}
    made: ttk.Button = tb.Button(
        parent,
        text=f" {shown}" if icon else shown,
        bootstyle="primary" if primary else "neutral",
        command=command,
        **extra,
    )
    # ttkbootstrap takes Space away from all buttons; a dialog without it is not used by keyboard.
    made.bind("<space>", _press)
    return made


def switch(
    parent: tkinter.Misc,
    text: str,
    variable: tkinter.BooleanVar,
    command: Callable[[], object] | None = None,
    *,
    toggle: bool = False,
) -> ttk.Checkbutton:
    """A box to tick, or with `toggle` a switch to slide."""
    made: ttk.Checkbutton = tb.Checkbutton(
        parent,
        text=text,
        variable=variable,
        command=command if command is not None else lambda: None,
        bootstyle="primary round toggle" if toggle else "primary",
    )
    return made


def choice(
    parent: tkinter.Misc, text: str, value: str, variable: tkinter.StringVar
) -> ttk.Radiobutton:
    """One of several choices of a variable."""
    made: ttk.Radiobutton = tb.Radiobutton(
        parent, text=text, value=value, variable=variable, bootstyle="primary"
    )
    return made


def field(parent: tkinter.Misc, text: tkinter.StringVar) -> ttk.Entry:
    """A field for one line."""
    made: ttk.Entry = tb.Entry(parent, textvariable=text)
    return made


def drop_down(parent: tkinter.Misc, text: tkinter.StringVar, values: list[str]) -> ttk.Combobox:
    """A list to choose from; nothing else can be typed."""
    made: ttk.Combobox = tb.Combobox(parent, textvariable=text, values=values, state="readonly")
    return made


def editable(parent: tkinter.Misc, text: tkinter.StringVar, values: Sequence[str]) -> ttk.Combobox:
    """A line to type into, with usual answers to choose from."""
    made: ttk.Combobox = tb.Combobox(parent, textvariable=text, values=list(values))
    return made


def enable(widget: ttk.Widget, *, on: bool) -> None:
    """Lets a widget be used or not."""
    widget.state(["!disabled"] if on else ["disabled"])


def _press(event: "tkinter.Event[ttk.Button]") -> str:
    event.widget.invoke()
    return "break"
