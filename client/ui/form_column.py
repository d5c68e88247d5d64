"""A column of a form: a word on the left, a field on the right, a hint below it."""

import tkinter
from tkinter import ttk
from typing import Literal

from client.ui.controls import field
from desktop.ui.theme import px
from desktop.ui.widgets import IconLabel

LABEL_WIDTH = 96
COLUMN_WIDTH = 436
TEXT_WIDTH = COLUMN_WIDTH - LABEL_WIDTH - 24


class FormColumn(ttk.Frame):
    """Rows are numbered by whoever fills it; column 0 is for words, 1 to 3 for what is filled in.

    Args:
        parent: Where it goes.
    """

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent, style="Plain.TFrame")
        ttk.Frame(self, width=px(self, COLUMN_WIDTH)).grid(row=99, column=0, columnspan=4)
        self.columnconfigure(0, minsize=px(self, LABEL_WIDTH))
        self.columnconfigure(1, weight=1)

    def label(self, row: int, text: str, *, above: int = 0, side: Literal["w", "nw"] = "w") -> None:
        """The word of a row, `above` pixels lower than it would stand."""
        label = ttk.Label(self, text=text, style="Bold.TLabel")
        label.grid(
            row=row, column=0, sticky=side, padx=(0, px(self, 16)), pady=(px(self, above), 0)
        )

    def entry(self, row: int, text: str, content: tkinter.StringVar) -> ttk.Entry:
        """A word and a line to type into."""
        self.label(row, text)
        entry = field(self, content)
        entry.grid(row=row, column=1, columnspan=3, sticky="ew")
        return entry

    def hint(self, row: int) -> IconLabel:
        """Room for a sentence about the field above."""
        hint = IconLabel(self, style="Small.TLabel", size=11)
        hint.configure(wraplength=px(self, TEXT_WIDTH))
        hint.grid(row=row, column=1, columnspan=3, sticky="w", pady=(px(self, 2), px(self, 8)))
        return hint
