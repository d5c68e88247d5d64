"""Fields of a form in which a password is typed: what it is for above, dots in the place of it."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import IconLabel
from server.ui.controls import entry

_WIDTH = 34
_WRAP = 380


def labelled(
    parent: tkinter.Misc, label: str, *, secret: bool = False, style: str = "Plain"
) -> ttk.Entry:
    """A word and a line to type into under it; `style` is `Plain` or `Card`."""
    word = "Bold.TLabel" if style == "Plain" else f"{style}Bold.TLabel"
    ttk.Label(parent, text=label, style=word).pack(anchor="w")
    field = entry(parent, width=_WIDTH)
    if secret:
        field.configure(show="•")
    field.pack(fill="x", pady=(px(parent, 3), px(parent, 10)))
    return field


class NewPassword(ttk.Frame):
    """A new password, typed twice, with a sentence about it while it is typed.

    Args:
        parent: Where it goes.
        name: Gives the name of the account, which makes no password.
        style: `Plain` or `Card`.
        accept: Called on Return.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        name: Callable[[], str],
        accept: Callable[[], object],
        style: str = "Plain",
    ) -> None:
        super().__init__(parent, style=f"{style}.TFrame")
        self._name = name
        self.first = labelled(self, "New password", secret=True, style=style)
        self.again = labelled(self, "The same once more", secret=True, style=style)
        self.note = IconLabel(
            self, style="Muted.TLabel" if style == "Plain" else "CardMuted.TLabel"
        )
        self.note.configure(wraplength=px(self, _WRAP), justify="left")
        self.note.pack(fill="x")
        for field in (self.first, self.again):
            field.bind("<KeyRelease>", lambda _event: self.check())
            field.bind("<Return>", lambda _event: accept())
        self.check()

    def check(self) -> str | None:
        """The password when it can be used; otherwise says what is wrong with it."""
        from security.passwords import strength  # late: the window comes first

        first, again = self.first.get(), self.again.get()
        judged = strength(first, name=self._name())
        if not first:
            self.note.plain(f"{judged.sentence} A sentence of a few words is best.")
            return None
        if not judged.good:
            self.note.show(judged.sentence, "bad")
            return None
        if first != again:
            if again:
                self.note.show("The two are not the same.", "bad")
            else:
                self.note.show(judged.sentence, "good")
            return None
        self.note.show(judged.sentence, "good")
        return first

    def complain(self) -> None:
        """Says what is missing, when somebody wants to go on without it."""
        if self.check() is None and self.first.get() and not self.again.get():
            self.note.show("Type it once more below.", "bad")
            self.again.focus_set()

    def clear(self) -> None:
        """Forgets what was typed."""
        for field in (self.first, self.again):
            field.delete(0, "end")
        self.check()
