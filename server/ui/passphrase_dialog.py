"""Asks for the passphrase that the data are sealed with."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, WrapLabel, button
from server.ui.controls import enable, entry
from server.ui.server_grid import ServerGrid


class PassphraseDialog(Dialog):
    """One field; what is typed is shown as dots and kept nowhere.

    Args:
        parent: Where it goes.
        sentence: Why it is asked, such as that the last one was not right.
        unlock: Called with what was typed, when the dialog has gone.
    """

    def __init__(
        self, parent: tkinter.Misc, sentence: str, *, unlock: Callable[[str], object]
    ) -> None:
        super().__init__(parent, title="Passphrase", width=420)
        self._unlock = unlock
        ttk.Label(self.body, text="Passphrase of the data", style="Bold.TLabel").pack(anchor="w")
        self.field = entry(self.body, width=44)
        self.field.configure(show="•")
        self.field.pack(fill="x", pady=(px(self, 6), px(self, 6)))
        WrapLabel(self.body, text=sentence, style="Muted.TLabel", width=400).pack(fill="x")
        self.accept_button = button(self.buttons, text="Open", command=self.accept, look="primary")
        self.accept_button.pack(side="right")
        button(self.buttons, text="Cancel", command=self.cancel).pack(
            side="right", padx=(0, px(self, 8))
        )
        self.field.bind("<KeyRelease>", lambda _event: self.check())
        self.field.bind("<Return>", lambda _event: self.accept())
        self.check()

    def check(self) -> None:
        """Nothing typed is nothing to try."""
        enable(self.accept_button, on=bool(self.field.get()))

    def accept(self) -> None:
        """Tries it."""
        typed = self.field.get()
        if typed:
            self.field.delete(0, "end")
            self.cancel()
            self._unlock(typed)


def ask_passphrase(parent: tkinter.Misc, grid: ServerGrid | None, sentence: str) -> None:
    """Asks for it, when the data are locked, and opens them; nobody can have signed in then."""
    if grid is not None:
        dialog = PassphraseDialog(parent, sentence, unlock=grid.unlock)
        dialog.present(dialog.field)
