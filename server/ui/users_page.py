"""The users: who may sign in, with which role; and everybody's own password."""

import tkinter
from collections.abc import Callable, Sequence
from functools import partial
from tkinter import ttk
from typing import TYPE_CHECKING

from desktop.ui.theme import px
from desktop.ui.widgets import Card, Confirmation, Dialog, WrapLabel, button
from protocol.text import printable
from server.permissions import ROLE_WORDS, Action, Role
from server.ui.account_dialogs import (
    NewAccountDialog,
    OwnPasswordDialog,
    ResetPasswordDialog,
    RoleDialog,
)
from server.ui.controls import PageTitle, enable, scrolled
from server.ui.desk import Desk
from server.ui.table import Column, Table
from server.ui.wording import clock

if TYPE_CHECKING:
    from server.accounts_file import Account

_COLUMNS = (
    Column("Name", 220, stretch=True),
    Column("Role", 130),
    Column("Added", 160),
    Column("Last signed in", 160),
    Column("Wrong passwords since", 170, align="center"),
)


class UsersPage(ttk.Frame):
    """Everybody who may sign in, for those who may see that; one's own password for all.

    Args:
        parent: Where it goes.
        desk: What pages share.
        own_changed: Called when who is signed in has changed their own password.
    """

    def __init__(
        self, parent: tkinter.Misc, desk: Desk, *, own_changed: Callable[[], None]
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._tell_own_changed = own_changed
        self._accounts: dict[str, Account] = {}
        self._told = ""
        self.manages = desk.may(Action.MANAGE_ACCOUNTS)
        self.sees = desk.may(Action.VIEW_ACCOUNTS)
        gap = px(self, 8)
        self.title = PageTitle(self, title="Users", note="")
        self.title.pack(fill="x", pady=(0, px(self, 10)))
        self.add = button(
            self.title.right,
            text="Add user",
            command=lambda: self._open(NewAccountDialog(self, desk, done=self.refresh)),
            look="primary",
            icon_name="person-plus",
        )
        self.own = button(
            self.title.right,
            text="Change your password",
            command=lambda: self._open(OwnPasswordDialog(self, desk, done=self._own_changed)),
            icon_name="key",
        )
        if self.manages:
            self.add.pack(side="right", padx=(gap, 0))
        self.own.pack(side="right")
        card = Card(self)
        card.pack(fill="both", expand=True)
        self.words = WrapLabel(card.body, style="CardMuted.TLabel", width=900)
        self.words.pack(side="bottom", fill="x", pady=(px(self, 10), 0))
        line = ttk.Frame(card.body, style="Card.TFrame")
        self.role = button(line, text="Role", command=self._change_role, icon_name="person-gear")
        self.reset = button(line, text="Reset password", command=self._reset, icon_name="key")
        self.remove = button(line, text="Remove", command=self.ask_remove, icon_name="trash")
        self.acts = (self.role, self.reset, self.remove)
        if self.manages:
            line.pack(side="bottom", fill="x", pady=(px(self, 10), 0))
            for made in self.acts:
                made.pack(side="left", padx=(0, gap))
        frame = ttk.Frame(card.body, style="Card.TFrame")
        self.table = Table(frame, _COLUMNS, rows=8)
        scrolled(frame, self.table)
        if self.sees:
            frame.pack(fill="both", expand=True)
        self.table.bind("<<TreeviewSelect>>", lambda _event: self._chosen())
        if self.manages:
            self.table.bind("<Delete>", lambda _event: self.ask_remove())
        self.refresh()

    def shown(self) -> None:
        """The page came to the front."""
        self.refresh()

    def refresh(self) -> None:
        """Shows who may sign in now."""
        grid = self._desk.ready
        if grid is None:
            return
        self.title.say(f"You are signed in as {self._desk.name} ({grid.actor.role}).")
        if self.sees:
            self._take(grid.administration.accounts(grid.actor))
        self._chosen()

    def follow(self) -> None:
        """Looks for what changed elsewhere: by the command line, a sign-in, a wrong password."""
        grid = self._desk.ready
        if grid is not None and self.sees:
            read = partial(grid.administration.accounts, grid.actor)
            self._desk.ask("users", read, self._take, self._unreadable)

    def _take(self, found: "Sequence[Account]") -> None:
        accounts, self._told = {one.account_id: one for one in found}, ""
        if accounts != self._accounts:
            self._accounts = accounts
            self.table.replace((one.account_id, _row(one), _tag(one)) for one in found)
            self._chosen()

    def _unreadable(self, error: Exception) -> None:
        """Once: it is looked for again every second."""
        if str(error) != self._told:
            self._told = str(error)
            self._desk.complain(error)

    def ask_remove(self) -> None:
        """Asks, naming the account, and then removes it."""
        account, grid = self._chosen_account(), self._desk.ready
        if account is None or grid is None or not self.manages:
            return
        dialog = Confirmation(
            self,
            title="Remove a user",
            question=f"Remove {printable(account.name, 50)}?",
            detail="They cannot sign in any more. What they did stays in the audit log.",
            agree="Remove",
            danger=True,
        )
        dialog.wait_for_answer(dialog.decline)
        if not dialog.yes or self._desk.ready is None:
            return
        self._desk.ask(
            "",
            partial(grid.administration.remove_account, grid.actor, account.account_id),
            lambda _none: self.refresh(),
        )

    def _change_role(self) -> None:
        self._with_account(lambda one: RoleDialog(self, self._desk, one, done=self.refresh))

    def _reset(self) -> None:
        self._with_account(
            lambda one: ResetPasswordDialog(self, self._desk, one, done=self.refresh)
        )

    def _with_account(self, make: "Callable[[Account], Dialog]") -> None:
        account = self._chosen_account()
        if account is not None:
            self._open(make(account))

    def _open(self, dialog: Dialog) -> None:
        dialog.present(_first_field(dialog))

    def _own_changed(self) -> None:
        self._desk.toast.show("Your password was changed.", tone="good")
        self._tell_own_changed()
        self.refresh()

    def _chosen_account(self) -> "Account | None":
        return self._accounts.get(self.table.chosen or "")

    def _chosen(self) -> None:
        account = self._chosen_account()
        for made in self.acts:
            enable(made, on=account is not None)
        grid = self._desk.ready
        role = account.role if account is not None else None
        role = role or (grid.actor.role if grid is not None else Role.VIEWER)
        self.words.configure(text=f"{str(role).capitalize()}: {ROLE_WORDS[role]}")


def _first_field(widget: tkinter.Misc) -> tkinter.Misc | None:
    """The first line to type into, or the first drop-down."""
    for child in widget.winfo_children():
        if child.winfo_class() in ("TEntry", "TCombobox"):
            return child
        if (found := _first_field(child)) is not None:
            return found
    return None


def _row(account: "Account") -> Sequence[str]:
    last = account.last_sign_in_ms
    return (
        printable(account.name),
        str(account.role),
        clock(account.created_at_ms),
        "never" if last is None else clock(last),
        str(account.failed) if account.failed else "–",
    )


def _tag(account: "Account") -> str:
    return "warn" if account.failed else "plain"
