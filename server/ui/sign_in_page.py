"""What the window shows while nobody is signed in: first start, sign-in, or why neither can be."""

import math
import time
import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import TYPE_CHECKING

from desktop.ui.scroll_area import ScrollArea
from desktop.ui.theme import icon, on_change, palette, px
from desktop.ui.widgets import Card, IconLabel, WrapLabel, button
from protocol.text import printable
from server.command_words import server_command
from server.permissions import FIRST_NAME
from server.ui.controls import enable
from server.ui.password_fields import NewPassword, labelled

if TYPE_CHECKING:
    from server.accounts import SignInRefused
    from server.administration import Administration
    from server.permissions import Actor
    from server.ui.desk import Desk

_WIDTH = 420
_LONGEST_NAME = 60
_FIRST = (
    "Nobody can use this window without a password. Choose the one of the administrator: it opens "
    "the settings, the people and the accounts of everybody else."
)
_SERVED = "Checkpoints are served meanwhile."
_NOT_SERVED = "No checkpoint is served now."
_WAITING = "The data are being opened."
_SECOND_MS = 1000
_FORGOTTEN = "Forgotten? Whoever owns this computer types: {command}"


class SignInPage(ttk.Frame):
    """In the place of every other page. Names nobody.

    Args:
        parent: Where it goes.
        desk: Where questions go.
        signed_in: Called with who it is.
    """

    def __init__(
        self, parent: tkinter.Misc, desk: "Desk", *, signed_in: Callable[["Actor"], None]
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._signed_in = signed_in
        self._administration: Administration | None = None
        self._name = ""
        self._timer = ""
        self._what, self._served = "", False
        self.first_start = False
        self.busy = False
        area = ScrollArea(self)
        area.outer.pack(fill="both", expand=True)
        self.card = Card(area.body, padding=28)
        self.card.pack(expand=True)
        self._picture = ttk.Label(self.card.body, style="Card.TLabel")
        self._picture.pack(pady=(0, px(self, 10)))
        self.title = ttk.Label(self.card.body, style="CardTitle.TLabel")
        self.title.pack(anchor="w")
        self.words = WrapLabel(self.card.body, style="CardMuted.TLabel", width=_WIDTH)
        self.words.pack(fill="x", pady=(px(self, 4), px(self, 14)))
        ttk.Frame(self.card.body, style="Card.TFrame", width=px(self, _WIDTH), height=1).pack()
        self.form = ttk.Frame(self.card.body, style="Card.TFrame")
        self.form.pack(fill="x")
        on_change(self, lambda _colours: self._paint())
        self._paint()
        self.show(None)

    def show(self, administration: "Administration | None") -> None:
        """Shows what can be done now: nothing before the accounts are open."""
        self._administration = administration
        self._stop_counting()
        for child in self.form.winfo_children():
            child.destroy()
        self.busy = False
        if administration is None:
            self.title.configure(text="FaceNetGrid server")
            self._say_what(_WAITING)
            return
        try:
            self.first_start = administration.without_password
        except Exception as error:  # noqa: BLE001 - an unreadable file; told on the screen
            self.title.configure(text="Nobody can sign in")
            self._say_what(str(error))
            return
        if self.first_start:
            self._build_first()
        else:
            self._build_sign_in()
        self._say_what(_FIRST if self.first_start else "")

    @property
    def ready(self) -> bool:
        """Whether something can be typed."""
        return bool(self.form.winfo_children())

    def tell_served(self, *, on: bool) -> None:
        """Says whether checkpoints are served, though nobody is signed in."""
        self._served = on
        self._say_what(self._what)

    def _say_what(self, what: str) -> None:
        self._what = what
        served = _SERVED if self._served else _NOT_SERVED
        self.words.configure(text=f"{what} {served}".strip() if self.ready else what)

    def focus_first(self) -> None:
        """Puts the keyboard where something is to be typed."""
        for child in (getattr(self, "name", None), getattr(self, "password", None)):
            if child is not None and child.winfo_exists() and not child.get().strip():
                child.focus_set()
                return

    def say(self, sentence: str) -> None:
        """Says something under the fields."""
        if self.form.winfo_children():
            self.note.show(sentence, "warn")

    # What stands in the form.

    def _build_first(self) -> None:
        self.title.configure(text="First start: the administrator's password")
        self.name = labelled(self.form, "Name to sign in with", style="Card")
        self.name.insert(0, FIRST_NAME)
        self.passwords = NewPassword(
            self.form, name=self.name.get, accept=self.accept, style="Card"
        )
        self.passwords.pack(fill="x")
        self.password = self.passwords.first
        self._build_end("Set the password")

    def _build_sign_in(self) -> None:
        self.title.configure(text="Locked")
        self.name = labelled(self.form, "Name", style="Card")
        self.name.insert(0, self._name)
        self.password = labelled(self.form, "Password", secret=True, style="Card")
        self.name.bind("<Return>", lambda _event: self.password.focus_set())
        self.password.bind("<Return>", lambda _event: self.accept())
        self._build_end("Sign in")
        self.forgotten = WrapLabel(self.form, style="CardMuted.TLabel", width=_WIDTH)
        self.forgotten.pack(fill="x", pady=(px(self, 14), 0))
        self.name.bind("<KeyRelease>", lambda _event: self._say_forgotten())
        self._say_forgotten()

    def _say_forgotten(self) -> None:
        """The command for the name that stands there."""
        name = printable(" ".join(self.name.get().split()), _LONGEST_NAME) or "NAME"
        command = server_command("password", name, folder=self._desk.data_folder)
        self.forgotten.configure(text=_FORGOTTEN.format(command=command))

    def _build_end(self, word: str) -> None:
        self.note = IconLabel(self.form, style="CardMuted.TLabel")
        self.note.configure(wraplength=px(self, _WIDTH - 20), justify="left")
        self.note.pack(fill="x", pady=(px(self, 4), px(self, 10)))
        self.button = button(self.form, text=word, command=self.accept, look="primary")
        self.button.pack(anchor="w")
        self.focus_first()

    # Acts.

    def accept(self) -> None:
        """Signs in, or sets the first password."""
        administration = self._administration
        if administration is None or self.busy:
            return
        name, password = self.name.get(), self.password.get()
        if self.first_start:
            chosen = self.passwords.check()
            if chosen is None:
                self.passwords.complain()
                return
            work = lambda: administration.first_administrator(name, chosen)  # noqa: E731
        elif not name.strip() or not password:
            self.note.show("Type the name and the password.", "warn")
            self.focus_first()
            return
        else:
            work = lambda: administration.sign_in(name, password)  # noqa: E731
        self._stop_counting()
        self.busy = True
        enable(self.button, on=False)
        self.note.plain("One moment.")
        self._desk.background.ask("sign in", work, self._done, self._refused)

    def _done(self, actor: "Actor") -> None:
        self._name = self.name.get().strip()
        self._signed_in(actor)

    def _refused(self, error: Exception) -> None:
        from server.accounts import SignInRefused  # late: the window comes first

        self.busy = False
        if not self.form.winfo_children():
            return
        enable(self.button, on=True)
        self.note.show(str(error), "bad")
        if not self.first_start:
            self.password.delete(0, "end")
            self.password.focus_set()
        if isinstance(error, SignInRefused) and error.wait_s:
            self._count(error, time.monotonic() + error.wait_s)

    def _count(self, refused: "SignInRefused", until_s: float) -> None:
        """Counts the seconds down for who waits, and takes the sentence away when they are over."""
        left_s = math.ceil(until_s - time.monotonic())
        if left_s <= 0:
            self._timer = ""
            self.note.plain("")
            return
        self.note.show(refused.saying(left_s), "bad")
        self._timer = self.after(_SECOND_MS, self._count, refused, until_s)

    def _stop_counting(self) -> None:
        if self._timer:
            self.after_cancel(self._timer)
            self._timer = ""

    def destroy(self) -> None:
        """Goes with the window."""
        self._stop_counting()
        super().destroy()

    def _paint(self) -> None:
        self._picture.configure(image=icon("lock", palette(self).muted, size=34))
