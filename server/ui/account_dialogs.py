"""The dialogs of the Users page: a new account, another role, a new password."""

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import TYPE_CHECKING, Any

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel, button
from protocol.text import printable
from server.permissions import ROLE_WORDS, Role
from server.ui.controls import Choice, enable
from server.ui.desk import Desk
from server.ui.password_fields import NewPassword, labelled

if TYPE_CHECKING:
    from server.accounts_file import Account

_WIDTH = 420
_ROLES = [(str(role).capitalize(), role) for role in Role if role.of_people]


class AccountDialog(Dialog):
    """A form whose button asks the service layer; a refusal is shown and the dialog stays.

    Args:
        parent: The page.
        desk: What pages share.
        title: Of the dialog.
        word: Of its button.
        done: Called when it is done.
    """

    def __init__(
        self, parent: tkinter.Misc, desk: Desk, *, title: str, word: str, done: Callable[[], None]
    ) -> None:
        super().__init__(parent, title=title, width=_WIDTH)
        self._desk = desk
        self._done = done
        self.note = IconLabel(self.body, style="Muted.TLabel")
        self.note.configure(wraplength=px(self, _WIDTH - 20), justify="left")
        self.note.pack(side="bottom", fill="x", pady=(px(self, 6), 0))
        self.accept_button = button(self.buttons, text=word, command=self.accept, look="primary")
        self.accept_button.pack(side="right")
        button(self.buttons, text="Cancel", command=self.cancel).pack(
            side="right", padx=(0, px(self, 8))
        )

    def accept(self) -> None:
        """Asks for what was typed, when it can be used."""
        work = self.wanted()
        if work is not None:
            enable(self.accept_button, on=False)
            self._desk.ask("", work, self._finish, self._refused)

    def wanted(self) -> Callable[[], Any] | None:
        """What to do with what was typed; None when it cannot be used, which was said."""
        raise NotImplementedError

    def _finish(self, _result: object) -> None:
        self._done()
        if self.winfo_exists():
            self.destroy()

    def _refused(self, error: Exception) -> None:
        if self.winfo_exists():
            enable(self.accept_button, on=True)
            self.note.show(str(error), "bad")
        else:
            self._desk.complain(error)


class _RoleChoice:
    """A drop-down of roles with a sentence about the chosen one."""

    def __init__(self, parent: tkinter.Misc, role: Role) -> None:
        ttk.Label(parent, text="Role", style="Bold.TLabel").pack(anchor="w")
        self._choice = Choice(parent, _ROLES, changed=self._say, width=20)
        self._choice.choose(role)
        self._choice.widget.pack(anchor="w", pady=(px(parent, 3), px(parent, 4)))
        self._words = WrapLabel(parent, style="Muted.TLabel", width=_WIDTH)
        self._words.pack(fill="x", pady=(0, px(parent, 12)))
        self._say()

    def choose(self, role: Role) -> None:
        """Chooses one."""
        self._choice.choose(role)
        self._say()

    @property
    def role(self) -> Role:
        """The chosen one."""
        return Role(str(self._choice.value))

    def _say(self) -> None:
        self._words.configure(text=ROLE_WORDS[self.role])


class NewAccountDialog(AccountDialog):
    """A name, a role and a password."""

    def __init__(self, parent: tkinter.Misc, desk: Desk, *, done: Callable[[], None]) -> None:
        super().__init__(parent, desk, title="Add a user", word="Add", done=done)
        self.name = labelled(self.body, "Name to sign in with")
        self.role = _RoleChoice(self.body, Role.OPERATOR)
        self.passwords = NewPassword(self.body, name=self.name.get, accept=self.accept)
        self.passwords.pack(fill="x")

    def wanted(self) -> Callable[[], Any] | None:
        """The new account."""
        grid, name, password = self._desk.ready, self.name.get(), self.passwords.check()
        if grid is None or not name.strip():
            self.note.show("Type a name.", "warn")
            return None
        if password is None:
            self.passwords.complain()
            return None
        role = self.role.role
        return lambda: grid.administration.add_account(grid.actor, name, role, password)


class RoleDialog(AccountDialog):
    """Another role for an account."""

    def __init__(
        self, parent: tkinter.Misc, desk: Desk, account: "Account", *, done: Callable[[], None]
    ) -> None:
        super().__init__(parent, desk, title="Change a role", word="Change", done=done)
        self._account = account
        ttk.Label(
            self.body, text=f"Role of {printable(account.name, 50)}", style="Title.TLabel"
        ).pack(anchor="w", pady=(0, px(self, 10)))
        self.role = _RoleChoice(self.body, account.role)

    def wanted(self) -> Callable[[], Any] | None:
        """The other role."""
        grid, role, account_id = self._desk.ready, self.role.role, self._account.account_id
        if grid is None:
            return None
        return lambda: grid.administration.set_role(grid.actor, account_id, role)


class ResetPasswordDialog(AccountDialog):
    """A new password for somebody who forgot theirs."""

    def __init__(
        self, parent: tkinter.Misc, desk: Desk, account: "Account", *, done: Callable[[], None]
    ) -> None:
        super().__init__(parent, desk, title="Reset a password", word="Set password", done=done)
        self._account = account
        ttk.Label(
            self.body, text=f"New password of {printable(account.name, 50)}", style="Title.TLabel"
        ).pack(anchor="w", pady=(0, px(self, 10)))
        self.passwords = NewPassword(self.body, name=lambda: account.name, accept=self.accept)
        self.passwords.pack(fill="x")

    def wanted(self) -> Callable[[], Any] | None:
        """The new password."""
        grid, password, account_id = (
            self._desk.ready,
            self.passwords.check(),
            self._account.account_id,
        )
        if grid is None or password is None:
            self.passwords.complain()
            return None
        return lambda: grid.administration.reset_password(grid.actor, account_id, password)


class OwnPasswordDialog(AccountDialog):
    """One's own new password; the old one is asked for."""

    def __init__(self, parent: tkinter.Misc, desk: Desk, *, done: Callable[[], None]) -> None:
        super().__init__(parent, desk, title="Change your password", word="Change", done=done)
        self.before = labelled(self.body, "Your password until now", secret=True)
        self.passwords = NewPassword(self.body, name=str, accept=self.accept)
        self.passwords.pack(fill="x")

    def wanted(self) -> Callable[[], Any] | None:
        """The new password."""
        grid, before, password = self._desk.ready, self.before.get(), self.passwords.check()
        if grid is None or not before:
            self.note.show("Type your password until now.", "warn")
            return None
        if password is None:
            self.passwords.complain()
            return None
        return lambda: grid.administration.change_own_password(grid.actor, before, password)
