"""Enrolment by the dialog, driven by the keyboard as a person would."""

import pytest

from biometrics.challenge import Action
from biometrics.geometry import Box
from client.enrolment_events import EnrolAnswered, EnrolSampleRefused
from client.events import FaceView, VisionReport
from client.liveness_events import ChallengeAsked, ChallengeEnded
from client.pose import Pose
from client.ui.enrol_dialog import EnrolDialog
from client.ui.window import CheckpointWindow
from protocol.consent import FIRST_TEXT
from tests.client.ui.fakes import FakeEngine, picture
from tests.support import QUICK_MS, wait_until


@pytest.fixture
def dialog(window: CheckpointWindow) -> EnrolDialog:
    """The open dialog."""
    window.root.event_generate("<F2>")
    wait_until(lambda: window.dialogs.enrol is not None, window=window.root)
    assert window.dialogs.enrol is not None
    _settle(window)
    return window.dialogs.enrol


def _settle(window: CheckpointWindow, turns: int = 12) -> None:
    """Lets posted events arrive and Tk draw: the mailbox is empty afterwards."""
    seen: list[int] = []
    window.root.after(3 * QUICK_MS, lambda: seen.append(1))
    wait_until(lambda: bool(seen), window=window.root)
    for _turn in range(turns):
        window.root.update()


def _type(dialog: EnrolDialog, text: str) -> None:
    entry = dialog.page.name_entry
    entry.focus_force()
    dialog.update()
    for letter in text:
        entry.event_generate("<Key>", keysym="space" if letter == " " else letter)
    dialog.update()


def _take_all(window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine) -> None:
    for _picture in range(3):
        dialog.event_generate("<F2>")
        engine.accept_sample()
        _settle(window)


def _filled(window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine) -> None:
    dialog.type_name("Ada Lovelace")
    dialog.tick_consent()
    _take_all(window, dialog, engine)


def test_enrol_by_dialog_with_the_keyboard_alone(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Name, Return, Space on the consent, F2 three times, Ctrl+Enter, Enter."""
    _type(dialog, "Ada Lovelace")
    assert dialog.page.name.get() == "Ada Lovelace"
    dialog.page.name_entry.event_generate("<Return>")
    dialog.update()
    assert dialog.focus_get() is dialog.page.consent_box
    dialog.page.consent_box.event_generate("<space>")
    dialog.page.consent_box.event_generate("<KeyRelease-space>")
    dialog.update()
    assert dialog.form.consent
    assert dialog.focus_get() is dialog.take_button
    _take_all(window, dialog, engine)
    assert [slot.text for slot in dialog.page.slots] == ["Straight", "Left", "Right"]
    assert all(slot.filled for slot in dialog.page.slots)
    dialog.event_generate("<Control-Return>")
    assert dialog.form.busy
    sent = engine.submitted[0]
    assert sent["name"] == "Ada Lovelace"
    assert sent["consent_text"] == FIRST_TEXT
    assert isinstance(sent["consent_at_ms"], int)
    engine.tell(EnrolAnswered(True, "", "", "Ada Lovelace", "a" * 32, 3))
    _settle(window)
    assert dialog.stored == "Ada Lovelace"
    assert dialog.done.winfo_ismapped()
    assert "identify_now" not in engine.calls
    dialog.event_generate("<Return>")
    window.root.update()
    assert window.dialogs.enrol is None


def test_the_last_page_is_as_large_as_the_page_before(
    window: CheckpointWindow, engine: FakeEngine
) -> None:
    """Also when the answer comes before the dialog was ever drawn: no strip with a button."""
    dialog = EnrolDialog(window.root, engine, mirror=False)
    dialog.handle(EnrolAnswered(True, "", "", "Ada Lovelace", "a" * 32, 3))
    dialog.update()
    assert dialog.done.winfo_reqwidth() > 600
    assert dialog.done.winfo_reqheight() > 300
    dialog.destroy()


def test_pictures_wait_for_the_consent(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """F2 before the tick says why nothing happens and goes to the box."""
    dialog.event_generate("<F2>")
    dialog.update()
    assert not any(call.startswith("take_sample") for call in engine.calls)
    assert "consent" in str(dialog.page.message.cget("text"))
    assert dialog.focus_get() is dialog.page.consent_box


def test_save_before_everything_is_there_says_what_is_missing(
    dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Ctrl+Enter on an empty form sends nothing."""
    dialog.event_generate("<Control-Return>")
    dialog.update()
    assert "name" in str(dialog.page.message.cget("text"))
    assert engine.submitted == []


def test_the_key_that_saves_never_gives_the_consent(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Everything there but the consent and the keyboard on its box: Ctrl+Enter says so."""
    _filled(window, dialog, engine)
    dialog.page.consent_box.invoke()
    assert not dialog.form.consent
    dialog.page.consent_box.focus_force()
    dialog.update()
    dialog.page.consent_box.event_generate("<Control-Return>")
    dialog.update()
    assert not dialog.form.consent
    assert engine.submitted == []
    assert "consent" in str(dialog.page.message.cget("text"))
    dialog.page.consent_box.event_generate("<Return>")
    assert dialog.form.consent


@pytest.mark.parametrize("name", ["   ", "N" * 300])
def test_b16_a_name_that_cannot_be_stored_is_said_while_it_is_typed(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine, name: str
) -> None:
    """B16: blanks only, 300 characters: a sentence below the field, and no sending."""
    _filled(window, dialog, engine)
    dialog.type_name(name)
    dialog.update()
    assert dialog.form.name_problem in str(dialog.page.name_hint.cget("text"))
    assert dialog.save_button.instate(["disabled"])
    dialog.save()
    assert engine.submitted == []


def test_the_pose_is_asked_for_and_a_refusal_for_it_lets_the_next_try_take_any(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Not everybody can turn their head; the picture after that one is asked for as before."""
    dialog.tick_consent()
    dialog.take()
    engine.tell(EnrolSampleRefused("Look straight into the camera.", for_pose=True))
    _settle(window)
    said = str(dialog.page.message.cget("text"))
    assert "Look straight" in said
    assert "next try" in said
    assert dialog.form.can_take
    dialog.take()
    engine.accept_sample(Pose.LEFT)
    _settle(window)
    dialog.take()
    assert _wishes(engine) == ["take_sample(straight)", "take_sample(None)", "take_sample(left)"]


@pytest.mark.parametrize("reason", ["Hold still for a moment.", "Come closer: 54 px, 80 needed."])
def test_a_refusal_for_anything_else_asks_for_the_pose_again(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine, reason: str
) -> None:
    """Three straight pictures of somebody who can turn their head are worth less."""
    dialog.tick_consent()
    for _try in range(3):
        dialog.take()
        engine.tell(EnrolSampleRefused(reason))
        _settle(window)
        assert str(dialog.page.message.cget("text")).strip() == reason
    assert _wishes(engine) == ["take_sample(straight)"] * 3


def _wishes(engine: FakeEngine) -> list[str]:
    return [call for call in engine.calls if call.startswith("take_sample")]


def test_a_dropped_picture_makes_room_for_another(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """The others keep their order; the same pose is asked for again."""
    _filled(window, dialog, engine)
    dialog.page.slots[1].drop_button.invoke()
    _settle(window)
    assert "drop_sample(1)" in engine.calls
    assert [slot.filled for slot in dialog.page.slots] == [True, True, False]
    assert [slot.text for slot in dialog.page.slots][:2] == ["Straight", "Right"]
    assert dialog.form.missing == "1 more picture is needed."


def test_already_enrolled_leaves_the_choice_to_a_person(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """First refused, then added to the known person."""
    _filled(window, dialog, engine)
    dialog.save()
    engine.tell(EnrolAnswered(False, "already_enrolled", "", "Grace", "b" * 32))
    _settle(window)
    assert "Already enrolled as Grace" in dialog.page.answer.text
    dialog.page.answer.button.invoke()
    assert engine.submitted[1]["same_person_as"] == "b" * 32
    assert engine.submitted[1]["override_reason"] is None


def test_already_enrolled_can_be_overridden(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Two people who look alike; the reason is kept with the enrolment."""
    _filled(window, dialog, engine)
    dialog.save()
    engine.tell(EnrolAnswered(False, "already_enrolled", "", "Grace", "b" * 32))
    _settle(window)
    dialog.page.answer.second.invoke()
    asked = dialog.reason_dialog
    asked.accept()
    assert len(engine.submitted) == 1
    asked.cancel()
    assert dialog.grab_current() is dialog
    dialog.page.answer.second.invoke()
    asked = dialog.reason_dialog
    asked.text.set("  Her   twin sister ")
    asked.accept()
    assert engine.submitted[1]["override_reason"] == "Her twin sister"
    assert engine.submitted[1]["same_person_as"] is None


def test_a_duplicate_name_is_changed_and_saved(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """The keyboard stands on the name; the pictures are still there."""
    _filled(window, dialog, engine)
    dialog.save()
    engine.tell(EnrolAnswered(False, "name_taken", ""))
    _settle(window)
    assert dialog.focus_get() is dialog.page.name_entry
    assert "another Ada Lovelace" in dialog.page.answer.text
    assert "somebody else has this name" in str(dialog.page.name_hint.cget("text"))
    dialog.type_name("Ada Lovelace (Sales)")
    dialog.update()
    assert not dialog.page.answer.winfo_ismapped()
    assert "somebody else" not in str(dialog.page.name_hint.cget("text"))
    dialog.event_generate("<Control-Return>")
    assert engine.submitted[1]["name"] == "Ada Lovelace (Sales)"


def test_a_name_is_never_called_good_before_the_server_said_so(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """The line under the name promises nothing, and then repeats the server's answer."""
    _filled(window, dialog, engine)
    hint = dialog.page.name_hint
    assert str(hint.cget("text")) == "The server checks it on saving."
    assert not str(hint.cget("image"))
    dialog.save()
    engine.tell(EnrolAnswered(False, "name_invalid", "The name holds a forbidden sign."))
    _settle(window)
    assert "forbidden sign" in str(hint.cget("text"))


def test_the_picture_of_somebody_else_is_marked(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Its drop button has the keyboard."""
    _filled(window, dialog, engine)
    dialog.save()
    engine.tell(EnrolAnswered(False, "samples_disagree", "", sample=1))
    _settle(window)
    assert "Picture 2" in dialog.page.answer.text
    assert dialog.page.slots[1]._bad
    assert dialog.focus_get() is dialog.page.slots[1].drop_button


def test_no_server_loses_nothing(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Name and pictures stay; saving again sends the same."""
    _filled(window, dialog, engine)
    dialog.save()
    engine.tell(EnrolAnswered(False, "server_unreachable", ""))
    _settle(window)
    assert "Nothing is lost" in dialog.page.answer.text
    dialog.page.answer.button.invoke()
    assert engine.submitted[0] == engine.submitted[1]


def test_meter_follows_the_main_face(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Good, then with advice, then nobody."""
    box = Box(200, 100, 350, 250)
    good = FaceView(box, 1, meter=0.9, main=True)
    poor = FaceView(box, 1, meter=0.2, main=True, advice="Come closer: 54 px, 80 needed.")
    texts = []
    for faces in ((good,), (poor,), ()):
        engine.tell(VisionReport(1, 640, 480, faces))
        _settle(window)
        texts.append(dialog.page.meter.text)
    assert texts == [
        "Good Hold still.",
        "Not yet Come closer: 54 px, 80 needed",
        "No face Stand in front of the camera.",
    ]


def test_the_dialog_shows_the_live_picture(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """The same frames as the window behind it."""
    engine.show(picture())
    wait_until(lambda: dialog.page.video.frames > 0, window=window.root)


def test_escape_forgets_the_pictures(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Nothing is kept of a person who changed their mind."""
    dialog.event_generate("<Escape>")
    window.root.update()
    assert engine.calls[-1] == "cancel_enrolment"
    assert window.dialogs.enrol is None
    window.open_enrolment()
    assert window.dialogs.enrol is not None


def test_a_press_while_a_picture_is_taken_does_nothing(
    dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """F2 held down asks once."""
    dialog.tick_consent()
    for _press in range(5):
        dialog.event_generate("<F2>")
    assert len([call for call in engine.calls if call.startswith("take_sample")]) == 1
    assert dialog._pictures.following is Pose.STRAIGHT


def test_the_person_is_asked_to_show_that_they_live(
    window: CheckpointWindow, dialog: EnrolDialog, engine: FakeEngine
) -> None:
    """Big, in the dialog, without advice that contradicts; a refusal offers another try."""
    _filled(window, dialog, engine)
    dialog.save()
    window.handle(ChallengeAsked("e1", Action.TURN_RIGHT, 0, 2, 12.0, enrolling=True))
    dialog.update()
    assert dialog.page.challenge.winfo_ismapped()
    assert dialog.page.challenge.shown.headline == "Turn your head to your right"
    assert not dialog.page.meter.winfo_ismapped()
    face = FaceView(Box(10, 10, 110, 110), 1, advice="Look at the camera.", main=True)
    window.handle(VisionReport(1, 640, 480, (face,), sentence="Look at the camera."))
    assert "s left" in dialog.page.challenge.shown.reason
    window.handle(ChallengeEnded("e1", passed=False, reason="Nothing was done.", enrolling=True))
    window.handle(EnrolAnswered(ok=False, code="spoof_suspected", message="Nothing was done."))
    dialog.update()
    assert not dialog.page.challenge.winfo_ismapped()
    assert dialog.page.meter.winfo_ismapped()
    before = len(engine.submitted)
    dialog.page.answer.button.invoke()
    assert len(engine.submitted) == before + 1
