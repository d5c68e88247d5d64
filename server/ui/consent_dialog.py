"""Asks on what ground people are enrolled: of one person afterwards, or before an import."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel, button
from protocol.text import printable
from server.grounds import EXAMPLE, GroundMissing, ground_of
from server.ui.controls import enable, entry
from server.ui.desk import Desk, PeopleLike, PersonLike

_WIDTH = 600
_GROUND = f"For instance: {EXAMPLE}. Noted at each person, with time and by whom."


class GroundField(ttk.Frame):
    """The field with its question and an example under it.

    Args:
        parent: Where it goes.
    """

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent, style="Plain.TFrame")
        ttk.Label(self, text="On what ground do they agree?", style="Bold.TLabel").pack(anchor="w")
        self.entry = entry(self, width=56)
        self.entry.pack(fill="x", pady=(px(self, 4), px(self, 2)))
        self.note = IconLabel(self, style="Muted.TLabel")
        self.note.configure(justify="left")
        self.note.plain(_GROUND)
        self._refused: str | None = None
        self.entry.bind("<KeyRelease>", lambda _event: self._typed(), add="+")
        self.note.pack(fill="x")
        # A refusal breaks its lines: the dialog keeps its width, and its place in the middle.
        icon = px(self, 20)
        self.bind("<Configure>", lambda e: self.note.configure(wraplength=max(1, e.width - icon)))

    def ground(self) -> str | None:
        """What was typed; None when it is no ground, which is said."""
        try:
            return ground_of(self.entry.get())
        except GroundMissing as missing:
            self.note.show(str(missing), "bad")
            self._refused = self.entry.get()
            self.entry.focus_set()
            return None

    def _typed(self) -> None:
        """What is being mended is not called wrong any more."""
        if self._refused not in (None, self.entry.get()):
            self._refused = None
            self.note.plain(_GROUND)


class NoteConsentDialog(Dialog):
    """Notes consent afterwards, for one person.

    Args:
        parent: Where it goes.
        desk: What pages share.
        people: The people service.
        person: Whose.
        noted: Called when it is done.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        people: PeopleLike,
        person: PersonLike,
        *,
        noted: Callable[[], None],
    ) -> None:
        super().__init__(parent, title="Note a consent", width=_WIDTH)
        self._desk = desk
        self._people = people
        self._person = person
        self._noted = noted
        WrapLabel(
            self.body,
            text=f"{printable(person.display_name, 60)} agreed to be recognised here, and not at a "
            "checkpoint: say where that can be read.",
            style="Plain.TLabel",
            width=_WIDTH,
        ).pack(fill="x", pady=(0, px(self, 10)))
        self.field = GroundField(self.body)
        self.field.pack(fill="x")
        self.accept_button = button(self.buttons, text="Note", command=self.accept, look="primary")
        self.accept_button.pack(side="right")
        button(self.buttons, text="Cancel", command=self.cancel).pack(
            side="right", padx=(0, px(self, 8))
        )
        self.field.entry.bind("<Return>", lambda _event: self.accept())

    def accept(self) -> None:
        """Notes it; a refusal is shown here and the dialog stays."""
        ground = self.field.ground()
        if ground is None:
            return
        enable(self.accept_button, on=False)
        people, subject_id = self._people, self._person.subject_id
        self._desk.ask(
            "", lambda: people.note_consent(subject_id, ground), self._done, self._refused
        )

    def _done(self, _person: PersonLike) -> None:
        self._noted()
        if self.winfo_exists():
            self.destroy()

    def _refused(self, error: Exception) -> None:
        if self.winfo_exists():
            enable(self.accept_button, on=True)
            self.field.note.show(str(error), "bad")
        else:
            self._desk.complain(error)


class GroundQuestion(Dialog):
    """Asks for the ground before people are taken in from files.

    Attributes:
        answer: The ground; None when it was cancelled.
    """

    def __init__(self, parent: tkinter.Misc, *, title: str, text: str, word: str) -> None:
        super().__init__(parent, title=title, width=_WIDTH)
        self.answer: str | None = None
        WrapLabel(self.body, text=text, style="Plain.TLabel", width=_WIDTH).pack(
            fill="x", pady=(0, px(self, 10))
        )
        self.field = GroundField(self.body)
        self.field.pack(fill="x")
        self.accept_button = button(self.buttons, text=word, command=self.accept, look="primary")
        self.accept_button.pack(side="right")
        button(self.buttons, text="Cancel", command=self.cancel).pack(
            side="right", padx=(0, px(self, 8))
        )
        self.field.entry.bind("<Return>", lambda _event: self.accept())

    def accept(self) -> None:
        """Takes what was typed, when it is a ground."""
        self.answer = self.field.ground()
        if self.answer is not None:
            self.destroy()
