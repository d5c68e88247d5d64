"""The history: search, filters, "Why?", follow, older pages by SQL, export."""

import tkinter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tkinter import filedialog, ttk

from database.reader import EventFilter, Page
from database.records import EventRecord
from desktop.ui.theme import px
from desktop.ui.widgets import Card, button
from server.events import CheckpointStatus
from server.fault_words import count
from server.permissions import Action
from server.ui.changed_bar import ChangedBar
from server.ui.controls import PageTitle, enable, switch
from server.ui.csv_export import export_events, export_history
from server.ui.desk import Desk, HistoryLike, NamedLike
from server.ui.event_table import EventTable
from server.ui.history_filter import HistoryFilter
from server.ui.wording import matches

PAGE_ROWS = 200
_EVERY = "Every event, newest first."
_CHANGED = "Events that somebody changed outside of the program, newest first."


class HistoryPage(ttk.Frame):
    """Every event ever stored, newest first.

    Args:
        parent: Where it goes.
        desk: What pages share.
        why: Called with the event that was asked about.
        verify: Verifies everything where it can be accepted, the audit page.
        save_as: Asks where to write; takes a proposed name, gives a path or "".
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        why: Callable[[EventRecord], None],
        verify: Callable[[], None],
        save_as: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._save_as = save_as or self._ask_where
        self._where = EventFilter()
        self._more = False
        self._held = 0
        self._numbers: Sequence[int] = ()  # of changed events, and those of them not shown yet
        self._unshown: Sequence[int] = ()
        self._cut = False
        gap = px(self, 8)
        self.title = PageTitle(self, title="History", note=_EVERY)
        self.title.pack(fill="x", pady=(0, px(self, 10)))
        card = Card(self)
        card.pack(fill="both", expand=True)
        self.filter = HistoryFilter(card.body, changed=self.search)
        self.filter.pack(fill="x", pady=(0, px(self, 10)))
        self.follow = tkinter.BooleanVar(self, value=True)
        self.export = button(
            self.filter.right, text="Export CSV", command=self.ask_export, icon_name="download"
        )
        if desk.may(Action.EXPORT_HISTORY):
            self.export.pack(side="right", padx=(gap, 0))
        self.follow_switch = switch(
            self.filter.right,
            text="Follow",
            on=self.follow,
            command=self._follow_changed,
            on_card=True,
        )
        self.follow_switch.pack(side="right", padx=(gap, 0))
        self.changed = ChangedBar(
            card.body,
            desk,
            found=self._found_changed,
            again=self._look_for_changed,
            verify=verify,
        )
        foot = ttk.Frame(card.body, style="Card.TFrame")
        foot.pack(side="bottom", fill="x", pady=(px(self, 10), 0))
        self.events = EventTable(
            card.body, why=why, waiting_changed=self._waiting, filled=self._say, rows=10
        )
        self.events.pack(fill="both", expand=True)
        self._count = ttk.Label(foot, text="", style="CardMuted.TLabel")
        self._count.pack(side="left")
        self.why_button = button(
            foot, text="Why?", command=self.events.ask_why, icon_name="question-circle"
        )
        self.why_button.pack(side="right")
        self.older = button(foot, text="Load older", command=self.load_older)
        self.older.pack(side="right", padx=(0, gap))
        self.newer = button(foot, text="", command=self._show_newest, look="primary")
        # Tab goes by the stacking order, which is made that of the eye.
        for widget in (self.export, self.newer, self.older, self.why_button, foot):
            widget.tkraise()
        self._empty = ttk.Label(self.events.table, text="", style="CardMuted.TLabel")
        self._say()

    def shown(self) -> None:
        """The page came to the front."""
        grid = self._desk.ready
        if grid is not None and grid.may(Action.VIEW_PEOPLE):
            self.filter.offer_people(tuple(grid.people.list()))
        self.filter.offer_checkpoints(self._desk.presenter.checkpoints)
        if not self.changed.looking:
            self.search()

    def refresh(self) -> None:
        """The people or the state changed."""
        self._say()

    def checkpoints_changed(self, statuses: tuple[CheckpointStatus, ...]) -> None:
        """There may be another one to choose."""
        self.filter.offer_checkpoints(statuses)

    def focus_search(self) -> None:
        """Ctrl+F; changed events are searched for nothing."""
        if self.filter.changed_alone:
            self.filter.clear()
        self.filter.search.focus_on()

    def show_changed(self) -> None:
        """Shows the events that somebody changed."""
        self.filter.show_changed()

    def show_person(self, person: NamedLike) -> None:
        """Shows the events of one person."""
        self.filter.choose_person(person)

    def search(self) -> None:
        """Asks the database for the newest events that pass the filters."""
        self._where = self.filter.value()
        self.filter.show_clear()
        enable(self.follow_switch, on=not self.filter.changed_alone)
        self.title.say(_CHANGED if self.filter.changed_alone else _EVERY)
        if self.filter.changed_alone:
            self._look_for_changed()
            return
        self.changed.end()
        self.changed.pack_forget()
        grid = self._desk.ready
        if grid is None:
            return
        where, history = self._where, grid.history
        self._desk.ask("history", lambda: history.query(where, limit=PAGE_ROWS), self._found)

    def _look_for_changed(self) -> None:
        """In a thread of its own: all of the history is proven."""
        grid = self._desk.ready
        if grid is None:
            return
        self.changed.pack(before=self.events, fill="x", pady=(0, px(self, 10)))
        self.changed.begin(grid)
        self._found_changed(())

    def _found_changed(self, numbers: Sequence[int]) -> None:
        """Shows the newest of them."""
        self._numbers = self._unshown = numbers
        self._more = self._cut = False
        self.events.show_alone(())
        self._say()
        if numbers:
            self._ask_changed()

    def _ask_changed(self) -> None:
        """The next page of what a look found."""
        grid = self._desk.ready
        if grid is None:
            return
        numbers, page, history = self._numbers, self._unshown[-PAGE_ROWS:], grid.history
        self._unshown = self._unshown[:-PAGE_ROWS]
        self._more = False  # one page at a time
        self._say()
        self._desk.ask(
            "history", lambda: history.numbered(page), partial(self._found_numbered, numbers)
        )

    def _found_numbered(self, numbers: Sequence[int], records: Sequence[EventRecord]) -> None:
        if numbers is not self._numbers or not self.filter.changed_alone:
            return  # of a look before
        self._more = bool(self._unshown)
        self._cut = self.events.add_older(records) or self._cut
        self._say()

    def load_older(self) -> None:
        """Asks for the next page."""
        if self.filter.changed_alone:
            self._ask_changed()
            return
        grid, before = self._desk.ready, self.events.oldest_sequence
        if grid is None or before is None:
            return
        where, history = self._where, grid.history
        self._desk.ask(
            "history",
            lambda: history.query(where, limit=PAGE_ROWS, before_sequence=before),
            self._found_older,
        )

    def add_live(self, record: EventRecord) -> None:
        """A new event; it is shown when it passes the filters."""
        if not self.filter.changed_alone and matches(record, self._where):
            self.events.add_live(record)

    def ask_export(self) -> None:
        """Asks where to write, then writes every event that passes the filters."""
        grid = self._desk.ready
        if grid is None:
            return
        chosen = self._save_as("history.csv")
        if not chosen:
            return
        where, history, path = self._where, grid.history, Path(chosen)
        changed = self._numbers if self.filter.changed_alone else None

        def write() -> int:
            if changed is not None:
                return export_events(_all_of(history, changed), path)
            return export_history(history, where, path)

        self._desk.ask(
            "",
            lambda: grid.act(Action.EXPORT_HISTORY, write),
            lambda written: self._desk.toast.show(
                f"{count(written, 'event was', 'events were')} written to {path.name}.", tone="good"
            ),
        )

    def _found(self, page: Page) -> None:
        if self.filter.changed_alone:
            return  # it was asked before
        self._more = page.more
        self.events.show(page.rows)
        self._say()

    def _found_older(self, page: Page) -> None:
        if self.filter.changed_alone:
            return
        self._more = page.more
        if self.events.add_older(page.rows):
            # The newest rows made room: what is shown is the past, and it stays until asked.
            self.follow.set(False)
            self._follow_changed()
        self._say()

    def _show_newest(self) -> None:
        if self.filter.changed_alone:
            self._found_changed(self._numbers)
            return
        self.follow.set(True)
        self.events.following = True
        self.search()

    def _follow_changed(self) -> None:
        self.events.following = self.follow.get()
        if self.follow.get():
            self.search()
        else:
            self._waiting(0)

    def _waiting(self, held: int) -> None:
        self._held = held
        self._say()

    def _offer_newer(self) -> None:
        """The button for events that are held back, or made room for older ones."""
        held = 0 if self.filter.changed_alone else self._held
        past = self._cut if self.filter.changed_alone else not self.events.following
        if held or past:
            self.newer.configure(text=f"Show {held} new" if held else "Newest")
            self.newer.pack(side="right", padx=(0, px(self, 8)))
        else:
            self.newer.pack_forget()

    def _say(self) -> None:
        rows = len(self.events.table.get_children())
        enable(self.older, on=self._more)
        enable(self.why_button, on=rows > 0)
        enable(self.export, on=rows > 0)
        self._offer_newer()
        events = f"{count(rows, 'event')} shown"
        events += ", older ones can be loaded" if self._more else ""
        self._count.configure(text="" if self.changed.looking else events)
        if rows or self.filter.changed_alone:  # then the banner says it
            self._empty.place_forget()
            return
        self._empty.configure(
            text="No event passes these filters."
            if self.filter.active
            else "No events yet. They appear here as checkpoints see people."
        )
        self._empty.place(relx=0.5, rely=0.45, anchor="center")

    def _ask_where(self, proposed: str) -> str:
        return str(
            filedialog.asksaveasfilename(
                parent=self,
                title="Export the history",
                defaultextension=".csv",
                initialfile=proposed,
                filetypes=[("CSV", "*.csv")],
            )
            or ""
        )


def _all_of(history: HistoryLike, numbers: Sequence[int]) -> Iterator[EventRecord]:
    """The events of these numbers, newest first, a page at a time."""
    for end in range(len(numbers), 0, -PAGE_ROWS):
        yield from history.numbered(numbers[max(0, end - PAGE_ROWS) : end])
