"""A line under the checkpoints: who is held up at the chosen one, and what lets them go on."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import IconLabel, button

_WIDTH = 560


class HeldUpLine(ttk.Frame):
    """Gone while nobody is held up.

    Args:
        parent: Where it goes.
        word: Of the button.
        command: Lets them go on.
    """

    def __init__(self, parent: tkinter.Misc, *, word: str, command: Callable[[], None]) -> None:
        super().__init__(parent, style="Card.TFrame")
        self.button = button(self, text=word, command=command, look="primary")
        self._room = ttk.Frame(self, style="Card.TFrame")
        self._room.pack(side="left", fill="x", expand=True)
        self.told = IconLabel(self._room, style="Card.TLabel")
        self.told.configure(wraplength=px(self, _WIDTH), justify="left")
        self.told.pack(anchor="w")

    def show(self, words: str, *, may: bool) -> None:
        """Says it, and offers the button to who may; without words the line goes."""
        if not words:
            self.pack_forget()
            return
        self.told.show(words, "warn")
        if may:
            self.button.pack(side="right", padx=(px(self, 12), 0), before=self._room)
        else:
            self.button.pack_forget()
        self.pack(side="top", fill="x", pady=(0, px(self, 10)))
