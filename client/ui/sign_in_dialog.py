"""Asks who enrols: name and password of an account on the server. Neither is kept here."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

import ttkbootstrap as tb

from client.events import ClientEvent
from client.sign_in_events import SignInAnswered
from client.ui.controls import button, enable, field
from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel
from protocol.text import printable

WIDTH = 460
_WHY = (
    "Whoever enrols people at this checkpoint signs in, with their account on {server}. Their name "
    "is kept with the person's consent."
)
_TYPE = "Type the name and the password."
_ASKING = "Asking the server…"
_AGAIN = "Now you can try again."
_SECOND_MS = 1000


class SignInDialog(Dialog):
    """Signs somebody in; gone as soon as they are.

    Args:
        parent: The checkpoint's window, or the enrolment it is for.
        sign_in: Asks the server with a name and a password; returns at once.
        server: What the server calls itself; "" while it has not said.
        name: Who was signed in before: most often it is they again. Then the password is next.
        done: Called when somebody is signed in and the dialog is gone.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        sign_in: Callable[[str, str], None],
        *,
        server: str,
        done: Callable[[], None],
        name: str = "",
    ) -> None:
        super().__init__(parent, title="Sign in to enrol", width=WIDTH)
        self._sign_in = sign_in
        self._done = done
        self.asking = False
        self._timer = ""
        self._build(printable(server, 40) or "the server", name)

    @property
    def first(self) -> ttk.Entry:
        """The field that is filled in next."""
        return self.password_entry if self.name.get().strip() else self.name_entry

    def _build(self, server: str, name: str) -> None:
        gap = px(self, 12)
        WrapLabel(
            self.body, text=_WHY.format(server=server), style="Muted.TLabel", width=WIDTH
        ).pack(fill="x", pady=(0, gap))
        grid = ttk.Frame(self.body, style="Plain.TFrame")
        grid.pack(fill="x")
        grid.columnconfigure(1, weight=1)
        self.name = tkinter.StringVar(self, name)
        self.name_entry = field(grid, self.name)
        # No variable: a Tcl variable would be one more place with the password in it.
        self.password_entry: ttk.Entry = tb.Entry(grid, show="•")
        for row, (word, entry) in enumerate(
            (("Name", self.name_entry), ("Password", self.password_entry))
        ):
            label = ttk.Label(grid, text=word, style="Bold.TLabel")
            label.grid(row=row, column=0, sticky="w", pady=px(self, 4))
            entry.grid(row=row, column=1, sticky="ew", padx=(gap, 0), pady=px(self, 4))
        self.told = IconLabel(self.body, style="Plain.TLabel")
        self.told.configure(wraplength=px(self, WIDTH - 24), justify="left")
        self.told.pack(fill="x", pady=(px(self, 8), 0))
        self.sign_in_button = button(
            self.buttons, "Sign in", self.accept, key="Enter", primary=True
        )
        self.cancel_button = button(self.buttons, "Cancel", self.cancel, key="Esc")
        self.sign_in_button.pack(side="right")
        self.cancel_button.pack(side="right", padx=px(self, 8))
        self.name_entry.bind("<Return>", lambda _event: self.password_entry.focus_set())
        self.password_entry.bind("<Return>", lambda _event: self.accept())

    def accept(self) -> None:
        """Asks the server; the field of the password is empty from then on."""
        name, password = self.name.get().strip(), self.password_entry.get()
        if self.asking:
            return
        if not name or not password:
            self.told.show(_TYPE, "warn")
            self.first.focus_set()
            return
        self.asking = True
        self._stop_waiting()
        self._wipe()
        self._show()
        self.told.show(_ASKING, "info", icon_name="hourglass-split")
        self._sign_in(name, password)

    def handle(self, event: ClientEvent) -> None:
        """Takes an event of the checkpoint: the answer."""
        if not isinstance(event, SignInAnswered) or not self.asking:
            return
        self.asking = False
        if event.ok:
            self.destroy()
            self._done()
            return
        self.told.show(event.sentence, "bad")
        if event.wait_s:
            self._timer = self.after(event.wait_s * _SECOND_MS, self._waited)
        self._show()
        self.centre()
        self.password_entry.focus_set()

    def _waited(self) -> None:
        """The time that the refusal told is over."""
        self._timer = ""
        self.told.show(_AGAIN, "info")

    def _stop_waiting(self) -> None:
        if self._timer:
            self.after_cancel(self._timer)
            self._timer = ""

    def destroy(self) -> None:
        """Closes; the password is nowhere any more."""
        self._stop_waiting()
        self._wipe()
        super().destroy()

    def _wipe(self) -> None:
        self.password_entry.configure(state="normal")
        self.password_entry.delete(0, "end")

    def _show(self) -> None:
        for widget in (self.name_entry, self.password_entry, self.sign_in_button):
            enable(widget, on=not self.asking)
