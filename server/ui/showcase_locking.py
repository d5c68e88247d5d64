"""The window's states of signing in, users and audit, for pictures and tests."""

import contextlib
from collections.abc import Callable
from typing import cast

from server.permissions import Role
from server.ui.account_dialogs import NewAccountDialog
from server.ui.made_up import MadeUpGrid
from server.ui.window import ServerWindow


def _grid(window: ServerWindow) -> MadeUpGrid:
    return cast("MadeUpGrid", window.grid)


def _locked(window: ServerWindow) -> None:
    window.lock()


def _first_start(window: ServerWindow) -> None:
    _grid(window).forget_accounts()
    window.lock()
    window.sign_in_page.passwords.first.insert(0, "aaaaaaaaaaaaaaaa")
    window.sign_in_page.passwords.check()


def _users(window: ServerWindow) -> None:
    _grid(window).work_a_morning()
    window.go("Users")
    window.users.table.selection_set(window.users.table.get_children()[1])


def _add_user(window: ServerWindow) -> None:
    _users(window)
    dialog = NewAccountDialog(window.users, window.desk, done=window.users.refresh)
    dialog.present()


def _audit(window: ServerWindow) -> None:
    _grid(window).work_a_morning()
    window.go("Audit")


def _audit_changed(window: ServerWindow) -> None:
    grid = _grid(window)
    grid.work_a_morning()
    path = grid.books.audit.path
    path.write_bytes(path.read_bytes().replace(b"rename person", b"delete person", 1))
    window.go("Audit")


def _of(role: Role, page: str) -> Callable[[ServerWindow], None]:
    def show(window: ServerWindow) -> None:
        window.sign_in(_grid(window).sign_in(role))
        window.go(page)

    return show


def _failed_sign_ins(window: ServerWindow) -> None:
    from server.accounts import SignInRefused  # late, as the accounts themselves

    grid = _grid(window)
    for _ in range(2):
        with contextlib.suppress(SignInRefused):
            grid.books.administration.sign_in("administrator", "not the password")
    window.sign_in(grid.sign_in(Role.ADMINISTRATOR))


STATES: dict[str, Callable[[ServerWindow], None]] = {
    "sign-in": _locked,
    "first-start": _first_start,
    "failed-sign-ins": _failed_sign_ins,
    "users": _users,
    "user-new": _add_user,
    "users-own-password": _of(Role.VIEWER, "Users"),
    "audit": _audit,
    "audit-changed": _audit_changed,
    "dashboard-of-an-auditor": _of(Role.AUDITOR, "Dashboard"),
    "people-of-an-enroller": _of(Role.ENROLLER, "People"),
    "history-of-a-viewer": _of(Role.VIEWER, "History"),
}
