"""The dashboard: four numbers, requests a minute, checkpoints, and the history as it happens."""

import time
import tkinter
from collections.abc import Callable, Sequence
from tkinter import ttk

from database.reader import EventFilter
from database.records import EventRecord
from desktop.ui.theme import px
from desktop.ui.widgets import Card, Tile, WrapLabel, button
from server.held_up import TRIED
from server.permissions import Action
from server.presenter import midnight_ms
from server.ui.chart import Legend, Minute, MinutesChart
from server.ui.checkpoint_table import CheckpointTable
from server.ui.controls import enable
from server.ui.desk import Desk, HistoryLike
from server.ui.event_table import EventTable
from server.ui.first_steps import FirstSteps

# Enough to fill the tallest screen; the history page has the rest.
_FIRST_ROWS = 200
_NO_EVENTS = "No events yet. They appear here as checkpoints see people."
_NOT_OPEN = "The history is not open."
_NOT_YOURS = (
    "Your role ({role}) shows how the server and its checkpoints are, and not who was seen: no "
    "history, no counts of it."
)
_HOUR_MS = 3_600_000


class Dashboard(ttk.Frame):
    """The first page.

    Args:
        parent: Where it goes.
        desk: What pages share.
        why: Called with the event that was asked about.
        add_photos: Opens the dialog that adds people from photos.
        copy: Puts a text on the clipboard.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        why: Callable[[EventRecord], None],
        add_photos: Callable[[], None],
        copy: Callable[[str], None],
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._loaded = False
        self._sees = desk.may(Action.VIEW_HISTORY)
        gap = px(self, 12)
        tiles = ttk.Frame(self, style="Plain.TFrame")
        tiles.pack(fill="x")
        self.tiles = {
            name: Tile(tiles, caption=caption)
            for name, caption in (
                ("checkpoints", "Checkpoints connected"),
                ("identified", "Identified today"),
                ("not_enrolled", "Not enrolled today"),
                ("verdict", "Verdict time p95"),
            )
        }
        for column, tile in enumerate(self.tiles.values()):
            tiles.columnconfigure(column, weight=1, uniform="tile")
            if self._sees or column == 0:
                tile.grid(row=0, column=column, sticky="nsew", padx=(gap if column else 0, 0))
        self._middle = ttk.Frame(self, style="Plain.TFrame")
        self._middle.pack(fill="x", pady=gap)
        self.first_steps = FirstSteps(
            self._middle,
            add_photos=add_photos,
            copy=copy,
            show_history=lambda: desk.go("History"),
            command=desk.start_command,
            listening=lambda: bool(desk.presenter.address),
        )
        self._both = ttk.Frame(self._middle, style="Plain.TFrame")
        self._both.columnconfigure(0, weight=1, uniform="half")
        self._both.columnconfigure(1, weight=1, uniform="half")
        requests = Card(self._both, heading="Requests a minute, last hour")
        requests.grid(row=0, column=0, sticky="nsew")
        Legend(requests.head).pack(side="right")
        self.chart = MinutesChart(requests.body)
        self.chart.pack(fill="both", expand=True)
        checkpoints = Card(self._both, heading="Checkpoints")
        checkpoints.grid(row=0, column=1, sticky="nsew", padx=(gap, 0))
        self.checkpoints = CheckpointTable(checkpoints.body, whole=False)
        self.checkpoints.pack(fill="both", expand=True)
        self._both.pack(fill="both", expand=True)
        live = Card(self, heading="Live history")
        if self._sees:
            live.pack(fill="both", expand=True)
        else:
            self._show_checkpoints_alone(tiles, requests, checkpoints)
        self.events = EventTable(
            live.body, why=why, waiting_changed=self._waiting, filled=self._show_rows, rows=6
        )
        self._why = button(live.head, text="Why?", command=self.events.ask_why)
        self._why.pack(side="right")
        self.newer = button(live.head, text="", command=self.events.catch_up)
        self.events.pack(fill="both", expand=True)
        self._empty = ttk.Label(
            self.events.table,
            style="CardMuted.TLabel",
        )
        self.refresh()

    def _show_checkpoints_alone(
        self, tiles: ttk.Frame, requests: ttk.Widget, checkpoints: ttk.Widget
    ) -> None:
        """For roles that may not see the history: what they may see, and a word about the rest."""
        role = "" if self._desk.grid is None else self._desk.grid.actor.role
        card = Card(tiles)
        card.grid(row=0, column=1, columnspan=3, sticky="nsew", padx=(px(self, 12), 0))
        self.told = WrapLabel(
            card.body, text=_NOT_YOURS.format(role=role), style="CardMuted.TLabel", width=600
        )
        self.told.pack(fill="both", expand=True)
        requests.grid_remove()
        checkpoints.grid_configure(column=0, columnspan=2, padx=0)
        self._middle.pack_configure(fill="both", expand=True)
        self._both.rowconfigure(0, weight=1)

    def shown(self) -> None:
        """The page came to the front."""
        self._loaded = False
        self.refresh()
        self.ask()

    def add_live(self, record: EventRecord) -> None:
        """A new event."""
        if self._desk.may(Action.VIEW_HISTORY):
            self.events.add_live(record)

    def refresh(self) -> None:
        """Shows what the presenter has now."""
        presenter = self._desk.presenter
        tiles = presenter.tiles
        for name, tile in self.tiles.items():
            value, note, tone = getattr(tiles, name)
            tile.show(value, note, tone=tone)
        self.checkpoints.show(presenter.rows)
        self.first_steps.refresh()
        self._show_first_steps(on=presenter.empty and self._desk.may(Action.CHANGE_SETTINGS))
        self._show_rows()

    def _show_rows(self) -> None:
        has_events = bool(self.events.table.get_children())
        enable(self._why, on=has_events)
        if has_events:
            self._empty.place_forget()
        else:
            self._empty.configure(text=_NO_EVENTS if self._desk.ready else _NOT_OPEN)
            self._empty.place(relx=0.5, rely=0.55, anchor="center")

    def ask(self) -> None:
        """Asks the database for the counts and, the first time, for the newest events."""
        grid = self._desk.ready
        if grid is None or not grid.may(Action.VIEW_HISTORY):
            self.events.show(())
            self.chart.show(())
            self._show_rows()
            return
        history = grid.history
        self._desk.ask("counts", lambda: _counts(history), self._take_counts)
        if not self._loaded:
            self._loaded = True
            self._desk.ask(
                "newest", lambda: history.query(limit=_FIRST_ROWS).rows, self._take_newest
            )

    def _take_counts(self, found: tuple[Sequence[Minute], Callable[[Desk], None]]) -> None:
        minutes, tell = found
        tell(self._desk)
        self.chart.show(minutes)
        self.refresh()

    def _take_newest(self, records: Sequence[EventRecord]) -> None:
        self.events.show(records)
        self.refresh()

    def _show_first_steps(self, *, on: bool) -> None:
        if on == bool(self.first_steps.winfo_manager()):
            return
        if on:
            self._both.pack_forget()
            self.first_steps.pack(fill="both", expand=True)
        else:
            self.first_steps.pack_forget()
            self._both.pack(fill="both", expand=True)

    def _waiting(self, count: int) -> None:
        if count:
            self.newer.configure(text=f"{count} new")
            self.newer.pack(side="right", padx=(0, px(self, 8)))
        else:
            self.newer.pack_forget()


def _counts(history: HistoryLike) -> tuple[Sequence[Minute], Callable[[Desk], None]]:
    """Runs in the background thread; what it found is told on the window's."""
    now_ms = time.time_ns() // 1_000_000
    minutes = history.per_minute(now_ms=now_ms)
    midnight = midnight_ms(now_ms)
    today = history.today(midnight)
    tried = history.count(
        EventFilter(from_ms=midnight, outcomes=("spoof_suspected",), reason=TRIED)
    )
    p95 = history.latency_percentile(since_ms=now_ms - _HOUR_MS)
    return minutes, lambda desk: desk.presenter.take_counts(today, p95, tried=tried)
