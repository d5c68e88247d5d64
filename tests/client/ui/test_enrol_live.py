"""What the live picture of an enrolment shows, with and without something to do."""

from biometrics.challenge import Action
from biometrics.geometry import Box
from client.events import FaceView, VisionReport
from client.liveness_events import ChallengeAsked, ChallengeEnded
from client.ui.enrol_live import EnrolLive
from client.ui.enrol_page import EnrolPage
from client.ui.window import CheckpointWindow
from protocol.consent import FIRST_TEXT

BOX = Box(10, 10, 110, 110)


def test_the_meter_gives_way_to_what_is_asked(window: CheckpointWindow) -> None:
    """How good the face is; several; none; and while something is to be done, that alone."""
    page = EnrolPage(
        window.root,
        mirror=False,
        consent_text=FIRST_TEXT,
        on_name=lambda: None,
        on_consent=lambda: None,
        on_drop=lambda _place: None,
    )
    live = EnrolLive(page)
    good = FaceView(BOX, 1, meter=0.9, main=True)
    live.seen(VisionReport(1, 640, 480, (good,)))
    assert page.meter.text.startswith("Good")
    live.seen(VisionReport(1, 640, 480, (good, FaceView(BOX, 2)), several=True))
    assert "One at a time" in page.meter.text
    live.seen(VisionReport(1, 640, 480, ()))
    assert page.meter.text.startswith("No face")
    live.asked(ChallengeAsked("e1", Action.BLINK, 0, 1, 9.0, enrolling=True))
    live.seen(VisionReport(1, 640, 480, (good,)))
    assert page.challenge.winfo_manager()
    assert page.meter.text.startswith("No face")
    live.asked(ChallengeEnded("e1", passed=True, reason="", enrolling=True))
    live.seen(VisionReport(1, 640, 480, (good,)))
    assert not page.challenge.winfo_manager()
    assert page.meter.text.startswith("Good")
    page.destroy()
