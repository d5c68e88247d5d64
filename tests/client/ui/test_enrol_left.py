"""Leaving an enrolment that somebody has begun: nothing is lost without a question."""

import tkinter
from collections.abc import Callable
from dataclasses import replace

import pytest

from client.enrolment_events import EnrolAnswered
from client.ui.enrol_dialog import EnrolDialog
from client.ui.window import CheckpointWindow
from desktop.ui.widgets import Confirmation
from tests.client.ui.fakes import CONNECTED, FakeEngine
from tests.client.ui.test_enrol_dialog import _filled, _settle
from tests.support import QUICK_MS, wait_until


@pytest.fixture
def enrolment(window: CheckpointWindow) -> EnrolDialog:
    """The open dialog."""
    window.root.event_generate("<F2>")
    wait_until(lambda: window.dialogs.enrol is not None, window=window.root)
    assert window.dialogs.enrol is not None
    _settle(window)
    return window.dialogs.enrol


def asked(dialog: EnrolDialog, act: Callable[[], object], *, agree: bool) -> str:
    """Does what is asked about first, answers, and tells what the question says."""
    said: list[str] = []

    def answer() -> None:
        found = [one for one in dialog.winfo_children() if isinstance(one, Confirmation)]
        if not found or not found[0].winfo_viewable():
            dialog.after(QUICK_MS, answer)
            return
        said.extend(_words(found[0]))
        (found[0].agree if agree else found[0].decline).invoke()

    dialog.after(QUICK_MS, answer)
    act()
    return " ".join(said)


def _words(widget: tkinter.Misc) -> list[str]:
    found = [str(widget.cget("text"))] if widget.winfo_class() == "TLabel" else []
    return found + [word for child in widget.winfo_children() for word in _words(child)]


def test_escape_asks_before_a_name_or_a_picture_is_lost(
    window: CheckpointWindow, enrolment: EnrolDialog, engine: FakeEngine
) -> None:
    """What would be lost is named; a no leaves everything, with the keyboard back there."""
    _filled(window, enrolment, engine)
    said = asked(enrolment, enrolment.cancel_button.invoke, agree=False)
    assert "the name Ada Lovelace and 3 pictures would be lost" in said
    assert enrolment.winfo_exists()
    assert enrolment.grab_current() is enrolment
    assert enrolment.form.can_save
    enrolment.drop(0)
    _settle(window)
    enrolment.type_name("")
    assert "yet: 2 pictures would be lost" in asked(enrolment, enrolment.cancel, agree=True)
    assert window.dialogs.enrol is None
    assert engine.calls[-1] == "cancel_enrolment"


def test_what_was_stored_while_it_is_asked_is_not_closed_unread(
    window: CheckpointWindow, enrolment: EnrolDialog, engine: FakeEngine
) -> None:
    """The server's answer came before the person's: the last page says who is enrolled."""
    _filled(window, enrolment, engine)
    enrolment.save()

    def stored() -> None:
        engine.tell(EnrolAnswered(True, "", "", "Ada Lovelace", "a" * 32, 3))
        wait_until(lambda: bool(enrolment.stored), window=window.root)

    enrolment.after(0, stored)
    asked(enrolment, enrolment.cancel, agree=True)
    assert enrolment.winfo_exists()
    assert enrolment.done.winfo_exists()
    enrolment.cancel()
    assert window.dialogs.enrol is None


def test_a_rule_that_changes_while_somebody_enrols_is_said(
    window: CheckpointWindow, enrolment: EnrolDialog, engine: FakeEngine
) -> None:
    """Nobody any more: neither a picture nor saving; allowed again, it goes on where it was."""
    _filled(window, enrolment, engine)
    enrolment.drop(0)
    _settle(window)
    engine.tell(replace(CONNECTED, who_enrols="nobody"))
    wait_until(lambda: enrolment.form.nobody, window=window.root)
    assert "Nobody may be enrolled at this checkpoint any more" in enrolment.page.answer.text
    calls = len(engine.calls)
    for key in ("<F2>", "<Control-Return>"):
        enrolment.event_generate(key)
        enrolment.update()
        assert "Nobody may be enrolled" in str(enrolment.page.message.cget("text"))
    assert engine.calls[calls:] == []
    engine.tell(replace(CONNECTED, who_enrols="anybody"))
    wait_until(lambda: not enrolment.form.nobody, window=window.root)
    assert not enrolment.page.answer.winfo_manager()
    assert enrolment.form.can_take
