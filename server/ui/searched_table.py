"""A list of people that is searched by name: the field over the table, a sentence where none is."""

import tkinter
from collections.abc import Callable, Sequence
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Card
from protocol.text import printable
from server.ui.controls import SearchField, scrolled
from server.ui.table import Column, Table


class SearchedTable(Card):
    """Whoever has it answers `searched` with the rows that fit, by `show`.

    Args:
        parent: Where it goes.
        columns: Of the table.
        searched: Called with what is typed.
        chosen: Called when another row, or none, is chosen.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        columns: Sequence[Column],
        *,
        searched: Callable[[str], None],
        chosen: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self.search = SearchField(self.body, hint="Search names    Ctrl+F", changed=searched)
        self.search.pack(fill="x", pady=(0, px(self, 10)))
        frame = ttk.Frame(self.body, style="Card.TFrame")
        frame.pack(fill="both", expand=True)
        self.table = Table(frame, columns)
        scrolled(frame, self.table)
        self._nobody = ttk.Label(self.table, text="", style="CardMuted.TLabel")
        self._chosen = chosen
        self.table.bind("<<TreeviewSelect>>", lambda _event: chosen())

    def show(self, rows: Sequence[tuple[str, Sequence[str], str]], *, nobody: str) -> None:
        """Shows these rows (id, cells, tag).

        Args:
            rows: Those that fit what is typed.
            nobody: Said where there are none at all; "" when only none fits.
        """
        self.table.replace(rows)
        if rows:
            self._nobody.place_forget()
        else:
            typed = printable(self.search.text.strip(), 40)
            self._nobody.configure(text=nobody or f"Nobody's name has “{typed}” in it.")
            self._nobody.place(relx=0.5, rely=0.45, anchor="center")
        self._chosen()

    @property
    def said(self) -> str:
        """The sentence in the place of rows; "" where there are some."""
        return str(self._nobody.cget("text")) if self._nobody.winfo_manager() else ""
