"""The users' page: accounts as the administrator sees them, one's own password for the others."""

import pytest

from server.accounts_file import AccountsUnreadable
from server.permissions import Role
from server.ui.account_dialogs import RoleDialog
from server.ui.window import ServerWindow
from tests.server.office import GOOD
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def names(window: ServerWindow) -> list[str]:
    """Who stands in the list."""
    table = window.users.table
    return [table.cells(iid)[0] for iid in table.get_children()]


def test_accounts_with_their_roles_and_wrong_passwords(window: ServerWindow) -> None:
    """By name; who was tried with wrong passwords stands out."""
    made_up(window).work_a_morning()
    window.go("Users")
    assert names(window) == ["administrator", "auditor", "enroller", "front desk", "night guard"]
    table = window.users.table
    guard = table.get_children()[-1]
    assert table.cells(guard)[1] == "viewer"
    assert table.cells(guard)[-1] == "1"
    assert "warn" in table.item(guard, "tags")


def test_what_others_change_is_followed(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the page is in front; who is chosen stays chosen, and a fault is told once."""
    accounts = made_up(window).books.accounts
    window.go("Users")
    (mine,) = window.users.table.get_children()
    window.users.table.selection_set(mine)
    accounts.add("Zoe", Role.VIEWER, GOOD)
    wait_until(lambda: names(window) == ["administrator", "Zoe"], window=window.root)
    assert window.users.table.chosen == mine

    def fail(_accounts: object) -> None:
        raise AccountsUnreadable("The accounts cannot be read.")

    with monkeypatch.context() as patch:
        patch.setattr(type(accounts), "list", fail)
        complained: list[Exception] = []
        patch.setattr(window.desk, "complain", complained.append)
        for _ in range(2):
            window.users.follow()
            answered: list[bool] = []
            window.desk.ask("", lambda: True, answered.append)  # after what was asked before it
            wait_until(lambda: bool(answered), window=window.root)  # noqa: B023 - at once
        assert len(complained) == 1
    assert names(window) == ["administrator", "Zoe"]


def test_the_last_administrator_is_not_removed(window: ServerWindow) -> None:
    """The sentence is shown, the account stays."""
    window.go("Users")
    (only,) = window.users.table.get_children()
    window.users.table.selection_set(only)
    window.root.after(50, lambda: _agree(window))
    window.users.ask_remove()
    wait_until(lambda: "last administrator" in window.desk.toast.text, window=window.root)
    assert names(window) == ["administrator"]


def _agree(window: ServerWindow) -> None:
    for child in window.root.winfo_children():
        if hasattr(child, "agree"):
            child.agree.invoke()


def test_a_role_is_changed_in_its_dialog(window: ServerWindow) -> None:
    """It counts at once."""
    made_up(window).sign_in(Role.VIEWER)
    window.go("Users")
    (account,) = [one for one in made_up(window).books.accounts.list() if one.role is Role.VIEWER]
    dialog = RoleDialog(window.users, window.desk, account, done=window.users.refresh)
    dialog.role.choose(Role.OPERATOR)
    dialog.accept()
    wait_until(lambda: not dialog.winfo_exists(), window=window.root)
    assert made_up(window).books.accounts.get(account.account_id).role is Role.OPERATOR  # type: ignore[union-attr]


def test_others_see_their_own_password_alone(window: ServerWindow) -> None:
    """No list, no buttons but one."""
    window.sign_in(made_up(window).sign_in(Role.ENROLLER))
    window.go("Users")
    window.root.update()
    assert not window.users.table.winfo_ismapped()
    assert window.users.own.winfo_ismapped()
    assert not any(made.winfo_ismapped() for made in (window.users.add, *window.users.acts))
