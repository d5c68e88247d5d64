"""Signing in: nothing else can be done before, and mistakes are sentences."""

import time
from pathlib import Path

import pytest

from server.accounts import SignInRefused
from server.failed_sign_ins import FailedSignIns
from server.permissions import Role
from server.ui import sign_in_page
from server.ui.account_dialogs import OwnPasswordDialog
from server.ui.made_up_books import MADE_UP_PASSWORD
from server.ui.window import ServerWindow
from tests.server.office import OTHER
from tests.server.ui.conftest import made_up, set_first_password
from tests.support import tab_stops, wait_until


def note(window: ServerWindow) -> str:
    """What stands under the fields."""
    return str(window.sign_in_page.note.cget("text"))


def typed(window: ServerWindow, name: str, password: str) -> None:
    """Types and presses the button."""
    page = window.sign_in_page
    for field, text in ((page.name, name), (page.password, password)):
        field.delete(0, "end")
        field.insert(0, text)
    page.button.invoke()


def test_a_locked_window_opens_for_who_has_an_account(window: ServerWindow) -> None:
    """A wrong password is a sentence, the right one brings that role's pages."""
    made_up(window).sign_in(Role.AUDITOR)
    window.lock()
    page = window.sign_in_page
    window.root.update()
    assert [one for one in tab_stops(window.root) if str(one).startswith(str(page))] == [
        page.name,
        page.password,
        page.button,
    ]
    page.password.focus_force()
    typed(window, " ", OTHER)
    assert "Type the name" in note(window)
    wait_until(lambda: window.root.focus_get() is page.name, window=window.root)
    typed(window, "auditor", OTHER)
    wait_until(lambda: "wrong" in note(window), window=window.root)
    assert not window.signed_in
    assert window.sign_in_page.password.get() == ""
    typed(window, "Auditor", MADE_UP_PASSWORD)
    wait_until(lambda: window.signed_in, window=window.root)
    assert window.desk.name == "auditor"
    assert not window.sign_in_page.winfo_ismapped()


def test_too_many_wrong_ones_have_to_wait(window: ServerWindow) -> None:
    """And the sentence says how long."""
    window.lock()
    for _ in range(3):
        typed(window, "administrator", OTHER)
        wait_until(lambda: not window.sign_in_page.busy, window=window.root)
    wait_until(lambda: "Try again in" in note(window), window=window.root)


def test_the_first_start_asks_for_a_password_of_one_s_own(window: ServerWindow) -> None:
    """A weak one is refused where it is typed; a good one makes the administrator."""
    made_up(window).forget_accounts()
    window.lock()
    page = window.sign_in_page
    assert page.first_start
    assert page.name.get() == "administrator"
    for weak in ("", "administrator", "password1234"):
        page.passwords.clear()
        page.passwords.first.insert(0, weak)
        page.passwords.again.insert(0, weak)
        page.button.invoke()
        window.root.update()
        assert not window.signed_in
    page.passwords.clear()
    set_first_password(window)
    assert window.desk.grid is not None
    assert window.desk.grid.actor.role is Role.ADMINISTRATOR
    window.lock()
    assert not window.sign_in_page.first_start


def test_accounts_that_cannot_be_read_are_said(window: ServerWindow) -> None:
    """Nobody can sign in, and the file is not written over."""
    accounts = made_up(window).books.accounts
    path = accounts._file._path
    path.write_bytes(b"rubbish")
    window.lock()
    assert "cannot be read" in str(window.sign_in_page.words.cget("text"))
    assert not window.sign_in_page.ready
    assert path.read_bytes() == b"rubbish"


def test_a_forgotten_password_names_the_data_folder(window: ServerWindow, tmp_path: Path) -> None:
    """The command can be typed as it stands, where the data are not in the usual place."""
    made_up(window).sign_in(Role.AUDITOR)
    window.desk.data_folder = tmp_path
    window.lock()
    told = str(window.sign_in_page.forgotten.cget("text"))
    assert f"server password NAME --data {tmp_path}" in told


def test_who_signs_in_is_told_of_tries_with_their_name(window: ServerWindow) -> None:
    """Over the pages, until it is answered or the window is locked; not a second time."""
    window.lock()
    typed(window, "administrator", OTHER)
    wait_until(lambda: "wrong" in note(window), window=window.root)
    typed(window, "administrator", MADE_UP_PASSWORD)
    wait_until(window.notice.winfo_ismapped, window=window.root)
    assert "1 try to sign in with your name failed" in window.notice.text
    assert "change your password, and look into the audit log" in window.notice.text
    window.notice.button.invoke()
    window.root.update()
    assert window.page == "Users"
    dialogs = [one for one in window.root.winfo_children() if isinstance(one, OwnPasswordDialog)]
    assert len(dialogs) == 1
    dialogs[0].cancel()
    window.root.update()
    assert window.notice.winfo_ismapped()
    window.lock()
    assert not window.notice.winfo_ismapped()
    typed(window, "administrator", MADE_UP_PASSWORD)
    wait_until(lambda: window.signed_in, window=window.root)
    told: list[bool] = []
    window.desk.ask("", lambda: True, told.append)  # answered after what was asked before it
    wait_until(lambda: bool(told), window=window.root)
    assert not window.notice.winfo_ismapped()


def test_a_changed_password_answers_what_was_told(window: ServerWindow) -> None:
    """The notice goes with the new password, and not with the dialog for it."""
    window._tell_failed(FailedSignIns(2, 1_700_000_000_000, 0, ever=True))
    window.notice.button.invoke()
    window.root.update()
    (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, OwnPasswordDialog)]
    dialog.before.insert(0, MADE_UP_PASSWORD)
    for field in (dialog.passwords.first, dialog.passwords.again):
        field.insert(0, OTHER)
    assert window.notice.winfo_ismapped()
    dialog.accept()
    wait_until(lambda: not dialog.winfo_exists(), window=window.root)
    window.root.update()
    assert not window.notice.winfo_ismapped()


def test_who_has_to_wait_sees_the_seconds_go(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted down, and gone when it is over; another try stops it."""
    monkeypatch.setattr(sign_in_page, "_SECOND_MS", 5)
    window.lock()
    page = window.sign_in_page
    now_s = time.monotonic()
    monkeypatch.setattr(sign_in_page.time, "monotonic", lambda: now_s)
    page._refused(SignInRefused("The name or the password is wrong.", 3))
    assert note(window) == "The name or the password is wrong. Try again in 3 s."
    now_s += 2.5
    wait_until(lambda: note(window).endswith("Try again in 1 s."), window=window.root)
    now_s += 1
    wait_until(lambda: not note(window), window=window.root)
    page._refused(SignInRefused("Too many wrong passwords.", 90))
    assert note(window).endswith("Try again in 2 min.")
    typed(window, "administrator", MADE_UP_PASSWORD)
    assert note(window) == "One moment."
    wait_until(lambda: window.signed_in, window=window.root)


def test_the_command_for_a_forgotten_password_has_the_name(window: ServerWindow) -> None:
    """The one that is typed; otherwise it says that one belongs there."""
    window.lock()
    page = window.sign_in_page
    for typed_name, words in (("", "server password NAME"), ("Kim Lee", "password 'Kim Lee'")):
        page.name.delete(0, "end")
        page.name.insert(0, typed_name)
        page.name.event_generate("<KeyRelease>", keysym="e")
        window.root.update()
        assert words in str(page.forgotten.cget("text"))
