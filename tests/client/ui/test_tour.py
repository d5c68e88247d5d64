"""The demo's tour: every step through the real dialog, by hand at any moment."""

import itertools

import pytest

from biometrics.geometry import Box
from client.enrolment_events import EnrolAnswered
from client.events import FaceView, Outcome, VerdictArrived, VisionReport
from client.ui.tour import Step, Tour
from client.ui.window import CheckpointWindow
from tests.client.ui.fakes import FakeEngine, picture
from tests.support import wait_until

NAME = "Eileen Collins"
FACE = FaceView(Box(200, 100, 350, 250), 1, meter=0.9, main=True, steady=True)


class Clock:
    """Time that runs sixty times as fast, so that a tour of six seconds takes a tenth of one."""

    def __init__(self) -> None:
        self._turns = itertools.count()

    def __call__(self) -> float:
        return 1000.0 + next(self._turns) * 0.02


@pytest.fixture
def tour(window: CheckpointWindow, monkeypatch: pytest.MonkeyPatch) -> Tour:
    """A tour that waits for its visitor."""
    monkeypatch.setattr("client.ui.tour.TURN_MS", 2)
    window.now = Clock()
    return Tour(window, NAME)


def _stranger(label: str | None = NAME, *, late: bool = False) -> VerdictArrived:
    return VerdictArrived(
        "e1", Outcome.NOT_ENROLLED, None, 1, 200.0, automatic=True, label=label, late=late
    )


def _in_view(window: CheckpointWindow, engine: FakeEngine, label: str | None) -> None:
    """One frame with its label, and the report of one face in it."""
    before = window.video.frames
    engine.show(picture(), label=label)
    wait_until(lambda: window.video.frames > before, window=window.root)
    engine.tell(VisionReport(1, 640, 480, (FACE,)))


def _drive(window: CheckpointWindow, engine: FakeEngine, tour: Tour) -> list[str]:
    """Plays checkpoint and server until the tour is over; returns what its strip said."""
    said: list[str] = []
    answered = 0

    def over() -> bool:
        nonlocal answered
        if not said or said[-1] != tour.strip.text:
            said.append(tour.strip.text)
        if tour.step is Step.PICTURES:
            engine.show(picture(), label=NAME)
            engine.tell(VisionReport(1, 640, 480, (FACE,)))
        asked = len([call for call in engine.calls if call.startswith("take_sample")])
        if asked > len(engine.samples):
            engine.accept_sample()
        if len(engine.submitted) > answered:
            answered += 1
            engine.tell(EnrolAnswered(True, "", "", NAME, "a" * 32, 3))
        return tour.step in (Step.DONE, Step.OVER)

    wait_until(over, timeout_s=60, window=window.root, what="the tour to end")
    return said


def test_the_whole_tour(window: CheckpointWindow, engine: FakeEngine, tour: Tour) -> None:
    """Not enrolled, dialog, consent, three pictures, the name letter by letter, saved, closed."""
    assert "waiting for Eileen Collins" in tour.strip.text
    engine.tell(_stranger())
    said = _drive(window, engine, tour)
    assert engine.submitted[0]["name"] == NAME
    assert engine.submitted[0]["override_reason"] is None
    wishes = [call for call in engine.calls if call.startswith("take_sample")]
    assert wishes == ["take_sample(None)"] * 3
    assert window.dialogs.enrol is None
    words = " ".join(said)
    for part in ("opens the enrolment", "consent", "pictures", "name is typed", "server"):
        assert part in words
    assert engine.calls.index("begin_enrolment(3)") < engine.calls.index("take_sample(None)")


@pytest.mark.parametrize("event", [_stranger("Grace Hopper"), _stranger(late=True)])
def test_another_stranger_does_not_start_it(
    window: CheckpointWindow, engine: FakeEngine, tour: Tour, event: VerdictArrived
) -> None:
    """Only the visitor of its name, and only while they stand there."""
    engine.tell(event)
    wait_until(lambda: bool(window.results.rows), window=window.root)
    assert tour.step is Step.WAITING


def test_no_picture_of_anybody_else_is_taken(
    window: CheckpointWindow, engine: FakeEngine, tour: Tour
) -> None:
    """The next visitor walks in while the dialog is open: the tour waits."""
    _in_view(window, engine, NAME)
    engine.tell(_stranger())
    wait_until(lambda: tour.step is Step.CONSENT, window=window.root)
    _in_view(window, engine, "Grace Hopper")
    dialog = window.dialogs.enrol
    assert dialog is not None
    wait_until(lambda: dialog.form.name == NAME, timeout_s=20, window=window.root)
    taken = [call for call in engine.calls if call.startswith("take_sample")]
    assert taken == []

    def taken_now() -> bool:
        engine.show(picture(), label=NAME)
        engine.tell(VisionReport(1, 640, 480, (FACE,)))
        return "take_sample(None)" in engine.calls

    wait_until(taken_now, window=window.root)


def test_taking_over_leaves_the_dialog_open(
    window: CheckpointWindow, engine: FakeEngine, tour: Tour
) -> None:
    """The strip goes, nothing more is pressed, the person goes on."""
    engine.tell(_stranger())
    wait_until(lambda: tour.step is Step.PICTURES, window=window.root)
    tour.stop()
    assert tour.step is Step.OVER
    dialog = window.dialogs.enrol
    assert dialog is not None
    assert dialog.form.consent
    assert not tour.strip._frame.winfo_exists()


def test_closing_the_dialog_ends_the_tour(
    window: CheckpointWindow, engine: FakeEngine, tour: Tour
) -> None:
    """Escape says no to the tour too."""
    engine.tell(_stranger())
    wait_until(lambda: window.dialogs.enrol is not None, window=window.root)
    assert window.dialogs.enrol is not None
    window.dialogs.enrol.cancel()
    wait_until(lambda: tour.step is Step.OVER, window=window.root)


def test_a_refusal_is_left_to_a_person(
    window: CheckpointWindow, engine: FakeEngine, tour: Tour
) -> None:
    """Already enrolled: the dialog shows the choices, the tour ends."""
    engine.tell(_stranger())
    wait_until(lambda: window.dialogs.enrol is not None, window=window.root)
    engine.tell(EnrolAnswered(False, "already_enrolled", "", NAME, "a" * 32))
    wait_until(lambda: tour.step is Step.OVER, window=window.root)
    assert window.dialogs.enrol is not None
