"""The live table of events: newest first, at most 1,000 rows, new ones put in by the batch."""

import tkinter
from collections import deque
from collections.abc import Callable, Sequence
from tkinter import ttk

from database.records import EventRecord
from server.ui.controls import ScrollBar
from server.ui.table import Column, Table
from server.ui.wording import COLUMNS, result, row

MOST_ROWS = 1_000
# New events are put in this often: fast enough to seem at once, few enough redraws at 500/s.
_BATCH_MS = 100
# Together no wider than the smallest window has room for: a table that is shown for the first time
# does not shrink its columns.
_COLUMNS = (
    Column(COLUMNS[0], 146),
    Column(COLUMNS[1], 76, stretch=True),
    Column(COLUMNS[2], 114, stretch=True),
    Column(COLUMNS[3], 154),
    Column(COLUMNS[4], 68, align="center"),
    Column(COLUMNS[5], 48, align="center"),
    Column(COLUMNS[6], 96, stretch=True),
    Column(COLUMNS[7], 62, align="e"),
)


class EventTable(ttk.Frame):
    """Events as rows. Return and a double click ask why.

    While the table is scrolled away from its top, or not following, new events wait: rows that
    are being read do not move away.

    Args:
        parent: Where it goes.
        why: Called with the event that was asked about.
        waiting_changed: Called with the number of events that wait.
        filled: Called after a batch of new events was put in.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        why: Callable[[EventRecord], None],
        waiting_changed: Callable[[int], None] = lambda _count: None,
        filled: Callable[[], None] = lambda: None,
        rows: int = 8,
    ) -> None:
        super().__init__(parent, style="Card.TFrame")
        self._why = why
        self._waiting_changed = waiting_changed
        self._filled = filled
        self._records: dict[str, EventRecord] = {}
        self._waiting: deque[EventRecord] = deque(maxlen=MOST_ROWS)
        self._told_waiting = 0
        self._timer: str | None = None
        self.following = True
        self.table = Table(self, _COLUMNS, rows=rows)
        self._bar = ScrollBar(self, self.table)
        self.table.configure(yscrollcommand=self._scrolled)
        self.table.bind("<Return>", lambda _event: self.ask_why())
        self.table.bind("<Double-1>", lambda _event: self.ask_why())

    def show(self, records: Sequence[EventRecord]) -> None:
        """Shows these instead, newest first. What waited stays when it is newer than all."""
        newest = (records[0].sequence or 0) if records else 0
        later = [record for record in self._waiting if (record.sequence or 0) > newest]
        self._waiting = deque(later, maxlen=MOST_ROWS)
        self._tell_waiting()
        self._records = {key_of(record): record for record in records[:MOST_ROWS]}
        self.table.replace((iid, row(record), _tag(record)) for iid, record in self._all())
        self.table.yview_moveto(0)

    def show_alone(self, records: Sequence[EventRecord]) -> None:
        """Shows these and nothing that waited."""
        self._waiting.clear()
        self.show(records)

    def add_older(self, records: Sequence[EventRecord]) -> bool:
        """Adds a page at the end; True when the newest rows had to make room for it."""
        for record in records:
            if key_of(record) not in self._records:
                self._records[key_of(record)] = record
                self.table.put(key_of(record), row(record), tag=_tag(record))
        spare = len(self._records) - MOST_ROWS
        if spare > 0:
            self._drop(list(self.table.get_children())[:spare])
        return spare > 0

    def add_live(self, record: EventRecord) -> None:
        """Takes a new event; it is shown with the next batch."""
        self._waiting.append(record)
        if self._timer is None:
            self._timer = self.after(_BATCH_MS, self._batch)

    def catch_up(self) -> None:
        """Goes to the top and shows what waited."""
        self.table.yview_moveto(0)
        self._put_in()

    def ask_why(self) -> str:
        """Asks about the selected event."""
        chosen = self.table.chosen
        if chosen is not None and chosen in self._records:
            self._why(self._records[chosen])
        return "break"

    @property
    def records(self) -> list[EventRecord]:
        """The events shown, newest first."""
        return [self._records[iid] for iid in self.table.get_children()]

    @property
    def oldest_sequence(self) -> int | None:
        """The sequence of the last row, from which older ones are asked for."""
        children = self.table.get_children()
        return self._records[children[-1]].sequence if children else None

    def _batch(self) -> None:
        self._timer = None
        if self.following and self.table.yview()[0] <= 0:
            self._put_in()
        else:
            self._tell_waiting()

    def _put_in(self) -> None:
        fresh = [record for record in self._waiting if key_of(record) not in self._records]
        self._waiting.clear()
        if len(fresh) >= MOST_ROWS:
            self.table.clear()
            self._records.clear()
        spare = len(self._records) + len(fresh) - MOST_ROWS
        if spare > 0:
            self._drop(list(self.table.get_children())[-spare:])
        for record in fresh:
            self._records[key_of(record)] = record
            self.table.put(key_of(record), row(record), index=0, tag=_tag(record))
        if fresh:
            self.table.yview_moveto(0)
            self._filled()
        self._tell_waiting()

    def _drop(self, iids: Sequence[str]) -> None:
        self.table.delete(*iids)
        for iid in iids:
            del self._records[iid]

    def _tell_waiting(self) -> None:
        if len(self._waiting) != self._told_waiting:
            self._told_waiting = len(self._waiting)
            self._waiting_changed(self._told_waiting)

    def _all(self) -> list[tuple[str, EventRecord]]:
        return list(self._records.items())

    def _scrolled(self, first: float, last: float) -> None:
        self._bar.set(first, last)
        if float(first) <= 0 and self._waiting and self.following and self._timer is None:
            self._timer = self.after_idle(self._batch)


def key_of(record: EventRecord) -> str:
    """What a row is known by: somebody may have given a changed one the id of another."""
    return f"{record.sequence} {record.event_id}"


def _tag(record: EventRecord) -> str:
    tone = result(record)[2]
    return "plain" if tone == "good" else tone
