"""What stands beside the banner: the list of results, the status bar, the sounds of the dialog."""

import pytest

from client.enrolment_events import EnrolAnswered, EnrolSampleRefused
from client.events import (
    CameraState,
    CameraStatus,
    ClientEvent,
    FaceView,
    Outcome,
    VisionPace,
    VisionState,
    VisionStatus,
)
from client.presenter import RESULTS_KEPT, Presenter
from client.view_model import Sound
from tests.client.test_presenter import BOX, ready, report, verdict


def test_results_are_newest_first_and_bounded() -> None:
    """Fifty lines, however long the day."""
    presenter = ready()
    for number in range(RESULTS_KEPT + 20):
        presenter.handle(verdict(Outcome.IDENTIFIED, f"P{number}", event_id=f"e{number}"), 10.0)
    results = presenter.view(10.0).results
    assert len(results) == RESULTS_KEPT
    assert results[0].who == f"P{RESULTS_KEPT + 19}"


def test_status_bar() -> None:
    """Camera, size, rate; looks and encodings; engine; queue."""
    presenter = ready()
    presenter.handle(report(FaceView(BOX, 1)), 10.0)
    presenter.handle(VisionPace(12.1, 14.4, 3.0, 7.9, "ONNX Runtime"), 10.0)
    status = presenter.view(10.0).status
    assert status.camera == "Demo visitors · 640×480 · 30 frames/s"
    assert status.pace == "12 looks/s of 14 ms · 3 encoded/s of 8 ms"
    assert (status.engine, status.engine_note) == ("ONNX Runtime", "")
    assert status.queue == "0 kept"


def test_status_bar_claims_nothing_before_the_models_are_there() -> None:
    """Nor after they failed; and no cost of what was never done."""
    presenter = Presenter(automatic=True)
    status = presenter.view(0.0).status
    assert (status.pace, status.engine) == ("–", "–")
    presenter = ready()
    assert presenter.view(0.0).status.engine == "–"
    presenter.handle(VisionPace(10.0, 14.0, engine="ONNX Runtime"), 0.0)
    assert presenter.view(0.0).status.pace == "10 looks/s of 14 ms · 0 encoded/s"
    presenter.handle(VisionStatus(VisionState.FAILED), 0.0)
    assert presenter.view(0.0).status.pace == "–"


def test_status_bar_says_that_another_engine_took_over_and_why() -> None:
    """In the middle of a run, as soon as it is heard."""
    presenter = ready()
    presenter.handle(VisionPace(10.0, 14.0, engine="ONNX Runtime"), 0.0)
    note = "dlib instead of ONNX Runtime: slower. It failed."
    presenter.handle(VisionPace(10.0, 14.0, engine="dlib", note=note), 1.0)
    status = presenter.view(1.0).status
    assert (status.engine, status.engine_note) == ("dlib, slower", note)


def test_status_bar_of_a_camera_in_trouble_says_so() -> None:
    """No frame rate is claimed for a camera that gives nothing."""
    presenter = Presenter(automatic=True)
    presenter.handle(CameraStatus(CameraState.BUSY, "", "camera:0", 640, 480), 0.0)
    assert presenter.view(0.0).status.camera == "Camera 0 · busy"


@pytest.mark.parametrize(
    ("event", "sound"),
    [
        (EnrolAnswered(ok=True, code="", message=""), Sound.IDENTIFIED),
        (EnrolAnswered(ok=False, code="name_taken", message=""), Sound.ATTENTION),
        (EnrolSampleRefused("Blurred."), None),
    ],
)
def test_sounds_of_an_enrolment(event: ClientEvent, sound: Sound | None) -> None:
    """Heard here, shown by the dialog."""
    assert ready().handle(event, 1.0) is sound


def test_an_unchanged_view_is_equal() -> None:
    """Ten times a second nothing is redrawn while nothing happens."""
    presenter = ready()
    assert presenter.view(1.0) == presenter.view(1.1)
