"""The server's window: rail, banner, pages or sign-in; drains the events, ends all when closed.

Everything here runs on the main thread. Other threads post to the mailbox.
"""

import contextlib
import time
import tkinter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from database.log_state import UpgradeProgress
from database.records import EventRecord
from desktop.ui.pump import Pump
from server.checkpoint_rows import counted
from server.events import (
    CheckpointChanged,
    EventStored,
    Fault,
    GalleryChanged,
    LogLine,
    ServerStateChanged,
)
from server.permissions import Action as Right
from server.settings import ServerSettings
from server.sign_in_file import SignIn
from server.state_words import Action
from server.ui.background import Answer
from server.ui.clock_question import confirm_clock
from server.ui.desk import GridLike, NamedLike
from server.ui.front import Front
from server.ui.let_try_again import let_try_again
from server.ui.passphrase_dialog import ask_passphrase
from server.ui.questions import may_break_off, may_lose_draft, may_stop
from server.ui.rail import PAGES
from server.ui.server_grid import GridMade, ServerGrid
from server.ui.shortcuts import bind_keys
from server.ui.why_dialog import WhyDialog

CLOSE_WITHIN_S = 2.0
_CLOSE_POLL_MS = 20
# The checkpoints' "last seen" is read this often, the tiles are brought up to date as often.
_TICK_MS = 1000
# The database is asked for the counts this often while events come.
_COUNTS_EVERY = 5
_WITH_KEYS = 10
"""Pages that Ctrl and a digit show: there are no more digits."""
# How old the last backup is, and whether its disk is there, is looked at this often.
_DATA_EVERY = 60


class ServerWindow(Front):
    """Everything on the screen of the server.

    Args:
        settings: What to begin with.
        data_folder: Where the data are, for the eye.
        on_closing: Called once when the window is being closed, before anything ends.
        sign_in: As `Front`.
    """

    def __init__(
        self,
        settings: ServerSettings,
        *,
        data_folder: Path,
        on_closing: Callable[[], None] = lambda: None,
        sign_in: SignIn | None = None,
    ) -> None:
        super().__init__(settings, data_folder=data_folder, sign_in=sign_in)
        self.closed = False
        self._on_closing = on_closing
        self._close_by_s = 0.0
        self._ticks = 0
        self._dirty = False
        self._bind()
        self.pump: Pump[Any] = Pump(self.root, self.mailbox, self._handle)
        self._timers["tick"] = self.root.after(_TICK_MS, self._tick)
        self.lock()

    # What happens outside.

    def take_grid(self, grid: ServerGrid) -> None:
        """The grid is there: opens the data and listens."""
        self.grid = grid
        if not self.presenter.closing:
            grid.start()

    def ask_close(self) -> None:
        """Closes the window, which ends the server, for those who may stop it."""
        grid = self.desk.grid
        if self.desk.drafts and grid is not None and not may_lose_draft(self.root):
            return
        if self.presenter.upgrade is not None and not may_break_off(self.root):
            return
        if grid is not None and grid.may(Right.STOP_SERVER):
            if not self._may_stop(grid, closing=True):
                return
            self.desk.do(lambda: grid.act(Right.STOP_SERVER, self.close))
        elif self._anybody_may_close():
            self.close()
        elif grid is not None:
            self.desk.toast.show("Your role may not end the server. Lock it instead.", tone="warn")
        else:
            self.sign_in_page.say("Sign in to end the server: it serves checkpoints.")

    def _may_stop(self, grid: GridLike, *, closing: bool = False) -> bool:
        connected, _known = counted(self.presenter.rows)
        return may_stop(self.root, connected, grid.settings, closing=closing)

    def _anybody_may_close(self) -> bool:
        """While nothing is served, and before the first password there is."""
        if self.grid is None or not self.presenter.status.state.serving:
            return True
        return self.sign_in_page.first_start

    def act(self, action: Action) -> None:
        """Carries out a button of the banner."""
        why = self.presenter.state.reason
        simple: dict[Action, Callable[[], None]] = {
            Action.START: self.start,
            Action.TRY_AGAIN: self.start,
            Action.STOP: self.stop,
            Action.USE_FREE_PORT: self._use_free_port,
            Action.RESTORE: self._restore,
            Action.START_EMPTY: self._restore,
            Action.ADD_PHOTOS: self.add_photos,
            Action.DISMISS: self._dismiss,
            Action.DISMISS_ALARM: self._dismiss_alarm,
            Action.SHOW_CHANGED: self._show_changed,
            Action.UNLOCK: partial(ask_passphrase, self.root, self.grid, why),
            Action.CONFIRM_CLOCK: partial(confirm_clock, self.desk),
        }
        self.desk.do(simple.get(action, lambda: self.go(action.page)))

    def start(self) -> None:
        """Opens the data, when they are not, and listens."""
        self.presenter.dismiss()
        if self.desk.grid is not None:
            self.desk.do(self.desk.grid.start)
        elif self.grid is not None and self.grid.books is None:
            self.grid.start()  # as starting the program again would: nobody can sign in yet

    def stop(self) -> None:
        """Stops listening, asked for while checkpoints are connected; the data stay open."""
        grid = self.desk.grid
        if grid is not None and (not grid.may(Right.STOP_SERVER) or self._may_stop(grid)):
            self.desk.do(grid.stop)

    def close(self) -> None:
        """Ends everything and then the window, within two seconds, waiting for nothing."""
        if self.presenter.closing:
            return
        self.presenter.closing = True
        self._close_by_s = time.monotonic() + CLOSE_WITHIN_S
        self._on_closing()
        self.show_state()
        if self.grid is not None:
            self.grid.close()
        self.background.end()
        self._poll_closed()

    # What the keys and buttons do.

    def add_photos(self) -> None:
        """Opens the dialog that adds people from photos."""
        self.go("People")
        if self.page == "People":
            self.people.open_photos()

    def why(self, record: EventRecord) -> None:
        """Explains an event."""
        may = self.desk.may(Right.LET_TRY_AGAIN)
        where = record.checkpoint_id, record.checkpoint_name
        opens = partial(let_try_again, self.desk, *where) if may else None
        dialog = WhyDialog(
            self.root, record, data_folder=self.desk.data_folder, let_try_again=opens
        )
        dialog.present(dialog.close_button)

    def _bind(self) -> None:
        self.root.protocol("WM_DELETE_WINDOW", self.ask_close)
        self.root.bind("<Control-q>", lambda _event: self.ask_close())
        keys: dict[str, Callable[[], object]] = {
            "<Control-f>": self._search,
            "<F5>": self.refresh,
            "<Control-t>": self.turn_theme,
            "<Control-l>": self.lock,
            "<Control-n>": self._add_checkpoint,
        }
        for number, (name, _icon) in enumerate(PAGES[:_WITH_KEYS], start=1):
            keys[f"<Control-Key-{number % 10}>"] = partial(self.go, name)
        bind_keys(self.root, keys, active=lambda: self.signed_in)

    def _add_checkpoint(self) -> None:
        """Ctrl+N: another checkpoint, from whatever page."""
        self.go("Checkpoints")
        self.checkpoints.open_dialog()

    def _search(self) -> None:
        """Ctrl+F: the search field of this page, or the history's."""
        if self.page == "Audit":
            self.audit.focus_search()
        elif self.page == "People" and not self.presenter.empty:
            self.people.focus_search()
        else:
            self.go("History")
            if self.page == "History":
                self.history.focus_search()

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
        elif self.made is None or not self.made.take(event):
            self._take_change(event)

    def _take_change(self, event: object) -> None:
        """Something that changes the state of the whole window."""
        if isinstance(event, ServerStateChanged):
            self._take_state(event)
        elif isinstance(event, GalleryChanged):
            self.presenter.take(event)
            self._later("gallery", 100, self._gallery_changed)
        elif isinstance(event, CheckpointChanged):
            self.presenter.take(event)
            self._later("checkpoints", 100, self._checkpoints_changed)
        elif isinstance(event, (Fault, UpgradeProgress)):
            self.presenter.take(event)
            self.show_state()

    def _take_state(self, event: ServerStateChanged) -> None:
        self.presenter.take(event)
        if self.grid is None or not self.grid.ready:
            self.presenter.forget_data()
        if not self.signed_in:
            if not self.sign_in_page.ready:
                self.offer_sign_in()
            self.show_state()
            return
        self.show_state()
        opened = self.desk.ready is not None
        if opened and not self._was_open and self.desk.grid is not None:
            self.read_checkpoints(self.desk.grid)
            self.look_at_data()
        if opened != self._was_open or not event.state.serving:
            self._was_open = opened
            self.refresh()

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
        if not self.pages:
            return
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
        left_s = self.idle.left_s
        if self.signed_in and left_s == 0:
            self.lock()
        self.rail.show_idle(left_s)
        if (grid := self.desk.ready) is None:
            return
        self.read_checkpoints(grid)
        self._tick_page()
        if self._ticks % _DATA_EVERY == 0:
            self.look_at_data()

    def _tick_page(self) -> None:
        """The page in front."""
        now_and_then = self._ticks % _COUNTS_EVERY == 0
        if self.page == "Dashboard":
            if now_and_then or self._dirty:
                self._dirty = False
                self.dashboard.ask()
            self.dashboard.refresh()
        elif self.page == "Checkpoints":
            self.checkpoints.refresh()  # "14 min ago" becomes 15 by itself
        elif self.page == "Settings":
            self.settings.expect()
        elif self.page == "Data":
            self.data.refresh()
        elif self.page == "Users":
            self.users.follow()
        elif self.page == "Consent" and now_and_then:
            self.consent.refresh()

    def read_checkpoints(self, grid: GridLike) -> None:
        """Takes over what the registry has."""
        if self.desk.read_checkpoints(grid):
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

    def _dismiss_alarm(self) -> None:
        if self.desk.grid is not None and self.presenter.alarms:
            self.desk.grid.audit.dismiss(self.presenter.alarms[0].sentence)
            self.presenter.dismiss_alarm()
            self.show_state()

    def _show_changed(self) -> None:
        if self.made is not None:
            self.made.show_changed()

    def history_accepted(self) -> None:
        """What was changed in the history was accepted: its alarms are over."""
        self.presenter.accept_history()
        self.show_state()

    def save(self, settings: ServerSettings) -> None:
        """Keeps new settings, as who is signed in."""
        self.desk.do(lambda: self._change_settings(settings))

    def _change_settings(self, settings: ServerSettings) -> None:
        if self.desk.grid is None:
            return
        before = self.desk.grid.settings.keep_pictures
        saved = self.desk.grid.change_settings(settings)
        if before and not settings.keep_pictures and self.desk.ready is not None:
            self.desk.forget_pictures(self.desk.ready.people, saved)

    def show_person(self, person: NamedLike) -> None:
        """The history of one person."""
        self.go("History")
        self.history.show_person(person)

    def _poll_closed(self) -> None:
        grid = self.grid
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
