"""For how long each kind of data is kept: days, and then it is deleted by itself."""

import tkinter
from collections.abc import Callable
from dataclasses import replace
from tkinter import ttk
from typing import Any

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel, button
from server.settings import KEPT_DAYS, ServerSettings
from server.ui.controls import enable, entry

_WORDS = {
    "event_days": "Events in the history",
    "stranger_days": "Strangers seen",
    "picture_days": "Pictures of people",
    "refused_photo_days": "Photos that were refused",
    "receipt_days": "Receipts of erasures",
}


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
        super().__init__(parent, title="How long data are kept", width=440)
        self._settings = settings
        self._save = save
        WrapLabel(
            self.body,
            text="Days; 0 is for ever. What is older is deleted by itself, within the hour.",
            style="Muted.TLabel",
            width=420,
        ).pack(fill="x", pady=(0, px(self, 8)))
        self.fields: dict[str, ttk.Entry] = {}
        for name, least, most in KEPT_DAYS:
            row = ttk.Frame(self.body, style="Plain.TFrame")
            row.pack(fill="x", pady=(0, px(self, 5)))
            ttk.Label(row, text=_WORDS[name], style="Bold.TLabel").pack(side="left")
            field = entry(row, width=7)
            field.insert(0, str(getattr(settings, name)))
            field.pack(side="right")
            note = f"{least} to {most}" if name == "stranger_days" else f"0, or {least} to {most}"
            ttk.Label(row, text=note, style="Muted.TLabel").pack(
                side="right", padx=(0, px(self, 8))
            )
            field.bind("<KeyRelease>", lambda _event: self.check())
            field.bind("<Return>", lambda _event: self.accept())
            self.fields[name] = field
        self.mistake = IconLabel(self.body, style="Muted.TLabel")
        self.mistake.configure(wraplength=px(self, 420), justify="left")
        self.mistake.pack(fill="x")
        self.accept_button = button(self.buttons, text="Keep", command=self.accept, look="primary")
        self.accept_button.pack(side="right")
        button(self.buttons, text="Cancel", command=self.cancel).pack(
            side="right", padx=(0, px(self, 8))
        )
        self.check()

    def check(self) -> ServerSettings | None:
        """Says what is wrong; gives the settings when nothing is."""
        found: ServerSettings | None = None
        try:
            days: dict[str, Any] = {name: _days(one.get()) for name, one in self.fields.items()}
            found, sentence = replace(self._settings, **days), ""
        except ValueError as error:
            sentence = str(error)
            for name, word in _WORDS.items():
                sentence = sentence.replace(name, word)
        self.mistake.configure(text=sentence)
        enable(self.accept_button, on=found is not None)
        return found

    def accept(self) -> None:
        """Keeps it."""
        found = self.check()
        if found is not None:
            self.cancel()
            self._save(found)


def _days(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit()) or len(text) > 9:
        raise ValueError("Days are whole numbers.")
    return int(text)
