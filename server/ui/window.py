"""The server's window: rail, banner, pages; drains the events and ends everything when closed.

Everything here runs on the main thread. Other threads post to the mailbox.
"""

import contextlib
import time
import tkinter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tkinter import ttk
from typing import Any

from database.records import EventRecord
from desktop.mailbox import Mailbox
from desktop.ui import theme
from desktop.ui.palette import ThemeName
from desktop.ui.pump import Pump
from desktop.ui.widgets import StateBanner
from server.events import (
    CheckpointChanged,
    EventStored,
    Fault,
    GalleryChanged,
    LogLine,
    ServerStateChanged,
)
from server.presenter import Presenter
from server.settings import ServerSettings
from server.state_words import Action
from server.ui.background import Answer, Background
from server.ui.desk import Desk, GridLike, GridMade, PersonLike
from server.ui.pages import Calls, Pages
from server.ui.passphrase_dialog import ask_passphrase
from server.ui.rail import PAGES, Rail
from server.ui.why_dialog import WhyDialog

SIZE = (1280, 720)
SMALLEST = (1040, 660)
CLOSE_WITHIN_S = 2.0
_CLOSE_POLL_MS = 20
# The checkpoints' "last seen" is read this often, the tiles are brought up to date as often.
_TICK_MS = 1000
# The database is asked for the counts this often while events come.
_COUNTS_EVERY = 5


class ServerWindow:
    """Everything on the screen of the server.

    Args:
        settings: What to begin with.
        data_folder: Where the data are, for the eye.
        on_closing: Called once when the window is being closed, before anything ends.
    """

    def __init__(
        self,
        settings: ServerSettings,
        *,
        data_folder: Path,
        on_closing: Callable[[], None] = lambda: None,
    ) -> None:
        self.mailbox: Mailbox[Any] = Mailbox()
        self.presenter = Presenter()
        self.closed = False
        self._on_closing = on_closing
        self._close_by_s = 0.0
        self._ticks = 0
        self._dirty = False
        self._timers: dict[str, str] = {}
        self.root = theme.open_window(
            title="FaceNetGrid server", size=SIZE, minsize=SMALLEST, theme=settings.theme
        )
        theme_icon = theme.icon("person-bounding-box", theme.palette(self.root).accent, size=48)
        self.root.tk.call("wm", "iconphoto", ".", "-default", theme_icon)
        self.background = Background(self.mailbox)
        self.desk = Desk(self.root, self.presenter, self.background, act=self.act, go=self.go)
        self._build(settings, data_folder)
        self._bind()
        self.pump: Pump[Any] = Pump(self.root, self.mailbox, self._handle)
        self._timers["tick"] = self.root.after(_TICK_MS, self._tick)
        self.go("Dashboard")
        self.show_state()

    # What happens outside.

    def take_grid(self, grid: GridLike) -> None:
        """The grid is there: opens the data and listens."""
        self.desk.grid = grid
        if not self.presenter.closing:
            grid.start()

    def act(self, action: Action) -> None:
        """Carries out a button of the banner."""
        simple: dict[Action, Callable[[], None]] = {
            Action.START: self.start,
            Action.TRY_AGAIN: self.start,
            Action.STOP: self.stop,
            Action.USE_FREE_PORT: self._use_free_port,
            Action.RESTORE: self._restore,
            Action.START_EMPTY: self._restore,
            Action.ADD_PHOTOS: self.add_photos,
            Action.DISMISS: self._dismiss,
            Action.UNLOCK: lambda: ask_passphrase(self.root, self.desk),
        }
        simple.get(action, lambda: self.go(action.page))()

    def start(self) -> None:
        """Opens the data, when they are not, and listens."""
        self.presenter.dismiss()
        if self.desk.grid is not None:
            self.desk.grid.start()

    def stop(self) -> None:
        """Stops listening; the data stay open."""
        if self.desk.grid is not None:
            self.desk.grid.stop()

    def close(self) -> None:
        """Ends everything and then the window, within two seconds, waiting for nothing."""
        if self.presenter.closing:
            return
        self.presenter.closing = True
        self._close_by_s = time.monotonic() + CLOSE_WITHIN_S
        self._on_closing()
        self.show_state()
        if self.desk.grid is not None:
            self.desk.grid.close()
        self.background.end()
        self._poll_closed()

    # What the keys and buttons do.

    def go(self, name: str) -> None:
        """Shows a page."""
        self.page = name
        self.pages[name].lift()
        for other, page in self.pages.items():
            if other == name:
                page.grid(row=0, column=0, sticky="nsew")
            else:
                page.grid_remove()
        self.rail.choose(name)
        self.pages[name].shown()

    def add_photos(self) -> None:
        """Opens the dialog that adds people from photos."""
        self.go("People")
        self.people.open_photos()

    def why(self, record: EventRecord) -> None:
        """Explains an event."""
        dialog = WhyDialog(self.root, record)
        dialog.present(dialog.close_button)

    def turn_theme(self) -> None:
        """The other theme, at once and for the next start."""
        name: ThemeName = "light" if theme.palette(self.root).name == "dark" else "dark"
        self.switch_theme(name)
        self.settings.take_theme(name)

    def switch_theme(self, name: ThemeName) -> None:
        """Shows a theme; nothing is kept."""
        theme.switch(self.root, name)
        self.rail.show_theme(name)

    def refresh(self) -> None:
        """F5: everything of the page anew."""
        self.pages[self.page].shown()

    def show_state(self) -> None:
        """Puts the state on the rail and, when there is something to say, over the page."""
        self.rail.show(self.presenter)
        view = self.presenter.state
        if not view.line:
            self.banner.grid_remove()
            return
        offers = [(offer.word, partial(self.act, offer.action)) for offer in view.offers]
        self.banner.show(
            tone=view.line_tone or view.tone,
            line=view.line,
            reason=view.reason,
            icon_name=view.line_icon,
            button=offers[0] if offers else None,
            second=offers[1] if len(offers) > 1 else None,
        )
        self.banner.grid(row=0, column=0, sticky="ew", pady=(0, theme.px(self.root, 12)))

    # Building.

    def _build(self, settings: ServerSettings, data_folder: Path) -> None:
        root = self.root
        self.rail = Rail(
            root, go=self.go, start=self.start, stop=self.stop, turn_theme=self.turn_theme
        )
        self.rail.pack(side="left", fill="y")
        self.rail.show_theme(settings.theme)
        body = ttk.Frame(root, style="Plain.TFrame", padding=theme.px(root, 16))
        body.pack(side="left", fill="both", expand=True)
        body.columnconfigure(0, weight=1)
        body.rowconfigure(1, weight=1)
        self.banner = StateBanner(body)
        stack = ttk.Frame(body, style="Plain.TFrame")
        stack.grid(row=1, column=0, sticky="nsew")
        stack.columnconfigure(0, weight=1)
        stack.rowconfigure(0, weight=1)
        # A page's wish for room must not change the window's size.
        stack.grid_propagate(flag=False)
        pages = Pages(
            stack,
            self.desk,
            settings=settings,
            data_folder=data_folder,
            calls=Calls(
                why=self.why,
                add_photos=self.add_photos,
                copy=self.desk.copy,
                show_person=self._show_person,
                save=self._save,
                switch_theme=self.switch_theme,
            ),
        )
        self.dashboard, self.history = pages.dashboard, pages.history
        self.people, self.checkpoints = pages.people, pages.checkpoints
        self.evaluation, self.log, self.settings = pages.evaluation, pages.log, pages.settings
        self.pages, self._all_pages = pages.by_name, pages
        self.desk.toast.lift()

    def _bind(self) -> None:
        root = self.root
        root.protocol("WM_DELETE_WINDOW", self.close)
        root.bind("<Control-f>", lambda _event: self._search())
        root.bind("<F5>", lambda _event: self.refresh())
        root.bind("<Control-t>", lambda _event: self.turn_theme())
        root.bind("<Control-q>", lambda _event: self.close())
        for number, (name, _icon) in enumerate(PAGES, start=1):
            root.bind(f"<Control-Key-{number}>", partial(self._go_by_key, name))

    def _go_by_key(self, name: str, _event: object) -> str:
        self.go(name)
        return "break"

    def _search(self) -> str:
        """Ctrl+F: the search field of this page, or the history's."""
        if self.page == "People" and not self.presenter.empty:
            self.people.focus_search()
            return "break"
        if self.page != "History":
            self.go("History")
        self.history.focus_search()
        return "break"

    # Events.

    def _handle(self, event: object) -> None:
        if isinstance(event, Answer):
            event.deliver()
        elif isinstance(event, GridMade):
            self._take_made(event)
        elif isinstance(event, EventStored):
            self.presenter.take(event)
            self._dirty = True
            if self.page == "Dashboard":
                self.dashboard.add_live(event.record)
            elif self.page == "History":
                self.history.add_live(event.record)
        elif isinstance(event, LogLine):
            self.presenter.take(event)
            if self.page == "Log":
                self.log.add(event)
        elif not self._all_pages.take(event):
            self._take_change(event)

    def _take_change(self, event: object) -> None:
        """Something that changes the state of the whole window."""
        if isinstance(event, ServerStateChanged):
            opened = self.desk.ready is not None
            self.presenter.take(event)
            if not opened:
                self.presenter.forget_data()
            self.show_state()
            if opened and not self._was_open and self.desk.grid is not None:
                self._read_checkpoints(self.desk.grid)
            if opened != self._was_open or not event.state.serving:
                self._was_open = opened
                self.pages[self.page].shown()
        elif isinstance(event, GalleryChanged):
            self.presenter.take(event)
            self._later("gallery", 100, self._gallery_changed)
        elif isinstance(event, CheckpointChanged):
            self.presenter.take(event)
            self._later("checkpoints", 100, self._checkpoints_changed)
        elif isinstance(event, Fault):
            self.presenter.take(event)
            self.show_state()

    _was_open = False

    def _take_made(self, made: GridMade) -> None:
        if made.grid is not None:
            self.take_grid(made.grid)
        elif made.error is not None:
            self.presenter.take(Fault(f"The server could not be loaded: {made.error}."))
            self.show_state()

    def _gallery_changed(self) -> None:
        if self.page in ("Dashboard", "People"):
            self.pages[self.page].refresh()

    def _checkpoints_changed(self) -> None:
        statuses = self.presenter.checkpoints
        self.history.checkpoints_changed(statuses)
        if self.page in ("Dashboard", "Checkpoints"):
            self.pages[self.page].refresh()

    def _later(self, key: str, after_ms: int, call: Callable[[], None]) -> None:
        """Many changes at once are shown once."""
        if key not in self._timers:
            self._timers[key] = self.root.after(after_ms, partial(self._now, key, call))

    def _now(self, key: str, call: Callable[[], None]) -> None:
        self._timers.pop(key, None)
        call()

    def _tick(self) -> None:
        """Once a second: what time changes by itself."""
        self._timers["tick"] = self.root.after(_TICK_MS, self._tick)
        self._ticks += 1
        if (grid := self.desk.ready) is None:
            return
        self._read_checkpoints(grid)
        if self.page == "Dashboard":
            if self._ticks % _COUNTS_EVERY == 0 or self._dirty:
                self._dirty = False
                self.dashboard.ask()
            self.dashboard.refresh()
        elif self.page == "Checkpoints":
            self.checkpoints.refresh()  # "14 min ago" becomes 15 by itself
        elif self.page == "Settings":
            self.settings.expect()

    def _read_checkpoints(self, grid: GridLike) -> None:
        if self.presenter.take_checkpoints(grid.checkpoints.list(), grid.devices.list()):
            self._checkpoints_changed()

    # Smaller things.

    def _use_free_port(self) -> None:
        port = self.presenter.status.free_port
        if self.desk.grid is not None and port is not None:
            self.desk.grid.start(port=port)

    def _restore(self) -> None:
        if self.desk.grid is not None:
            self.desk.grid.restore_database()
            self.desk.grid.start()

    def _dismiss(self) -> None:
        self.presenter.dismiss()
        self.show_state()

    def _save(self, settings: ServerSettings) -> None:
        if self.desk.grid is None:
            return
        before = self.desk.grid.settings.keep_pictures
        saved = self.desk.grid.change_settings(settings)
        if before and not settings.keep_pictures and self.desk.ready is not None:
            self.desk.forget_pictures(self.desk.ready.people, saved)

    def _show_person(self, person: PersonLike) -> None:
        self.go("History")
        self.history.show_person(person)

    def _poll_closed(self) -> None:
        grid = self.desk.grid
        busy = self.background.alive or (grid is not None and grid.alive)
        if busy and time.monotonic() < self._close_by_s:
            self._timers["close"] = self.root.after(_CLOSE_POLL_MS, self._poll_closed)
            return
        self.destroy()

    def destroy(self) -> None:
        """Takes the window away now; `close` is the way for people."""
        if self.closed:
            return
        self.closed = True
        self.pump.stop()
        self.background.end()
        for timer in self._timers.values():
            self.root.after_cancel(timer)
        with contextlib.suppress(tkinter.TclError):
            self.root.update_idletasks()
        self.root.destroy()
