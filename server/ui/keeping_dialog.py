"""For how long each kind of data is kept, and where how many backups are."""

import tkinter
from collections.abc import Callable
from dataclasses import replace
from tkinter import filedialog, ttk
from typing import Any

from desktop.files import whole_path
from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel, button
from server.fault_words import count
from server.settings import KEPT_DAYS, ServerSettings
from server.ui.controls import enable, entry

_WORDS = {
    "event_days": "Events in the history",
    "stranger_days": "Strangers seen",
    "picture_days": "Pictures of people",
    "refused_photo_days": "Photos that were refused",
    "receipt_days": "Receipts of erasures",
    "set_aside_days": "What a restore set aside",
    "daily_backups": "Daily backups, how many",
    "backup_folder": "Folder of backups",
}
_BACKUPS = ("daily_backups", 0, 365)
_FOLDER_NOTE = (
    "Empty: in the data folder, which does not help when that disk breaks. Choose another disk."
)


class KeepingDialog(Dialog):
    """A number of days a kind; 0 is for ever.

    Args:
        parent: Where it goes.
        settings: What is kept now.
        save: Called with the settings to keep.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        settings: ServerSettings,
        *,
        save: Callable[[ServerSettings], None],
    ) -> None:
        super().__init__(parent, title="What is kept", width=440)
        self._settings = settings
        self._save = save
        WrapLabel(
            self.body,
            text="Days; 0 is for ever. What is older is deleted by itself, within the hour.",
            style="Muted.TLabel",
            width=420,
        ).pack(fill="x", pady=(0, px(self, 8)))
        self.fields: dict[str, ttk.Entry] = {}
        for name, least, most in (*KEPT_DAYS, _BACKUPS):
            row = ttk.Frame(self.body, style="Plain.TFrame")
            row.pack(fill="x", pady=(0, px(self, 5)))
            ttk.Label(row, text=_WORDS[name], style="Bold.TLabel").pack(side="left")
            field = entry(row, width=7)
            field.insert(0, str(getattr(settings, name)))
            field.pack(side="right")
            whole = name == "stranger_days" or not least
            note = f"{least} to {most}" if whole else f"0, or {least} to {most}"
            ttk.Label(row, text=note, style="Muted.TLabel").pack(
                side="right", padx=(0, px(self, 8))
            )
            field.bind("<KeyRelease>", lambda _event: self.check())
            field.bind("<Return>", lambda _event: self.accept())
            self.fields[name] = field
        self._add_folder()
        self.mistake = IconLabel(self.body, style="Muted.TLabel")
        self.mistake.configure(wraplength=px(self, 420), justify="left")
        self.mistake.pack(fill="x")
        self.accept_button = button(self.buttons, text="Keep", command=self.accept, look="primary")
        self.accept_button.pack(side="right")
        button(self.buttons, text="Cancel", command=self.cancel).pack(
            side="right", padx=(0, px(self, 8))
        )
        self.check()

    def _add_folder(self) -> None:
        row = ttk.Frame(self.body, style="Plain.TFrame")
        row.pack(fill="x")
        ttk.Label(row, text=_WORDS["backup_folder"], style="Bold.TLabel").pack(side="left")
        button(row, text="Choose…", command=self.choose).pack(side="right")
        self.folder = entry(row, width=22)
        self.folder.insert(0, self._settings.backup_folder)
        self.folder.pack(side="right", padx=(0, px(self, 8)))
        self.folder.bind("<KeyRelease>", lambda _event: self.check())
        self.folder.bind("<Return>", lambda _event: self.accept())
        WrapLabel(self.body, text=_FOLDER_NOTE, style="Muted.TLabel", width=420).pack(
            fill="x", pady=(px(self, 2), px(self, 5))
        )

    def choose(self) -> None:
        """Asks for the folder."""
        chosen = filedialog.askdirectory(parent=self, title=_WORDS["backup_folder"])
        if chosen:
            self.folder.delete(0, "end")
            self.folder.insert(0, whole_path(chosen))
            self.check()

    def check(self) -> ServerSettings | None:
        """Says what is wrong; gives the settings when nothing is."""
        found: ServerSettings | None = None
        try:
            kept: dict[str, Any] = {name: _days(one.get()) for name, one in self.fields.items()}
            kept["backup_folder"] = self.folder.get().strip()
            found, sentence = replace(self._settings, **kept), ""
        except ValueError as error:
            sentence = str(error)
            for name, word in _WORDS.items():
                sentence = sentence.replace(name, word)
        if sentence:
            self.mistake.show(sentence, "warn")
        elif found is not None and (lost := _lost(self._settings, found)):
            self.mistake.show(f"Keep deletes for good: {lost}.", "warn")
        else:
            self.mistake.plain("")
        enable(self.accept_button, on=found is not None)
        return found

    def accept(self) -> None:
        """Keeps it."""
        found = self.check()
        if found is not None:
            self.cancel()
            self._save(found)


def _lost(before: ServerSettings, after: ServerSettings) -> str:
    """What is kept shorter than before and so goes within the hour, in words; "" for nothing."""
    parts = [
        f"{_WORDS[name].lower()} older than {count(days, 'day')}"
        for name, _least, _most in KEPT_DAYS
        if (days := getattr(after, name)) and not 0 < getattr(before, name) <= days
    ]
    if 0 < after.daily_backups < before.daily_backups:
        parts.append(f"daily backups but the newest {after.daily_backups}")
    return ", ".join(parts)


def _days(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit()) or len(text) > 9:
        raise ValueError("Days and backups are whole numbers.")
    return int(text)
