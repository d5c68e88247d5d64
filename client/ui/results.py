"""The list of the last results: time, who, result. Newest first, told apart by icon and word."""

import time
import tkinter
import tkinter.font
from tkinter import ttk

from client.ui.banner import elided
from client.view_model import ResultRow
from desktop.ui.palette import TONES, Palette
from desktop.ui.theme import icon, on_change, palette, px
from desktop.ui.widgets import Card

# Column, heading, width and whether it takes what room is left (logical pixels).
COLUMNS = (
    ("who", "Who", 120, True),
    ("result", "Result", 140, False),
    ("detail", "", 120, False),
)
TIME_WIDTH = 92
NEEDED_WIDTH = TIME_WIDTH + sum(width for _name, _heading, width, _stretch in COLUMNS)
ICON_SIZE = 13
STYLE = "Results.Grid.Treeview"
_EMPTY = "Nobody has been here yet.\nThe last results appear in this list."


class ResultList(Card):
    """Shows rows of the view model; reached by Tab and read with the arrow keys."""

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent, heading="Last results")
        self._rows: tuple[ResultRow, ...] = ()
        names = [name for name, *_rest in COLUMNS]
        self._use_style()
        self.table = ttk.Treeview(
            self.body, columns=names, show="tree headings", style=STYLE, height=4
        )
        self.table.heading("#0", text="Time", anchor="w")
        self.table.column("#0", width=px(self, TIME_WIDTH), stretch=False)
        for name, heading, width, stretch in COLUMNS:
            self.table.heading(name, text=heading, anchor="w")
            self.table.column(name, width=px(self, width), minwidth=px(self, 60), stretch=stretch)
        self._bar = ttk.Scrollbar(self.body, orient="vertical", command=self.table.yview)
        self.table.configure(yscrollcommand=self._scrolled)
        self.table.pack(side="left", fill="both", expand=True)
        self.table.bind("<Configure>", self._resized, add="+")
        self._empty = ttk.Label(self.table, text=_EMPTY, style="CardMuted.TLabel", justify="center")
        self._empty.place(relx=0.5, rely=0.45, anchor="center")
        on_change(self, self._paint)
        self._paint(palette(self))

    @property
    def rows(self) -> tuple[ResultRow, ...]:
        """What the list shows, newest first."""
        return self._rows

    def show(self, rows: tuple[ResultRow, ...]) -> None:
        """Changes the rows; only what is new is written when the rest stayed."""
        if rows == self._rows:
            return
        added = rows[1:] == self._rows[: len(rows) - 1]
        self._rows = rows
        if added:
            self._insert(rows[0], 0)
            for item in self.table.get_children()[len(rows) :]:
                self.table.delete(item)
        else:
            self._fill()
        if rows:
            self._empty.place_forget()
        else:
            self._empty.place(relx=0.5, rely=0.45, anchor="center")

    def _resized(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        """Leaves the details away where they would be cut, then fits the names anew."""
        names = [name for name, *_rest in COLUMNS]
        wide = event.width >= px(self, NEEDED_WIDTH)
        self.table.configure(displaycolumns=names if wide else names[:-1])
        self._fill()

    def _fill(self) -> None:
        self.table.delete(*self.table.get_children())
        for place, row in enumerate(self._rows):
            self._insert(row, place)

    def _insert(self, row: ResultRow, place: int) -> None:
        room = self.table.column("who", "width") - px(self, 14)
        font = tkinter.font.nametofont("TkDefaultFont", root=self)
        self.table.insert(
            "",
            place,
            text=f" {clock(row.time_ms)}",
            image=icon(row.icon, palette(self).as_text(row.tone), size=ICON_SIZE),
            values=(elided(row.who, room, font.measure), row.result, row.detail),
            tags=(row.tone,),
        )

    def _scrolled(self, first: float, last: float) -> None:
        """Shows the scroll bar only when there is something to scroll to."""
        self._bar.set(first, last)
        needed = float(first) > 0.0 or float(last) < 1.0
        if needed and not self._bar.winfo_manager():
            self._bar.pack(side="right", fill="y", before=self.table)
        elif not needed and self._bar.winfo_manager():
            self._bar.pack_forget()

    def _paint(self, colours: Palette) -> None:
        """Tag colours and icons do not follow a theme switch by themselves."""
        self._use_style()
        for tone in TONES:
            word = colours.text if tone == "good" else colours.as_text(tone)
            self.table.tag_configure(tone, foreground=word)
        for item, row in zip(self.table.get_children(), self._rows, strict=True):
            image = icon(row.icon, colours.as_text(row.tone), size=ICON_SIZE)
            self.table.item(item, image=image)

    def _use_style(self) -> None:
        """The shared table without the room that a tree keeps for its arrows."""
        style = ttk.Style(self)
        ttk.Style.configure(style, STYLE, indent=0)
        ttk.Style.layout(
            style,
            f"{STYLE}.Item",
            [
                (
                    "Treeitem.padding",
                    {
                        "sticky": "nswe",
                        "children": [
                            ("Treeitem.image", {"side": "left", "sticky": ""}),
                            ("Treeitem.text", {"side": "left", "sticky": ""}),
                        ],
                    },
                )
            ],
        )


def clock(time_ms: int) -> str:
    """Local time of day of milliseconds since the epoch, UTC."""
    return time.strftime("%H:%M:%S", time.localtime(time_ms / 1000))
