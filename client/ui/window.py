"""The checkpoint's window: shows the view model, turns keys and buttons into the person's wishes.

Everything here runs on the main thread. The checkpoint's threads are reached through the methods
of `client.checkpoint.Checkpoint`, which return at once, and are heard through the mailbox.
"""

import contextlib
import time
import tkinter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tkinter import ttk
from typing import TYPE_CHECKING

import ttkbootstrap as tb

from client import settings as kept_settings
from client import wording
from client.events import ClientEvent, LinkState, PairingAnswered
from client.presenter import Presenter
from client.settings import ClientSettings
from client.ui.banner import StateLine
from client.ui.controls import button, enable, switch
from client.ui.dialogs import Dialogs, Listener
from client.ui.header import Header
from client.ui.passed_on import pass_on
from client.ui.results import ResultList
from client.ui.sounds import SoundPlayer
from client.ui.starter import Started, Starter
from client.ui.status import StatusLine
from client.ui.video import VideoView
from client.view_model import Action, ViewModel
from desktop.mailbox import Mailbox
from desktop.ui import theme
from desktop.ui.pump import Pump
from desktop.ui.toast import Toast

if TYPE_CHECKING:
    from client.ui.pairing_dialog import FinderLike
    from client.ui.starter import Engine

TITLE = "FaceNetGrid checkpoint"
SIZE = (1280, 720)
SMALLEST = (960, 600)
# The status bar and its gaps: a message must not cover the queue at its right end.
STATUS_HEIGHT = 38
# Time alone changes what is shown (a countdown, a welcome that passes), so the view is asked for
# this often even without an event.
TICK_MS = 100
# How often the slot of the newest frame is looked into: three times a frame at 30 frames/s.
FRAME_POLL_MS = 11
# A slower engine took over: long enough to read why. Afterwards the status bar goes on saying so.
ENGINE_NOTE_MS = 12_000
# All threads are gone within 2 s of closing; then the window goes even if one is not.
CLOSE_WITHIN_S = 2.0
CLOSE_POLL_MS = 20


class CheckpointWindow:
    """Everything on the screen of one checkpoint.

    Args:
        root: From `desktop.ui.theme.open_window`.
        settings: What to begin with.
        start: Makes and starts a checkpoint in a thread of its own; None shows the window alone.
        settings_file: Where changed settings are written; None forgets them.
    """

    def __init__(
        self,
        root: tb.App,
        settings: ClientSettings,
        *,
        start: "Callable[[ClientSettings, Callable[[ClientEvent], None]], Engine] | None" = None,
        settings_file: Path | None = None,
    ) -> None:
        self.root = root
        self.settings = settings
        self.settings_file = settings_file
        self.presenter = Presenter(automatic=settings.automatic)
        self.sounds = SoundPlayer(enabled=settings.sound)
        self.mailbox: Mailbox[ClientEvent | Started] = Mailbox()
        self.engine: Engine | None = None
        self.listeners: list[Listener] = []
        self.dialogs = Dialogs(root, self.listeners, self.take_keyboard_back)
        self.on_close: list[Callable[[], None]] = []
        self.now: Callable[[], float] = time.monotonic
        self.face_label: str | None = None
        self.view: ViewModel | None = None
        self._closing_since: float | None = None
        self._timers: dict[str, str] = {}
        self._automatic = tkinter.BooleanVar(root, settings.automatic)
        self._build()
        self._bind_keys()
        self.refresh()
        self.pump: Pump[ClientEvent | Started] = Pump(root, self.mailbox, self._received)
        self._every(TICK_MS, "tick", self.refresh)
        self._every(FRAME_POLL_MS, "frame", self._show_newest_frame)
        self._starter = Starter(start, settings, self.mailbox.post) if start is not None else None
        if self._starter is not None:
            # After the first paint: what is imported then must not delay the window.
            root.after(40, self._starter.begin)

    # ------------------------------------------------------------------ what is on the screen

    def _build(self) -> None:
        root = self.root
        gap = theme.px(root, 12)
        ground = ttk.Frame(root, style="Plain.TFrame", padding=(gap, 0, gap, 0))
        ground.pack(fill="both", expand=True)
        self.header = Header(ground, on_theme=self.switch_theme, on_settings=self.open_settings)
        self._show_name()
        self.header.pack(fill="x", pady=(gap, gap))
        self.banner = StateLine(ground, self.act)
        self.banner.pack(fill="x")
        self.status = StatusLine(ground, on_undelivered=self.open_kept)
        self.status.pack(side="bottom", fill="x", pady=(theme.px(root, 6), theme.px(root, 6)))
        self._build_actions(ground).pack(side="bottom", fill="x")
        middle = ttk.Frame(ground, style="Plain.TFrame")
        middle.pack(fill="both", expand=True, pady=gap)
        middle.columnconfigure(0, weight=11, uniform="middle")
        middle.columnconfigure(1, weight=9, uniform="middle")
        middle.rowconfigure(0, weight=1)
        self.video = VideoView(middle, mirror=self.settings.mirror_preview, width=320, height=240)
        self.video.grid(row=0, column=0, sticky="nsew", padx=(0, gap))
        self.results = ResultList(middle)
        self.results.grid(row=0, column=1, sticky="nsew")
        self.toast = Toast(root, above=STATUS_HEIGHT)

    def _build_actions(self, parent: tkinter.Misc) -> ttk.Frame:
        row = ttk.Frame(parent, style="Plain.TFrame")
        self.identify_button = button(
            row, "Identify now", self.identify_now, icon="person-check", key="Space", primary=True
        )
        self.enrol_button = button(row, "Enrol…", self.open_enrolment, icon="person-plus", key="F2")
        self.automatic_toggle = switch(
            row,
            "Automatic   F6",
            self._automatic,
            lambda: self.set_automatic(on=self._automatic.get()),
            toggle=True,
        )
        self.identify_button.pack(side="left")
        self.enrol_button.pack(side="left", padx=theme.px(parent, 8))
        self.enrol_hint = ttk.Label(row, style="Muted.TLabel")
        self.enrol_hint.pack(side="left")
        self.automatic_toggle.pack(side="right")
        return row

    def _show_name(self) -> None:
        self.header.name(self.settings.checkpoint_name, self.settings.checkpoint_id)
        self.root.title(f"{self.settings.checkpoint_name} · {TITLE}")

    def _bind_keys(self) -> None:
        self.root.bind("<space>", self._space)
        self.root.bind("<F2>", lambda _event: self.open_enrolment())
        self.root.bind("<F6>", lambda _event: self.set_automatic(on=not self._automatic.get()))
        self.root.bind("<F7>", lambda _event: self.open_kept())
        self.root.bind("<F9>", lambda _event: self.switch_theme())
        self.root.bind("<F10>", self._settings_key)
        self.root.protocol("WM_DELETE_WINDOW", self.close)
        self.identify_button.focus_set()

    def _space(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        """Space identifies, except where it means something else to the widget with the focus."""
        if not isinstance(event.widget, ttk.Checkbutton):
            self.identify_now()

    def _settings_key(self, _event: "tkinter.Event[tkinter.Misc]") -> str:
        self.open_settings()
        return "break"  # F10 would go to a menu bar that is not there

    def refresh(self) -> None:
        """Shows what the presenter says now; touches only what changed."""
        view, old = self.presenter.view(self.now()), self.view
        if view == old or self.closing:
            return
        self.view = view
        self.banner.show(view.banner)
        self.results.show(view.results)
        if old is None or view.link != old.link:
            self.header.link(view.link)
        if old is None or view.status != old.status:
            self.status.show(view.status)
            note = view.status.engine_note
            if note and (old is None or note != old.status.engine_note):
                self.toast.show(note, tone="warn", for_ms=ENGINE_NOTE_MS)
        self.video.show_hint(view.picture_hint)
        self.video.show_marks(view.marks)
        enable(self.identify_button, on=view.can_identify)
        enable(self.enrol_button, on=view.can_enrol)
        self.enrol_hint.configure(text=view.enrol_hint)
        if self.dialogs.enrol is not None and (old is None or view.signed_in != old.signed_in):
            self.dialogs.enrol.signed_in.show(view.signed_in)

    # ------------------------------------------------------------------ what arrives

    def handle(self, event: ClientEvent) -> None:
        """Takes one event of the checkpoint: sound, view, and whoever else listens."""
        sound = self.presenter.handle(event, self.now())
        if sound is not None:
            self.sounds.play(sound)
        if isinstance(event, PairingAnswered) and event.ok:
            self._paired(event)
        self.refresh()
        for listener in list(self.listeners):
            listener(event)

    def _paired(self, event: PairingAnswered) -> None:
        """The server's address goes into the settings; the checkpoint connects there already."""
        self.settings = replace(self.settings, server_host=event.host, server_port=event.port)
        self._write_down(self.settings)

    def _received(self, event: ClientEvent | Started) -> None:
        if not isinstance(event, Started):
            self.handle(event)
            return
        if self.engine is not None:
            return  # closed already
        self.engine = event.engine
        if self._closing_since is not None:
            self.engine.close()
        elif self.settings != event.settings:
            pass_on(self.engine, event.settings, self.settings)

    def _show_newest_frame(self) -> None:
        frame = self.engine.preview.take() if self.engine is not None else None
        if frame is None or self._closing_since is not None:
            return
        self.face_label = frame.label
        self.video.show(frame.image)
        if self.dialogs.enrol is not None:
            self.dialogs.enrol.show_frame(frame.image)

    # ------------------------------------------------------------------ what the person wants

    def act(self, action: Action) -> None:
        """Does what the banner's button offers."""
        match action:
            case Action.OPEN_SETTINGS:
                self.open_settings()
            case Action.CHOOSE_CAMERA:
                self.open_settings(field="source")
            case Action.TRY_AGAIN | Action.PLAY_AGAIN:
                if self.engine is not None:
                    self.engine.retry_now()
            case Action.ENROL:
                self.open_enrolment()
            case Action.PAIR | Action.PAIR_AGAIN:
                self.open_pairing()

    def identify_now(self) -> None:
        """Asks about whoever stands there (Space)."""
        if self.engine is not None and self.view is not None and self.view.can_identify:
            self.engine.identify_now()

    def set_automatic(self, *, on: bool) -> None:
        """Whether people are identified without Space (F6)."""
        self.apply(replace(self.settings, automatic=on))

    def switch_theme(self) -> None:
        """Light to dark and back (F9)."""
        self.apply(
            replace(self.settings, theme="light" if self.settings.theme == "dark" else "dark")
        )

    def open_enrolment(self) -> None:
        """Opens the guided dialog (F2), once."""
        if self.dialogs.all:
            return
        if self.view is None or not self.view.can_enrol or self.engine is None:
            hint = self.view.enrol_hint if self.view is not None else ""
            usual = "The camera and the models must be ready first."
            self.toast.show(hint or usual, tone="warn")
            return
        server = self.presenter.link.server_name
        if self.view.must_sign_in:
            self.dialogs.open_sign_in(self.engine, server=server, done=self.open_enrolment)
            return
        mirror, signed_in = self.settings.mirror_preview, self.view.signed_in
        self.dialogs.open_enrolment(self.engine, mirror=mirror, server=server, signed_in=signed_in)

    def open_kept(self) -> None:
        """Opens the list of events that the server will never take (F7), once."""
        if self.engine is not None:
            self.dialogs.open_kept(self.engine)

    def open_settings(self, *, field: str = "") -> None:
        """Opens the settings dialog (F10), once.

        Args:
            field: The field that gets the keyboard: "server", "source" or "".
        """
        self.dialogs.open_settings(
            self.settings,
            field=field,
            sounds=self.sounds,
            engine=self.engine,
            on_save=self.apply,
            on_pair=self.open_pairing,
        )

    def open_pairing(self, *, find: "Callable[[], FinderLike] | None" = None) -> None:
        """Opens the dialog that pairs this checkpoint with a server, once.

        Args:
            find: Looks for servers in place of what is installed for that.
        """
        if self.engine is None:
            self.toast.show("The checkpoint is still starting. Try again in a moment.", tone="warn")
            return
        changed = self.presenter.link.state is LinkState.SERVER_CHANGED
        self.dialogs.open_pairing(self.engine, server_changed=changed, find=find)

    def take_keyboard_back(self) -> None:
        """Puts the keyboard on the first button: a dialog was closed."""
        # A window that is destroyed as a whole takes its dialogs along after its buttons.
        if not self.closing and self.identify_button.winfo_exists():
            self.identify_button.focus_force()

    def apply(self, settings: ClientSettings) -> None:
        """Takes over changed settings, shows them, passes them on and writes them down."""
        old, self.settings = self.settings, settings
        self.presenter.automatic = settings.automatic
        self._automatic.set(settings.automatic)
        self.sounds.enabled = settings.sound
        self.video.mirror = settings.mirror_preview
        self._show_name()
        theme.switch(self.root, settings.theme)
        if old.network != settings.network:
            self.toast.show("The face model counts when the checkpoint is started again.")
        if self.engine is not None:
            pass_on(self.engine, old, settings)
        self._write_down(settings)
        self.refresh()

    def _write_down(self, settings: ClientSettings) -> None:
        if self.settings_file is None:
            return
        try:
            kept_settings.save(settings, self.settings_file)
        except OSError as error:
            reason = error.strerror or "the disk refused"
            self.toast.show(f"The settings could not be kept: {reason}.", tone="warn")

    # ------------------------------------------------------------------ the end

    @property
    def closing(self) -> bool:
        """Whether `close` was called."""
        return self._closing_since is not None

    def close(self) -> None:
        """Ends the checkpoint, then the window. Returns at once; nothing is joined here."""
        if self._closing_since is not None:
            return
        self._closing_since = time.monotonic()
        for ended in self.on_close:
            ended()
        self.dialogs.close()
        # Not withdrawn: Tk 8.6 remembers a withdrawn window's focus beyond its end, and crashes on
        # it in the next window of the same process.
        self.banner.show(wording.CLOSING)
        if self.engine is not None:
            self.engine.close()
        self._await_end()

    def _await_end(self) -> None:
        since = self._closing_since
        starting = self._starter is not None and self._starter.alive
        if not starting and self.engine is None and self._starter is not None:
            self.engine = self._starter.made  # its word may still wait in the mailbox
            if self.engine is not None:
                self.engine.close()
        alive = starting or (self.engine is not None and self.engine.alive)
        if since is not None and alive and time.monotonic() - since < CLOSE_WITHIN_S:
            self._timers["close"] = self.root.after(CLOSE_POLL_MS, self._await_end)
            return
        self.pump.stop()
        for timer in self._timers.values():
            with contextlib.suppress(tkinter.TclError):
                self.root.after_cancel(timer)
        self.sounds.close()
        self.root.destroy()

    def _every(self, period_ms: int, name: str, work: Callable[[], None]) -> None:
        def turn() -> None:
            self._timers[name] = self.root.after(period_ms, turn)
            work()

        self._timers[name] = self.root.after(period_ms, turn)
