"""A field for a text of several lines, with its bar, in the colours of the theme."""

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Any

import ttkbootstrap as tb

from desktop.ui.palette import Palette
from desktop.ui.theme import on_change, palette, px


class ConsentEditor(ttk.Frame):
    """Somebody writes here. Tab leaves it; undo and redo are Ctrl+Z and Ctrl+Y.

    Args:
        parent: Where it goes.
        changed: Called when something was typed.
        read_only: Shows, and takes nothing.
    """

    def __init__(
        self, parent: tkinter.Misc, *, changed: Callable[[], None], read_only: bool
    ) -> None:
        super().__init__(parent, style="Card.TFrame")
        self._changed = changed
        self._read_only = read_only
        self.field = tkinter.Text(
            self,
            width=20,
            height=4,
            wrap="word",
            font="TkTextFont",
            undo=True,
            maxundo=500,
            borderwidth=0,
            highlightthickness=px(self, 1),
            padx=px(self, 8),
            pady=px(self, 6),
            spacing2=px(self, 2),
            spacing3=px(self, 3),
        )
        # Its room is kept, so that lines stay as they are when it comes and goes.
        bar: Any = tb.Scrollbar(self, orient="vertical", command=self.field.yview)
        self._bar: ttk.Scrollbar = bar
        self.columnconfigure(0, weight=1)
        self.columnconfigure(1, minsize=self._bar.winfo_reqwidth())
        self.rowconfigure(0, weight=1)
        self.field.configure(yscrollcommand=self._scrolled)
        self.field.grid(row=0, column=0, sticky="nsew")
        self.field.bind("<<Modified>>", lambda _event: self._modified())
        self.field.bind("<Tab>", lambda _event: self._leave("tk_focusNext"))
        self.field.bind("<Shift-Tab>", lambda _event: self._leave("tk_focusPrev"))
        if read_only:
            self.field.configure(state="disabled", cursor="")
        on_change(self, self._paint)
        self._paint(palette(self))

    @property
    def text(self) -> str:
        """What stands there; Tk's own line feed at the end is not part of it."""
        return self.field.get("1.0", "end-1c")

    def fill(self, text: str) -> None:
        """Another text, which undo does not go behind."""
        self.field.configure(state="normal")
        self.field.delete("1.0", "end")
        self.field.insert("1.0", text)
        self.field.edit_reset()
        self.field.edit_modified(False)  # noqa: FBT003 - as Tk has it
        if self._read_only:
            self.field.configure(state="disabled")

    def _modified(self) -> None:
        if self.field.edit_modified():
            self.field.edit_modified(False)  # noqa: FBT003 - as Tk has it
            self._changed()

    def _leave(self, where: str) -> str:
        other = self.tk.call(where, str(self.field))
        self.tk.call("focus", other)
        return "break"

    def _scrolled(self, first: float, last: float) -> None:
        """The bar is there only while there is something to scroll."""
        self._bar.set(first, last)
        needed = float(first) > 0 or float(last) < 1  # Tk gives texts
        if needed and not self._bar.winfo_manager():
            self._bar.grid(row=0, column=1, sticky="ns")
        elif not needed and self._bar.winfo_manager():
            self._bar.grid_remove()

    def _paint(self, colours: Palette) -> None:
        self.field.configure(
            background=colours.stripe if self._read_only else colours.surface,
            foreground=colours.text,
            insertbackground=colours.text,
            highlightbackground=colours.line,
            highlightcolor=colours.accent,
            selectbackground=colours.select,
            selectforeground=colours.text,
            inactiveselectbackground=colours.select,
        )
