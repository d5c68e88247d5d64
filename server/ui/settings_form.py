"""A card of settings: a word and a field in each row, and below them what it means."""

import tkinter
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Card, WrapLabel


class SettingsForm(Card):
    """Rows of settings under a heading.

    Args:
        parent: Where it goes.
        title: The heading.
        width: Of the explanations, in pixels at 96 dpi, before the card has its own.
    """

    def __init__(self, parent: tkinter.Misc, *, title: str, width: int) -> None:
        super().__init__(parent, padding=16)
        self._width = width
        ttk.Label(self.body, text=title, style="CardTitle.TLabel").pack(
            anchor="w", pady=(0, px(self, 4))
        )

    def add(self, word: str, widget: tkinter.Widget, explanation: str) -> WrapLabel:
        """A row; `widget` is a child of `.body`. Returns the explanation, which may change."""
        row = ttk.Frame(self.body, style="Card.TFrame")
        row.pack(fill="x", pady=(px(self, 3), 0))
        ttk.Label(row, text=word, style="CardBold.TLabel").pack(side="left")
        widget.pack(in_=row, side="right")
        widget.lift(row)  # it was made before the row that it stands in
        note = WrapLabel(self.body, text=explanation, style="CardMuted.TLabel", width=self._width)
        if explanation:
            note.pack(fill="x", pady=(0, px(self, 5)))
        return note

    def add_wide(self, word: str, widget: tkinter.Widget, explanation: str) -> WrapLabel:
        """As `add`, with a widget that takes a line of its own."""
        ttk.Label(self.body, text=word, style="CardBold.TLabel").pack(
            anchor="w", pady=(px(self, 3), 0)
        )
        widget.pack(fill="x")
        note = WrapLabel(self.body, text=explanation, style="CardMuted.TLabel", width=self._width)
        note.pack(fill="x", pady=(0, px(self, 5)))
        return note
