"""The text that people agree to is changed while somebody is being enrolled."""

from dataclasses import replace

from client.enrolment_events import EnrolAnswered
from client.ui.enrol_dialog import EnrolDialog
from client.ui.window import CheckpointWindow
from tests.client.ui.fakes import CONNECTED, FakeEngine
from tests.client.ui.test_enrol_dialog import _filled, _settle
from tests.client.ui.test_enrol_dialog import dialog as dialog  # noqa: PLC0414 - the fixture


def test_a_text_that_is_changed_meanwhile_is_agreed_to_anew(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """It stands there at once, the tick is gone, the pictures stay; what is sent is the new one."""
    _filled(window, dialog, engine)
    engine.tell(CONNECTED)
    _settle(window)
    assert dialog.form.can_save
    engine.tell(replace(CONNECTED, consent_text="Another text."))
    _settle(window)
    assert dialog.page.consent_view.text == "Another text."
    assert not dialog.page.consent.get()
    assert "ask the person again" in str(dialog.page.message.cget("text"))
    dialog.event_generate("<Control-Return>")
    assert engine.submitted == []
    dialog.tick_consent()
    dialog.event_generate("<Control-Return>")
    assert engine.submitted[0]["consent_text"] == "Another text."
    assert len(engine.samples) == 3


def test_a_server_that_refuses_the_text_of_before_has_the_person_asked_again(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Before the new text came: the tick is gone, and nothing can be sent again without it."""
    _filled(window, dialog, engine)
    dialog.event_generate("<Control-Return>")
    engine.tell(EnrolAnswered(ok=False, code="consent_outdated", message="Version 1 is over."))
    _settle(window)
    assert "was changed" in dialog.page.answer.text
    assert not dialog.form.can_save
    engine.tell(replace(CONNECTED, consent_text="Another text."))
    _settle(window)
    assert dialog.page.consent_view.text == "Another text."
    dialog.tick_consent()
    assert dialog.form.can_save
