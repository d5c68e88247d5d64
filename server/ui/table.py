"""A table that shows every text literally, with rows coloured by tone in both themes."""

import tkinter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from tkinter import ttk
from typing import Literal

from desktop.ui.palette import TONES, Palette
from desktop.ui.theme import on_change, palette, px


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, width in logical pixels, whether it takes what room is left."""

    heading: str
    width: int
    stretch: bool = False
    align: Literal["w", "e", "center"] = "w"


class Table(ttk.Treeview):
    """Rows under headings. Rows may have a tone of the palette, or "muted".

    Args:
        parent: Where it goes.
        columns: From left to right.
        rows: How many rows it asks for.
    """

    def __init__(self, parent: tkinter.Misc, columns: Sequence[Column], *, rows: int = 5) -> None:
        names = [f"c{number}" for number in range(len(columns))]
        super().__init__(
            parent,
            columns=names,
            show="headings",
            height=rows,
            style="Grid.Treeview",
            selectmode="browse",
        )
        for name, column in zip(names, columns, strict=True):
            self.heading(name, text=column.heading, anchor=column.align)
            width = px(parent, column.width)
            self.column(
                name,
                width=width,
                minwidth=min(width, px(parent, 60)),
                stretch=column.stretch,
                anchor=column.align,
            )
        self._tone(palette(self))
        on_change(self, self._tone)
        self.bind("<FocusIn>", lambda _event: self._select_first(), add="+")

    def put(
        self, iid: str, cells: Sequence[str], *, index: int | str = "end", tag: str = ""
    ) -> None:
        """Adds a row. Cells go to Tcl as one list, so none of their signs means anything."""
        self.tk.call(
            str(self), "insert", "", index, "-id", iid, "-values", tuple(cells), "-tags", (tag,)
        )

    def change(self, iid: str, cells: Sequence[str], *, tag: str = "") -> None:
        """Replaces the cells of a row."""
        self.tk.call(str(self), "item", iid, "-values", tuple(cells), "-tags", (tag,))

    def cells(self, iid: str) -> tuple[str, ...]:
        """The cells of a row as they stand on the screen."""
        found = self.tk.call(str(self), "item", iid, "-values")
        return tuple(str(cell) for cell in self.tk.splitlist(found))

    def replace(self, rows: Iterable[tuple[str, Sequence[str], str]]) -> None:
        """Shows these rows (id, cells, tag); the selection stays on its row when it is there."""
        chosen = self.selection()
        seen = self.yview()[0]
        self.clear()
        for iid, cells, tag in rows:
            self.put(iid, cells, tag=tag)
        kept = [iid for iid in chosen if self.exists(iid)]
        if kept:
            self.selection_set(kept)
            self.focus(kept[0])
        self.yview_moveto(seen)

    def clear(self) -> None:
        """Takes every row away."""
        children = self.get_children()
        if children:
            self.delete(*children)

    @property
    def chosen(self) -> str | None:
        """The id of the selected row."""
        selection = self.selection()
        return selection[0] if selection else None

    def _select_first(self) -> None:
        """Gives the keyboard a row to start from."""
        children = self.get_children()
        if children and not self.selection():
            self.selection_set(children[0])
            self.focus(children[0])

    def _tone(self, colours: Palette) -> None:
        for tone in TONES:
            self.tag_configure(tone, foreground=colours.as_text(tone))
        self.tag_configure("muted", foreground=colours.muted)
        self.tag_configure("plain", foreground=colours.text)
