"""The dialogs of accounts: checked where they are typed, refused by the service layer anyway."""

from server.permissions import Role
from server.ui.account_dialogs import NewAccountDialog, OwnPasswordDialog, ResetPasswordDialog
from server.ui.made_up_books import MADE_UP_PASSWORD
from server.ui.window import ServerWindow
from tests.server.office import OTHER
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def test_a_new_account_can_sign_in(window: ServerWindow) -> None:
    """A missing name, a weak password and a taken name are sentences in the dialog."""
    done: list[int] = []
    dialog = NewAccountDialog(window.users, window.desk, done=lambda: done.append(1))
    dialog.accept()
    assert "Type a name" in str(dialog.note.cget("text"))
    dialog.name.insert(0, "administrator")
    dialog.role.choose(Role.AUDITOR)
    for field in (dialog.passwords.first, dialog.passwords.again):
        field.insert(0, OTHER)
    dialog.accept()
    wait_until(lambda: "already" in str(dialog.note.cget("text")), window=window.root)
    dialog.name.delete(0, "end")
    dialog.name.insert(0, "checker")
    dialog.accept()
    wait_until(lambda: done, window=window.root)
    actor = made_up(window).books.administration.sign_in("checker", OTHER)
    assert actor.role is Role.AUDITOR


def test_one_s_own_password_needs_the_old_one(window: ServerWindow) -> None:
    """A wrong one is said; the right one changes it."""
    done: list[int] = []
    dialog = OwnPasswordDialog(window.users, window.desk, done=lambda: done.append(1))
    dialog.accept()
    assert "until now" in str(dialog.note.cget("text"))
    dialog.before.insert(0, "not the password")
    for field in (dialog.passwords.first, dialog.passwords.again):
        field.insert(0, OTHER)
    dialog.accept()
    wait_until(lambda: "wrong" in str(dialog.note.cget("text")), window=window.root)
    dialog.before.delete(0, "end")
    dialog.before.insert(0, MADE_UP_PASSWORD)
    dialog.accept()
    wait_until(lambda: done, window=window.root)
    made_up(window).books.administration.sign_in("administrator", OTHER)


def test_an_administrator_resets_another_s_password(window: ServerWindow) -> None:
    """Who forgot theirs signs in with the new one."""
    made_up(window).sign_in(Role.VIEWER)
    books = made_up(window).books
    (account,) = [one for one in books.accounts.list() if one.role is Role.VIEWER]
    done: list[int] = []
    dialog = ResetPasswordDialog(window.users, window.desk, account, done=lambda: done.append(1))
    dialog.accept()
    for field in (dialog.passwords.first, dialog.passwords.again):
        field.insert(0, OTHER)
    dialog.accept()
    wait_until(lambda: done, window=window.root)
    assert books.administration.sign_in(account.name, OTHER).role is Role.VIEWER
