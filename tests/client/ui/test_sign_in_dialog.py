"""Signing in before an enrolment, by the keyboard as a guard would."""

from dataclasses import replace

import pytest

from client import sign_in_wording
from client.enrolment_events import EnrolAnswered
from client.events import LinkState, LinkStatus
from client.sign_in_events import SignInAnswered, SignInEnded
from client.ui import sign_in_dialog
from client.ui.enrol_dialog import EnrolDialog
from client.ui.sign_in_dialog import SignInDialog
from client.ui.window import CheckpointWindow
from tests.client.ui.fakes import CONNECTED, FakeEngine
from tests.client.ui.test_enrol_dialog import _filled, _settle
from tests.client.ui.test_enrol_left import asked
from tests.support import wait_until

PASSWORD = "a mole reads at noon"
KIM = SignInAnswered(ok=True, name="Kim Lee", idle_s=300)


@pytest.fixture
def dialog(window: CheckpointWindow, engine: FakeEngine) -> SignInDialog:
    """Open: F2 was pressed where whoever enrols signs in."""
    engine.tell(replace(CONNECTED, who_enrols="signed_in"))
    wait_until(lambda: window.view is not None and window.view.must_sign_in, window=window.root)
    window.root.event_generate("<F2>")
    wait_until(lambda: window.dialogs.sign_in is not None, window=window.root)
    found = window.dialogs.sign_in
    assert found is not None
    _settle(window)
    return found


def _enrol_dialog(window: CheckpointWindow) -> EnrolDialog:
    wait_until(lambda: window.dialogs.enrol is not None, window=window.root)
    found = window.dialogs.enrol
    assert found is not None
    _settle(window)
    return found


def _fill(dialog: SignInDialog) -> None:
    dialog.name.set("kim lee")
    dialog.password_entry.insert(0, PASSWORD)


def test_name_and_password_by_the_keyboard_then_the_enrolment(
    window: CheckpointWindow, dialog: SignInDialog, engine: FakeEngine
) -> None:
    """Return leads on; the password cannot be read and is wiped; nobody agreed to anything yet."""
    assert dialog.focus_get() is dialog.name_entry
    assert "begin_enrolment(3)" not in engine.calls
    dialog.name.set("kim lee")
    dialog.name_entry.event_generate("<Return>")
    dialog.update()
    assert dialog.focus_get() is dialog.password_entry
    assert dialog.password_entry.cget("show") == "•"
    dialog.password_entry.insert(0, PASSWORD)
    dialog.password_entry.event_generate("<Return>")
    dialog.update()
    assert engine.calls[-1] == f"sign_in(kim lee, {PASSWORD})"
    assert dialog.password_entry.get() == ""
    assert dialog.sign_in_button.instate(["disabled"])
    dialog.accept()
    assert engine.calls.count(f"sign_in(kim lee, {PASSWORD})") == 1
    engine.tell(KIM)
    enrolment = _enrol_dialog(window)
    assert not dialog.winfo_exists()
    assert enrolment.signed_in.text == "Signed in as Kim Lee"
    assert "begin_enrolment(3)" in engine.calls


@pytest.mark.parametrize(
    "sentence",
    [
        "The name or the password is wrong.",
        "Too many wrong passwords. Try again in 4 s.",
        "Your account may not enrol people. The administrator gives it the role enroller.",
        "The server cannot be reached. Sign in again when it is back.",
    ],
)
def test_a_refusal_is_said_and_the_password_typed_again(
    window: CheckpointWindow, dialog: SignInDialog, engine: FakeEngine, sentence: str
) -> None:
    """The name stays; nobody is enrolled meanwhile."""
    _fill(dialog)
    dialog.sign_in_button.invoke()
    engine.tell(SignInAnswered(ok=False, sentence=sentence, code="x"))
    wait_until(lambda: not dialog.asking, window=window.root)
    window.root.update()
    assert str(dialog.told.cget("text")).strip() == sentence
    assert (dialog.name.get(), dialog.password_entry.get()) == ("kim lee", "")
    assert dialog.sign_in_button.instate(["!disabled"])
    assert dialog.focus_get() is dialog.password_entry
    assert window.dialogs.enrol is None


def _refused(dialog: SignInDialog, engine: FakeEngine, *, wait_s: int) -> None:
    """A wrong password is typed, and the server's answer has come."""
    _fill(dialog)
    dialog.accept()
    sentence = f"Too many wrong passwords. Try again in {wait_s} s."
    engine.tell(
        SignInAnswered(ok=False, sentence=sentence, code="sign_in_later", wait_s=wait_s),
    )
    wait_until(lambda: not dialog.asking, window=dialog)


def _told(dialog: SignInDialog) -> str:
    return str(dialog.told.cget("text")).strip()


def test_a_wait_counts_down_and_the_button_comes_back(
    dialog: SignInDialog, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that nobody sets; what was typed meanwhile stays, and is not sent too soon."""
    monkeypatch.setattr(sign_in_dialog, "_COUNT_MS", 5)
    clock = [100.0]
    dialog._now_s = lambda: clock[0]
    _refused(dialog, engine, wait_s=30)
    assert _told(dialog) == "Too many wrong passwords. Try again in 30 s."
    assert dialog.sign_in_button.instate(["disabled"])
    assert not dialog.now_button.winfo_manager()
    asked = len(engine.calls)
    dialog.password_entry.insert(0, PASSWORD)
    dialog.password_entry.event_generate("<Return>")
    dialog.update()
    assert len(engine.calls) == asked
    clock[0] += 28.5
    wait_until(lambda: _told(dialog).endswith("Try again in 2 s."), window=dialog)
    clock[0] += 1.5
    wait_until(lambda: _told(dialog) == "Now you can try again.", window=dialog)
    assert dialog.sign_in_button.instate(["!disabled"])
    dialog.sign_in_button.invoke()
    assert engine.calls[-1] == f"sign_in(kim lee, {PASSWORD})"
    assert "Asking" in _told(dialog)


def test_a_wait_is_for_the_name_that_was_typed(dialog: SignInDialog, engine: FakeEngine) -> None:
    """Somebody else who comes along is not kept waiting by the window."""
    _refused(dialog, engine, wait_s=30)
    dialog.name.set("Ada")
    assert dialog.sign_in_button.instate(["!disabled"])
    dialog.name.set("Kim  LEE")
    assert dialog.sign_in_button.instate(["disabled"])


def test_who_was_let_sign_in_again_need_not_wait(
    window: CheckpointWindow, dialog: SignInDialog, engine: FakeEngine
) -> None:
    """A long wait says whom to ask; then it is tried at once."""
    _refused(dialog, engine, wait_s=843)
    assert _told(dialog) == "Too many wrong passwords. Try again in 14 min 3 s."
    assert dialog.let.cget("text") == sign_in_wording.LET
    dialog.password_entry.insert(0, PASSWORD)
    dialog.now_button.invoke()
    assert engine.calls[-1] == f"sign_in(kim lee, {PASSWORD})"
    assert dialog.let.cget("text") == ""
    engine.tell(KIM)
    wait_until(lambda: not dialog.winfo_exists(), window=window.root)


def test_nothing_is_asked_without_a_name_and_a_password(
    dialog: SignInDialog, engine: FakeEngine
) -> None:
    """The field that is empty has the keyboard."""
    dialog.accept()
    dialog.update()
    assert dialog.focus_get() is dialog.name_entry
    dialog.name.set("kim lee")
    dialog.accept()
    dialog.update()
    assert dialog.focus_get() is dialog.password_entry
    dialog.name.set(" ")
    dialog.password_entry.insert(0, PASSWORD)
    dialog.accept()
    dialog.update()
    assert dialog.focus_get() is dialog.name_entry
    assert not any(call.startswith("sign_in") for call in engine.calls)


def test_escape_enrols_nobody(window: CheckpointWindow, dialog: SignInDialog) -> None:
    """And the next F2 asks again."""
    _fill(dialog)
    dialog.event_generate("<Escape>")
    _settle(window)
    assert not dialog.winfo_exists()
    assert window.dialogs.all == []
    window.root.event_generate("<F2>")
    wait_until(lambda: window.dialogs.sign_in is not None, window=window.root)
    assert window.dialogs.sign_in is not None
    assert window.dialogs.sign_in.password_entry.get() == ""


def test_signing_out_ends_the_enrolment(
    window: CheckpointWindow, dialog: SignInDialog, engine: FakeEngine
) -> None:
    """What was not stored is gone, after a question; the next one is asked who they are."""
    _fill(dialog)
    dialog.accept()
    engine.tell(KIM)
    enrolment = _enrol_dialog(window)
    enrolment.type_name("Ada Lovelace")
    said = asked(enrolment, enrolment.signed_in.button.invoke, agree=False)
    assert "Sign out without saving?" in said
    assert enrolment.winfo_exists()
    asked(enrolment, enrolment.signed_in.button.invoke, agree=True)
    assert engine.calls[-2:] == ["sign_out", "cancel_enrolment"]
    engine.tell(SignInEnded())
    wait_until(lambda: window.view is not None and window.view.must_sign_in, window=window.root)
    assert window.dialogs.all == []


def test_a_sign_in_that_ended_meanwhile_loses_no_picture(
    window: CheckpointWindow, dialog: SignInDialog, engine: FakeEngine
) -> None:
    """Refused, signed in again over the enrolment, and the same is sent again by itself."""
    _fill(dialog)
    dialog.accept()
    engine.tell(KIM)
    enrolment = _enrol_dialog(window)
    _filled(window, enrolment, engine)
    enrolment.save()
    engine.tell(EnrolAnswered(ok=False, code="sign_in_first", message="It has ended."))
    wait_until(lambda: not enrolment.form.busy, window=window.root)
    _settle(window)
    assert enrolment.signed_in.text == "The sign-in has ended."
    assert enrolment.page.answer.text == "Sign in first\nIt has ended."
    window.root.after(50, lambda: None)
    enrolment.page.answer.button.invoke()
    again = enrolment.sign_in_dialog
    assert again is not None
    wait_until(lambda: again.focus_get() is again.password_entry, window=window.root)
    assert again.name.get() == "Kim Lee"
    again.password_entry.insert(0, PASSWORD)
    again.accept()
    engine.tell(KIM)
    wait_until(lambda: len(engine.submitted) == 2, window=window.root)
    assert engine.submitted[0] == engine.submitted[1]
    assert enrolment.signed_in.text == "Signed in as Kim Lee"
    engine.tell(EnrolAnswered(ok=True, code="", message="", display_name="Ada", samples=3))
    wait_until(lambda: bool(enrolment.stored), window=window.root)
    assert enrolment.signed_in.text == "Signed in as Kim Lee"


def test_where_nobody_may_be_enrolled_the_button_says_so(
    window: CheckpointWindow, engine: FakeEngine
) -> None:
    """Before anybody gives their name."""
    engine.tell(LinkStatus(LinkState.CONNECTED, who_enrols="nobody"))
    wait_until(lambda: window.view is not None and not window.view.can_enrol, window=window.root)
    assert window.enrol_button.instate(["disabled"])
    assert "Nobody may be enrolled" in str(window.enrol_hint.cget("text"))
