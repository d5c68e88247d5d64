"""The program's log as it is written, newest at the end."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Card, button
from protocol.text import printable
from server.events import LogLine
from server.presenter import LOG_LINES
from server.ui.controls import Choice, PageTitle, scrolled, switch
from server.ui.desk import Desk
from server.ui.table import Column, Table
from server.ui.wording import clock

_COLUMNS = (Column("Time", 158), Column("Level", 90), Column("What happened", 600, stretch=True))
# Word and tag of each level, the least first.
_LEVELS: dict[str, tuple[str, str]] = {
    "debug": ("debug", "muted"),
    "info": ("info", "plain"),
    "warning": ("▲ warning", "warn"),
    "error": ("✕ error", "bad"),
    "critical": ("✕ critical", "bad"),
}
_RANK = {level: rank for rank, level in enumerate(_LEVELS)}
_LONGEST = 500
_BATCH_MS = 200


class LogPage(ttk.Frame):
    """The newest 1,000 lines.

    Args:
        parent: Where it goes.
        desk: What pages share.
        copy: Puts a text on the clipboard.
    """

    def __init__(self, parent: tkinter.Misc, desk: Desk, *, copy: Callable[[str], None]) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._copy = copy
        self._number = 0
        self._waiting: list[LogLine] = []
        self._timer: str | None = None
        title = PageTitle(self, title="Log", note=f"The newest {LOG_LINES} lines of this run.")
        title.pack(fill="x", pady=(0, px(self, 10)))
        gap = px(self, 10)
        button(title.right, text="Copy all", command=self.copy_all, icon_name="clipboard").pack(
            side="right"
        )
        self.follow = tkinter.BooleanVar(self, value=True)
        switch(title.right, text="Follow", on=self.follow).pack(side="right", padx=gap)
        self.level = Choice(
            title.right,
            [("Everything", "debug"), ("Warnings and errors", "warning"), ("Errors", "error")],
            changed=self.shown,
            width=20,
        )
        self.level.widget.pack(side="right")
        card = Card(self)
        card.pack(fill="both", expand=True)
        self.table = Table(card.body, _COLUMNS, rows=10)
        scrolled(card.body, self.table)

    def shown(self) -> None:
        """The page came to the front, or another level was chosen."""
        self._waiting.clear()
        lines = [line for line in self._desk.presenter.log if self._wanted(line)]
        self.table.replace(self._row(line) for line in lines)
        self._to_end()

    def refresh(self) -> None:
        """Lines come by `add`."""

    def add(self, line: LogLine) -> None:
        """A new line; shown with the next batch."""
        if not self._wanted(line):
            return
        self._waiting.append(line)
        if self._timer is None:
            self._timer = self.after(_BATCH_MS, self._batch)

    def copy_all(self) -> None:
        """Puts the lines on the clipboard, as they are shown."""
        rows = (self.table.cells(iid) for iid in self.table.get_children())
        self._copy("\n".join("  ".join(row) for row in rows))

    def _batch(self) -> None:
        self._timer = None
        lines, self._waiting = self._waiting[-LOG_LINES:], []
        spare = len(self.table.get_children()) + len(lines) - LOG_LINES
        if spare > 0:
            self.table.delete(*self.table.get_children()[:spare])
        for line in lines:
            iid, cells, tag = self._row(line)
            self.table.put(iid, cells, tag=tag)
        self._to_end()

    def _wanted(self, line: LogLine) -> bool:
        return _RANK.get(line.level, 1) >= _RANK[str(self.level.value)]

    def _row(self, line: LogLine) -> tuple[str, tuple[str, ...], str]:
        self._number += 1
        word, tag = _LEVELS.get(line.level, (printable(line.level, 20), "plain"))
        return str(self._number), (clock(line.time_ms), word, printable(line.text, _LONGEST)), tag

    def _to_end(self) -> None:
        if self.follow.get():
            self.table.yview_moveto(1)
