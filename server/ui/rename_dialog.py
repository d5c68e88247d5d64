"""Asks for another name, of a person or a checkpoint."""

import tkinter
from collections.abc import Callable
from functools import partial
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, button
from protocol.errors import NameInvalid
from protocol.text import clean_name, printable
from server.ui.controls import enable, entry
from server.ui.desk import Desk


class RenameDialog(Dialog):
    """The new name is checked while it is typed and stored in the background.

    Args:
        parent: Where it goes.
        desk: What pages share.
        name: The one until now.
        rename: Stores another one; in the background.
        renamed: Called when it is done.
        note: What a new name changes, and what not.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        name: str,
        rename: Callable[[str], object],
        renamed: Callable[[], None],
        note: str = "Events of the past keep the old name.",
    ) -> None:
        super().__init__(parent, title="Rename", width=420)
        self._desk = desk
        self._rename = rename
        self._renamed = renamed
        self._note = note
        ttk.Label(self.body, text=f"New name of {printable(name, 50)}", style="Bold.TLabel").pack(
            anchor="w"
        )
        self.field = entry(self.body, width=44)
        self.field.insert(0, name)
        self.field.selection_range(0, "end")
        self.field.pack(fill="x", pady=(px(self, 6), px(self, 6)))
        self.note = IconLabel(self.body, style="Muted.TLabel")
        self.note.configure(wraplength=px(self, 400), justify="left")
        self.note.pack(fill="x")
        self.accept_button = button(
            self.buttons, text="Rename", command=self.accept, look="primary"
        )
        self.accept_button.pack(side="right")
        button(self.buttons, text="Cancel", command=self.cancel).pack(
            side="right", padx=(0, px(self, 8))
        )
        self.field.bind("<KeyRelease>", lambda _event: self.check())
        self.field.bind("<Return>", lambda _event: self.accept())
        self.check()

    def check(self) -> str | None:
        """The cleaned name when it can be used; otherwise says what is wrong with it."""
        try:
            name = clean_name(self.field.get())
        except NameInvalid as mistake:
            self.note.show(str(mistake), "bad")
            enable(self.accept_button, on=False)
            return None
        self.note.plain(self._note)
        enable(self.accept_button, on=True)
        return name

    def accept(self) -> None:
        """Stores the name; a refusal is shown here and the dialog stays."""
        name = self.check()
        if name is None:
            return
        self._desk.ask("", partial(self._rename, name), self._done, self._refused)

    def _done(self, _renamed: object) -> None:
        self._renamed()
        if self.winfo_exists():
            self.destroy()

    def _refused(self, error: Exception) -> None:
        if self.winfo_exists():
            self.note.show(str(error), "bad")
        else:
            self._desk.complain(error)
