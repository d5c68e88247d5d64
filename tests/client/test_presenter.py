"""Every row of the state table, and what comes before what, without a clock and without Tk."""

from dataclasses import replace

import pytest

from biometrics.geometry import Box
from client import wording
from client.events import (
    CameraState,
    CameraStatus,
    FaceView,
    Fault,
    LinkState,
    LinkStatus,
    NoProbe,
    NoProbeKind,
    Outcome,
    ProbeSent,
    VerdictArrived,
    VisionReport,
    VisionState,
    VisionStatus,
)
from client.presenter import Presenter
from client.view_model import Action, Banner, Sound
from protocol.errors import sentence

BOX = Box(200, 100, 350, 250)
OK = CameraStatus(CameraState.OK, "", "demo:", 640, 480, 30.0)
SEEING = VisionStatus(VisionState.READY)
CONNECTED = LinkStatus(LinkState.CONNECTED, server_name="lobby", latency_ms=3.0, people=5)


def ready(*, automatic: bool = True) -> Presenter:
    """A presenter that has heard that everything works."""
    presenter = Presenter(automatic=automatic)
    for event in (OK, SEEING, CONNECTED):
        presenter.handle(event, 0.0)
    return presenter


def _banner(presenter: Presenter, now_s: float) -> Banner:
    return presenter.view(now_s).banner


def verdict(
    outcome: Outcome, name: str | None = None, *, event_id: str = "e1", late: bool = False
) -> VerdictArrived:
    """The server's answer."""
    return VerdictArrived(event_id, outcome, name, 5_000, 250.0, automatic=True, late=late)


def report(*faces: FaceView, sentence: str = "", several: bool = False) -> VisionReport:
    """What was seen in one frame."""
    return VisionReport(1, 640, 480, faces, sentence=sentence, several=several)


def _poor(sentence: str = "Come closer: 54 px, 80 needed.") -> VisionReport:
    return report(FaceView(BOX, 1, advice=sentence, main=True), sentence=sentence)


def test_at_first_the_models_are_loading() -> None:
    """The first picture of the window, before anything was heard."""
    presenter = Presenter(automatic=True)
    view = presenter.view(0.0)
    assert view.banner == wording.LOADING
    assert view.picture_hint == "Starting the camera…"
    assert not view.can_identify


def test_video_comes_before_the_models() -> None:
    """A live camera takes the hint away while the models still load."""
    presenter = Presenter(automatic=True)
    presenter.handle(OK, 0.0)
    view = presenter.view(0.0)
    assert view.picture_hint == ""
    assert view.banner == wording.LOADING


def test_ready_asks_to_look_at_the_camera() -> None:
    """Grey, and it may be pressed."""
    view = ready().view(1.0)
    assert view.banner == wording.READY
    assert view.banner.tone == "neutral"
    assert view.can_identify
    assert view.can_enrol


def test_ready_without_automatic_says_to_press_space() -> None:
    """The person would wait in vain otherwise."""
    assert _banner(ready(automatic=False), 1.0) == wording.READY_ON_DEMAND


def test_ready_with_nobody_enrolled_offers_to_enrol() -> None:
    """The first thing to do on a new grid."""
    presenter = ready()
    presenter.handle(LinkStatus(LinkState.CONNECTED, people=0), 0.5)
    assert _banner(presenter, 1.0).action is Action.ENROL


def test_checking_is_shown_after_300_ms_only() -> None:
    """A faster answer never flashes blue."""
    presenter = ready()
    presenter.handle(ProbeSent("e1", 1, automatic=True), 10.0)
    assert _banner(presenter, 10.29) == wording.READY
    assert _banner(presenter, 10.31) == wording.CHECKING
    assert _banner(presenter, 10.31).tone == "info"


def test_checking_ends_by_itself_when_no_answer_ever_comes() -> None:
    """A lost question does not leave the banner blue for good."""
    presenter = ready()
    presenter.handle(ProbeSent("e1", 1, automatic=True), 10.0)
    assert _banner(presenter, 17.0) == wording.READY


def test_identified_is_green_for_three_seconds_and_heard() -> None:
    """Welcome, NAME; then back to ready."""
    presenter = ready()
    sound = presenter.handle(verdict(Outcome.IDENTIFIED, "Grace Hopper"), 10.0)
    assert sound is Sound.IDENTIFIED
    banner = _banner(presenter, 12.9)
    assert (banner.tone, banner.headline) == ("good", "Welcome, Grace Hopper")
    assert _banner(presenter, 13.1) == wording.READY


@pytest.mark.parametrize(
    ("outcome", "headline", "tone", "sound"),
    [
        (Outcome.NOT_ENROLLED, "Not recognised", "bad", Sound.NOT_ENROLLED),
        (Outcome.AMBIGUOUS, "Please see the desk", "warn", Sound.ATTENTION),
        (Outcome.SERVER_UNREACHABLE, "No answer from the server", "warn", Sound.ATTENTION),
    ],
)
def test_other_verdicts(outcome: Outcome, headline: str, tone: str, sound: Sound) -> None:
    """Each has its own words, colour and sound."""
    presenter = ready()
    assert presenter.handle(verdict(outcome), 10.0) is sound
    banner = _banner(presenter, 10.1)
    assert (banner.headline, banner.tone) == (headline, tone)


def test_not_enrolled_offers_to_enrol() -> None:
    """What to do is one press away."""
    presenter = ready()
    presenter.handle(verdict(Outcome.NOT_ENROLLED), 10.0)
    assert _banner(presenter, 10.1).action is Action.ENROL


def test_the_next_persons_check_replaces_the_last_answer() -> None:
    """Otherwise the next person would read somebody else's name."""
    presenter = ready()
    presenter.handle(verdict(Outcome.IDENTIFIED, "Ada"), 10.0)
    presenter.handle(ProbeSent("e2", 1, automatic=True), 11.0)
    assert _banner(presenter, 11.4) == wording.CHECKING


def test_a_late_verdict_changes_the_list_and_not_the_banner() -> None:
    """The person has gone; the line of their event is completed, not doubled."""
    presenter = ready()
    presenter.handle(verdict(Outcome.SERVER_UNREACHABLE), 10.0)
    sound = presenter.handle(verdict(Outcome.SERVER_UNREACHABLE, "Ada", late=True), 60.0)
    view = presenter.view(60.1)
    assert sound is None
    assert view.banner == wording.READY
    assert [(row.who, row.detail) for row in view.results] == [("Ada", "sent later")]


@pytest.mark.parametrize(
    "before_s", [pytest.param(0.5, id="told before"), pytest.param(-0.1, id="told just after")]
)
def test_a_server_that_is_back_is_never_said_to_give_no_answer(before_s: float) -> None:
    """The header says "Connected": what is kept is on its way, then the next one may come."""
    presenter = ready()
    presenter.handle(LinkStatus(LinkState.UNREACHABLE, "Gone.", kept=2), 10.0)
    told = verdict(Outcome.SERVER_UNREACHABLE)
    if before_s > 0:
        presenter.handle(told, 11.0 - before_s)
    presenter.handle(replace(CONNECTED, kept=2), 11.0)
    if before_s < 0:
        presenter.handle(told, 11.0 - before_s)
        assert _banner(presenter, 11.2) == wording.NO_ANSWER  # and so it is
        presenter.handle(verdict(Outcome.SERVER_UNREACHABLE, "Ada", late=True), 11.2)
    delivering = _banner(presenter, 11.3)
    assert (delivering.tone, delivering.headline) == ("neutral", wording.READY.headline)
    assert "2 events are being delivered" in delivering.reason
    presenter.handle(replace(CONNECTED, kept=1), 11.4)
    assert "1 event is being delivered" in _banner(presenter, 11.5).reason
    presenter.handle(CONNECTED, 11.6)
    assert _banner(presenter, 11.7) == wording.READY


def test_an_event_on_its_way_is_not_announced() -> None:
    """Every event is kept until it is answered; that is the server being back only after a gap."""
    presenter = ready()
    presenter.handle(replace(CONNECTED, kept=1), 10.0)
    assert _banner(presenter, 10.1) == wording.READY


def test_no_answer_stays_while_the_server_gives_none() -> None:
    """The connection stands, the event is still kept; it goes when the event is delivered."""
    presenter = ready()
    presenter.handle(replace(CONNECTED, kept=1), 9.0)
    presenter.handle(verdict(Outcome.SERVER_UNREACHABLE), 10.0)
    presenter.handle(replace(CONNECTED, kept=1, latency_ms=9.0), 10.5)
    assert _banner(presenter, 10.6) == wording.NO_ANSWER
    presenter.handle(CONNECTED, 11.0)
    assert _banner(presenter, 11.1) == wording.READY


def test_poor_quality_is_live_with_numbers_and_steady() -> None:
    """Not at the first bad frame, and not gone at the first good one."""
    presenter = ready()
    presenter.handle(_poor(), 10.0)
    assert _banner(presenter, 10.1) == wording.READY
    presenter.handle(_poor("Come closer: 60 px, 80 needed."), 10.5)
    banner = _banner(presenter, 10.5)
    assert banner.headline == "Come closer: 60 px, 80 needed"
    assert banner.tone == "warn"
    presenter.handle(report(FaceView(BOX, 1, main=True, steady=True)), 10.7)
    assert _banner(presenter, 10.8).headline == "Come closer: 60 px, 80 needed"
    assert _banner(presenter, 11.2) == wording.READY


def test_no_advice_for_somebody_who_was_served() -> None:
    """Who turns to go is not told to look straight."""
    presenter = ready()
    presenter.handle(_poor(), 10.0)
    presenter.handle(_poor(), 10.5)
    face = FaceView(BOX, 1, name="Ada", outcome=Outcome.IDENTIFIED, advice="Turn.", main=True)
    presenter.handle(report(face, sentence="Turn."), 10.6)
    assert _banner(presenter, 10.6) == wording.READY


def test_several_faces() -> None:
    """Amber, and the boxes say nothing."""
    presenter = ready()
    two = (FaceView(BOX, 1, steady=True), FaceView(Box(10, 10, 90, 90), 2, steady=True))
    for now_s in (10.0, 10.5):
        presenter.handle(report(*two, several=True), now_s)
    view = presenter.view(10.5)
    assert view.banner == wording.SEVERAL
    assert [mark.words for mark in view.marks] == ["", ""]


def test_no_face_on_demand_is_grey_for_three_seconds() -> None:
    """Space with nobody there: said, heard, listed, over."""
    presenter = ready()
    event = NoProbe("e1", NoProbeKind.NO_FACE, "", automatic=False, captured_at_ms=1)
    assert presenter.handle(event, 10.0) is Sound.ATTENTION
    view = presenter.view(10.1)
    assert (view.banner.headline, view.banner.tone) == ("No face in view", "neutral")
    assert view.results[0].result == "No face"
    assert _banner(presenter, 13.1) == wording.READY


def test_an_automatic_poor_quality_makes_a_line_and_no_sound() -> None:
    """The live advice has said it already."""
    presenter = ready()
    event = NoProbe("e1", NoProbeKind.POOR_QUALITY, "Too dark.", automatic=True)
    assert presenter.handle(event, 10.0) is None
    view = presenter.view(10.1)
    assert view.banner == wording.READY
    assert view.results[0].result == "Poor quality"


@pytest.mark.parametrize(
    ("code", "headline"),
    [
        ("too_many_tries", "Too many tries"),
        ("replay_suspected", "Please look again"),
        ("implausible_encoding", "Not accepted"),
    ],
)
def test_what_the_server_refuses_is_said_although_nobody_asked(code: str, headline: str) -> None:
    """A visitor and the guard must not stand before "Look at the camera" for an hour."""
    presenter = ready()
    event = NoProbe(
        "e1", NoProbeKind.REFUSED, sentence(code), (code,), automatic=True, captured_at_ms=1
    )
    assert presenter.handle(event, 10.0) is Sound.ATTENTION
    view = presenter.view(17.9)
    assert view.banner.headline == headline
    assert view.results[0].result == headline
    assert _banner(presenter, 18.1) == wording.READY


def test_a_refusal_that_comes_late_is_for_the_list() -> None:
    """Whoever stands there now is somebody else."""
    presenter = ready()
    event = NoProbe("e1", NoProbeKind.REFUSED, "", ("too_many_tries",), automatic=True, late=True)
    assert presenter.handle(event, 10.0) is None
    view = presenter.view(10.1)
    assert view.banner == wording.READY
    assert view.results[0].result == "Too many tries"


def test_server_unreachable_counts_down_and_counts_what_is_kept() -> None:
    """Amber, with the time to the next attempt renewed without further events."""
    presenter = ready()
    status = LinkStatus(LinkState.UNREACHABLE, retry_in_s=4.0, kept=3)
    assert presenter.handle(status, 10.0) is Sound.ATTENTION
    assert _banner(presenter, 10.0).reason == "Retrying in 4 s · 3 events kept"
    assert _banner(presenter, 12.5).reason == "Retrying in 2 s · 3 events kept"
    assert _banner(presenter, 19.0).reason == "Retrying now · 3 events kept"
    assert presenter.view(12.5).link.detail == "retrying in 2 s"
    assert presenter.view(12.5).status.queue_tone == "warn"


def test_a_network_failure_is_never_shown_as_unknown() -> None:
    """While the server is away, its silence says "unreachable", not "not recognised"."""
    presenter = ready()
    presenter.handle(LinkStatus(LinkState.UNREACHABLE, retry_in_s=4.0), 10.0)
    presenter.handle(verdict(Outcome.SERVER_UNREACHABLE), 10.5)
    view = presenter.view(10.6)
    assert "unreachable" in view.banner.headline.lower() or "server" in view.banner.headline.lower()
    assert view.results[0].result == "Server unreachable"
    assert view.results[0].tone == "warn"


def test_the_server_comes_back() -> None:
    """The banner is ready again at once."""
    presenter = ready()
    presenter.handle(LinkStatus(LinkState.UNREACHABLE, retry_in_s=4.0), 10.0)
    presenter.handle(CONNECTED, 12.0)
    assert _banner(presenter, 12.0) == wording.READY
    assert presenter.view(12.0).link.word == "Connected"


def test_refused_by_the_server_keeps_its_sentence() -> None:
    """Version or encoder mismatch: red, with the button to the settings."""
    presenter = ready()
    sentence = "The server compares with another encoder. Install the same version."
    presenter.handle(LinkStatus(LinkState.REFUSED, sentence), 10.0)
    banner = _banner(presenter, 10.1)
    assert (banner.tone, banner.reason) == ("bad", sentence)
    assert banner.action is Action.OPEN_SETTINGS


def test_outbox_full_is_red_with_its_numbers() -> None:
    """F6: a visible alarm and a counter, never a silent drop."""
    presenter = ready()
    status = LinkStatus(LinkState.UNREACHABLE, kept=1000, refused=7, full=True, retry_in_s=2.0)
    presenter.handle(status, 10.0)
    banner = _banner(presenter, 10.1)
    assert banner.tone == "bad"
    assert "1,000" in banner.reason
    assert "7" in banner.reason


@pytest.mark.parametrize("state", [s for s in CameraState if s not in ("ok", "starting")])
def test_f12_camera_trouble_hides_the_picture_and_the_boxes(state: CameraState) -> None:
    """F12: an old frame must not look live; nobody can be identified."""
    presenter = ready()
    presenter.handle(report(FaceView(BOX, 1)), 10.0)
    presenter.handle(CameraStatus(state), 10.1)
    view = presenter.view(10.2)
    assert view.banner.headline == wording.camera(CameraStatus(state)).headline
    assert view.marks == ()
    assert not view.can_identify
    assert bool(view.picture_hint) is (state is not CameraState.BLACK)


def test_camera_trouble_comes_before_server_trouble() -> None:
    """Without a picture the server does not matter."""
    presenter = ready()
    presenter.handle(LinkStatus(LinkState.UNREACHABLE), 10.0)
    presenter.handle(CameraStatus(CameraState.LOST), 10.0)
    assert _banner(presenter, 10.1).headline == "Camera lost"


def test_models_that_failed_can_be_tried_again() -> None:
    """Red, with the reason given by the vision thread."""
    presenter = ready()
    presenter.handle(VisionStatus(VisionState.FAILED, "The weights are not there."), 10.0)
    banner = _banner(presenter, 10.1)
    assert (banner.tone, banner.reason) == ("bad", "The weights are not there.")
    assert banner.action is Action.TRY_AGAIN


def test_a_fault_is_said_and_passes() -> None:
    """The thread was started again; the sentence stays eight seconds."""
    presenter = ready()
    presenter.handle(Fault("camera", "The camera's thread was started again."), 10.0)
    assert _banner(presenter, 17.9).headline == "Something went wrong"
    assert _banner(presenter, 18.1) == wording.READY


def test_boxes_go_when_reports_stop() -> None:
    """A box over a picture that has moved on would be a lie."""
    presenter = ready()
    presenter.handle(report(FaceView(BOX, 1)), 10.0)
    assert len(presenter.view(10.5).marks) == 1
    assert presenter.view(11.5).marks == ()
