"""Asks for another name of a person."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, button
from protocol.errors import NameInvalid
from protocol.text import clean_name, printable
from server.ui.controls import enable, entry
from server.ui.desk import Desk, PeopleLike, PersonLike


class RenameDialog(Dialog):
    """The new name is checked while it is typed and stored in the background.

    Args:
        parent: Where it goes.
        desk: What pages share.
        people: The people service.
        person: Who is renamed.
        renamed: Called when it is done.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        people: PeopleLike,
        person: PersonLike,
        *,
        renamed: Callable[[], None],
    ) -> None:
        super().__init__(parent, title="Rename", width=420)
        self._desk = desk
        self._people = people
        self._person = person
        self._renamed = renamed
        ttk.Label(
            self.body, text=f"New name of {printable(person.display_name, 50)}", style="Bold.TLabel"
        ).pack(anchor="w")
        self.field = entry(self.body, width=44)
        self.field.insert(0, person.display_name)
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
        self.note.plain("Events of the past keep the old name.")
        enable(self.accept_button, on=True)
        return name

    def accept(self) -> None:
        """Stores the name; a refusal is shown here and the dialog stays."""
        name = self.check()
        if name is None:
            return
        people, subject_id = self._people, self._person.subject_id
        self._desk.ask("", lambda: people.rename(subject_id, name), self._done, self._refused)

    def _done(self, _person: PersonLike) -> None:
        self._renamed()
        if self.winfo_exists():
            self.destroy()

    def _refused(self, error: Exception) -> None:
        if self.winfo_exists():
            self.note.show(str(error), "bad")
        else:
            self._desk.complain(error)
