"""The settings: the server's and those of faces; each explained and checked."""

import tkinter
from collections.abc import Callable, Iterator
from dataclasses import replace
from tkinter import ttk
from typing import cast

from desktop.files import whole_path
from desktop.ui.file_field import FileField
from desktop.ui.palette import ThemeName
from desktop.ui.scroll_area import ScrollArea
from desktop.ui.theme import px
from desktop.ui.widgets import IconLabel, button
from protocol.errors import NameInvalid
from protocol.text import clean_name
from server.addresses import EVERYWHERE, LOOPBACK
from server.permissions import Action
from server.settings import ServerSettings
from server.ui.controls import Choice, PageTitle, enable, entry, switch
from server.ui.desk import Desk
from server.ui.faces_form import FacesForm
from server.ui.keeping_dialog import KeepingDialog
from server.ui.settings_form import SettingsForm

_PICTURES = (
    "One small picture of each person, for the list, if they agreed. Off and saved deletes every "
    "picture kept."
)
_DELETES = "Save deletes every kept picture, for good."
_FORGETS = "Save deletes every stranger seen, for good."
_CLOSED = "The data are not open: the kept pictures could not be deleted. Try again when they are."
_NETWORK = (
    "An ONNX file of your own, the same at every checkpoint. People must be enrolled with it."
)
_LISTENS = "Checkpoints on other computers need every network."
_FIXED = "An administrator changes them."
_AT_NEXT_START = "Saved. Where it listens counts from the next start."


class SettingsPage(ttk.Frame):
    """A form. Nothing counts before Save, but for the theme, which is shown at once.

    Args:
        parent: Where it goes.
        desk: What pages share.
        settings: What is kept now.
        save: Called with the settings to keep.
        switch_theme: Shows a theme at once.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        settings: ServerSettings,
        save: Callable[[ServerSettings], None],
        switch_theme: Callable[[ThemeName], None],
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._settings = settings
        self._save = save
        self._switch_theme = switch_theme
        PageTitle(self, title="Settings", note=f"Kept in {desk.data_folder}").pack(
            fill="x", pady=(0, px(self, 10))
        )
        foot = ttk.Frame(self, style="Plain.TFrame")
        foot.pack(side="bottom", fill="x", pady=(px(self, 10), 0))
        self.save_button = button(foot, text="Save", command=self.save, look="primary")
        self.may_change = desk.may(Action.CHANGE_SETTINGS)
        if self.may_change:
            self.save_button.pack(side="left")
        self.undo = button(foot, text="Undo changes", command=self.fill)
        self.keeping = button(
            foot, text="What is kept, backups", command=self.ask_days, icon_name="clock-history"
        )
        if self.may_change:
            self.undo.pack(side="left", padx=(px(self, 8), px(self, 16)))
            self.keeping.pack(side="right")
        self.mistake = IconLabel(foot, style="Plain.TLabel")
        self.mistake.pack(side="left")
        area = ScrollArea(self)
        area.outer.pack(fill="both", expand=True)
        columns = area.body
        columns.columnconfigure((0, 1), weight=1, uniform="cards")
        columns.rowconfigure(0, weight=1)
        self.server = SettingsForm(columns, title="Server", width=440)
        self.server.grid(row=0, column=0, sticky="nsew", padx=(0, px(self, 6)))
        self.faces = FacesForm(columns, desk, changed=self._edited)
        self.faces.grid(row=0, column=1, sticky="nsew", padx=(px(self, 6), 0))
        self._fill_server()
        self.named, self.liveness = self.faces.named, self.faces.liveness
        self.expected, self.told_liveness = self.faces.expected, self.faces.told_liveness
        for field in (self.name, self.port, self.heartbeat, self.idle):
            field.bind("<KeyRelease>", lambda _event: self._edited())
            field.bind("<Return>", lambda _event: self.save())
        self.fill()

    def _fill_server(self) -> None:
        form = self.server.body
        self.name = entry(form, width=30)
        self.server.add("Name", self.name, "Shown to checkpoints when they connect.")
        self.port = entry(form, width=10)
        self.server.add("Port (0: any free one)", self.port, "")
        self.host = Choice(form, _hosts(self._settings.host), changed=self._edited, width=16)
        self.server.add("Listens on", self.host.widget, _LISTENS)
        self.heartbeat = entry(form, width=10)
        self.server.add("Heartbeat, seconds", self.heartbeat, "")
        self.idle = entry(form, width=10)
        self.server.add("Idle lock, minutes (0: none)", self.idle, "")
        self.theme = Choice(
            form, [("Light", "light"), ("Dark", "dark")], changed=self._theme_chosen, width=10
        )
        self.server.add("Theme   Ctrl+T", self.theme.widget, "")
        self.keep = tkinter.BooleanVar(self)
        self.keep_switch = switch(
            form, text="Keep pictures", on=self.keep, command=self._edited, on_card=True
        )
        self.server.add("Pictures", self.keep_switch, _PICTURES)
        self.network = FileField(
            form,
            check=_look_at_network,
            changed=self._edited,
            title="Face model",
            kinds=(("Face models", "*.onnx"),),
            empty="The face model that comes with FaceNetGrid.",
            style="Card.TFrame",
            text_style="CardMuted.TLabel",
        )
        self.server.add_wide("Face model", self.network, _NETWORK)

    def shown(self) -> None:
        """The page came to the front."""
        self.refresh()

    def refresh(self) -> None:
        """Takes over what was changed elsewhere, unless something is being edited here."""
        grid = self._desk.grid
        current = self._settings if grid is None else grid.settings
        if current != self._settings and not self._changed():
            self._settings = current
            self.fill()
        self.expect()

    def expect(self) -> None:
        """Says what the settings of faces lead to with the people enrolled now."""
        self.faces.expect()

    @property
    def kept(self) -> ServerSettings:
        """The settings that are kept now."""
        return self._settings

    def fill(self) -> None:
        """Shows what is kept."""
        kept = self._settings
        self._fix(on=False)  # a field that is disabled takes no text from us either
        for field, text in (
            (self.name, kept.name),
            (self.port, str(kept.port)),
            (self.heartbeat, f"{kept.heartbeat_s:g}"),
            (self.idle, str(kept.idle_lock_minutes)),
        ):
            field.delete(0, "end")
            field.insert(0, text)
        self.host.offer(_hosts(kept.host))
        self.host.choose(kept.host)
        self.keep.set(kept.keep_pictures)
        self.network.fill(kept.network)
        self.faces.fill(kept)
        self.theme.choose(kept.theme)
        self._switch_theme(kept.theme)
        self._edited()
        self._fix(on=True)

    def _fix(self, *, on: bool) -> None:
        """Who may change nothing sees fields that cannot be changed.

        But for the theme, which anybody may turn while they look, and what has a right of its own.
        """
        if self.may_change:
            return
        apart = (self.theme.widget, self.faces.forget_button)
        for card in (self.server, self.faces):
            for field in _fields(card):
                if field not in apart:
                    field.state(["disabled" if on else "!disabled"])

    def ask_days(self) -> None:
        """Asks for how long each kind of data is kept; that is kept at once."""
        dialog = KeepingDialog(self, self._settings, save=self._take_days)
        dialog.present(dialog.fields["event_days"])

    def _take_days(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._save(settings)
        self._edited()

    def take_theme(self, name: ThemeName) -> None:
        """The theme was changed from elsewhere; that is kept at once."""
        if not self.may_change:
            return  # shown, and not kept for the next start
        self._settings = replace(self._settings, theme=name)
        self.theme.choose(name)
        self._save(self._settings)
        self._edited()

    def save(self) -> None:
        """Keeps what is typed, or says what is wrong with it."""
        if not self.may_change:
            return
        try:
            wanted = self.wanted()
        except ValueError as mistake:
            self.mistake.show(str(mistake), "bad")
            return
        forgets = self._settings.keep_pictures and not wanted.keep_pictures
        if forgets and self._desk.ready is None:
            self.mistake.show(_CLOSED, "bad")
            return
        before, self._settings = self._settings, wanted
        self._save(wanted)
        self._edited()
        self.mistake.show(self._saved(before, wanted), "good")

    def _saved(self, before: ServerSettings, now: ServerSettings) -> str:
        if before.network != now.network:
            return "Saved. The face model counts when the server's program is started again."
        moved = (before.host, before.port) != (now.host, now.port)
        return _AT_NEXT_START if moved and self._desk.presenter.status.state.serving else "Saved."

    def wanted(self) -> ServerSettings:
        """The settings as typed.

        Raises:
            ValueError: With a sentence that names what is wrong.
        """
        try:
            name = clean_name(self.name.get())
        except NameInvalid as mistake:
            raise ValueError(str(mistake)) from None
        port = _whole(self.port.get())
        if port is None or not 0 <= port <= 65535:
            raise ValueError("The port is a whole number from 0 to 65535.")
        heartbeat_s = _number(self.heartbeat.get())
        if heartbeat_s is None or not 0.2 <= heartbeat_s <= 60:
            raise ValueError("The heartbeat is 0.2 to 60 seconds.")
        idle = _whole(self.idle.get())
        if idle is None or not 0 <= idle <= 240:
            raise ValueError("It locks after 1 to 240 minutes, or never with 0.")
        return replace(
            self.faces.wanted(self._settings),
            name=name,
            host=cast("str", self.host.value),
            port=port,
            heartbeat_s=heartbeat_s,
            idle_lock_minutes=idle,
            theme=cast("ThemeName", self.theme.value),
            keep_pictures=self.keep.get(),
            network=self._network(),
        )

    def _network(self) -> str:
        """The face model's file as typed; what is kept already is not asked about again."""
        path = whole_path(self.network.value)
        if path != self._settings.network and self.network.problem:
            raise ValueError(self.network.problem)
        return path

    def _changed(self) -> bool:
        try:
            return self.wanted() != self._settings
        except ValueError:
            return True

    def _edited(self) -> None:
        changed = self._changed()
        enable(self.save_button, on=changed)
        enable(self.undo, on=changed)
        if self._settings.keep_pictures and not self.keep.get():
            self.mistake.show(_DELETES, "warn")
        elif self._settings.keep_strangers and not self.faces.keep.get():
            self.mistake.show(_FORGETS, "warn")
        else:
            self.mistake.plain("" if self.may_change else _FIXED)

    def _theme_chosen(self) -> None:
        self._switch_theme(cast("ThemeName", self.theme.value))
        self._edited()


def _fields(widget: tkinter.Misc) -> Iterator[ttk.Widget]:
    """Everything below a widget that can be changed or pressed."""
    for child in widget.winfo_children():
        if isinstance(child, ttk.Entry | ttk.Checkbutton | ttk.Button):
            yield child
        yield from _fields(child)


def _look_at_network(path: str) -> tuple[bool, str]:
    from biometrics.network_check import check_network  # heavy, and in a thread

    return check_network(path)


def _hosts(kept: str) -> list[tuple[str, object]]:
    """What may be chosen; an address that was written into the settings' file stays one of them."""
    known: list[tuple[str, object]] = [("This computer", LOOPBACK), ("Every network", EVERYWHERE)]
    return known if kept in (LOOPBACK, EVERYWHERE) else [*known, (kept, kept)]


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
