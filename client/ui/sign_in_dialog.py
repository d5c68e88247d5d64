"""Asks who enrols: name and password of an account on the server. Neither is kept here."""

import math
import time
import tkinter
from collections.abc import Callable
from dataclasses import dataclass
from tkinter import ttk

import ttkbootstrap as tb

from client import sign_in_wording
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
_COUNT_MS = 200


@dataclass(frozen=True, slots=True)
class _Wait:
    """Whose name was typed, why it was refused, until when, and whether it was for long."""

    who: str
    why: str
    until_s: float
    long: bool


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
        self._now_s: Callable[[], float] = time.monotonic  # the clock of the wall may be set
        self._wait: _Wait | None = None
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
        self.let = WrapLabel(self.body, text="", style="Muted.TLabel", width=WIDTH)
        self.sign_in_button = button(
            self.buttons, "Sign in", self.accept, key="Enter", primary=True
        )
        self.cancel_button = button(self.buttons, "Cancel", self.cancel, key="Esc")
        self.now_button = button(self.buttons, "Try now", lambda: self.accept(at_once=True))
        self.sign_in_button.pack(side="right")
        self.cancel_button.pack(side="right", padx=px(self, 8))
        self.name_entry.bind("<Return>", lambda _event: self.password_entry.focus_set())
        self.password_entry.bind("<Return>", lambda _event: self.accept())
        self.name.trace_add("write", lambda *_: self._show())

    @property
    def waiting(self) -> bool:
        """Whether it is too soon for the name that stands there."""
        return self._wait is not None and self._wait.who == _who(self.name.get())

    def accept(self, *, at_once: bool = False) -> None:
        """Asks the server; the field of the password is empty from then on.

        Args:
            at_once: Although it is too soon: the administrator may have ended the wait.
        """
        name, password = self.name.get().strip(), self.password_entry.get()
        if self.asking or (self.waiting and not at_once):
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
            self._wait = _Wait(
                who=_who(self.name.get()),
                why=sign_in_wording.why(event),
                until_s=self._now_s() + event.wait_s,
                long=event.wait_s >= sign_in_wording.LONG_S,
            )
            self._count()
        self._show()
        self.centre()
        self.password_entry.focus_set()

    def _count(self) -> None:
        """Says how long is left, until it is over."""
        self._timer = ""
        if self._wait is None:
            return
        left_s = math.ceil(self._wait.until_s - self._now_s())
        if left_s <= 0:
            self._wait = None
            self.told.show(sign_in_wording.AGAIN, "info")
            self._show()
            return
        self.told.show(sign_in_wording.waiting(self._wait.why, left_s), "bad")
        self._timer = self.after(_COUNT_MS, self._count)

    def _stop_waiting(self) -> None:
        self._wait = None
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
        for widget in (self.name_entry, self.password_entry):
            enable(widget, on=not self.asking)
        enable(self.sign_in_button, on=not self.asking and not self.waiting)
        if self._wait is not None and self._wait.long and self.waiting:
            self.let.configure(text=sign_in_wording.LET)
            self.let.pack(fill="x", pady=(px(self, 8), 0))
            self.now_button.pack(side="left")
        else:
            # Its line stays: a dialog that shrinks under the pointer would lose the keyboard.
            self.let.configure(text="")
            self.now_button.pack_forget()


def _who(name: str) -> str:
    """Names that count as the same, as at the server."""
    return " ".join(name.split()).casefold()
