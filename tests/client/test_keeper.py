"""Tests of the checkpoint's state as its events move it."""

from dataclasses import replace

from client.events import (
    CameraState,
    CameraStatus,
    ClientEvent,
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
from client.keeper import Keeper
from client.liveness_events import ChallengeAsked
from client.reasons import face_view
from client.states import CheckpointState
from tests.client import fakes


def link(state: LinkState) -> LinkStatus:
    """A link in that state."""
    return LinkStatus(state)


def report(*who: int) -> VisionReport:
    """What was seen."""
    from biometrics.track import Track

    track = Track(
        id=1,
        box=fakes.BOX,
        first_seen_s=0,
        last_seen_s=0,
        frames=1,
        steady=True,
        steady_since_s=0,
    )
    return VisionReport(
        0, 640, 480, tuple(face_view(fakes.seen(each), track, main=True) for each in who)
    )


def verdict(*, late: bool = False) -> VerdictArrived:
    """Somebody was identified."""
    return VerdictArrived("a" * 32, Outcome.IDENTIFIED, "Grace", 0, 1.0, automatic=True, late=late)


def states(keeper: Keeper, *events: ClientEvent) -> list[CheckpointState]:
    """The states that follow, one for each change."""
    return [change.state for event in events if (change := keeper.note(event)) is not None]


def test_an_ordinary_visit() -> None:
    """From the start to a verdict and back."""
    keeper = Keeper()
    found = states(
        keeper,
        link(LinkState.CONNECTING),
        link(LinkState.CONNECTED),
        link(LinkState.CONNECTED),
        report(),
        report(fakes.GRACE),
        report(fakes.GRACE),
        ProbeSent("a" * 32, 0, automatic=True),
        verdict(),
    )
    assert found == [
        CheckpointState.CONNECTING,
        CheckpointState.READY,
        CheckpointState.CAPTURING,
        CheckpointState.AWAITING_VERDICT,
        CheckpointState.SHOWING_VERDICT,
    ]
    change = keeper.shown()
    assert change is not None
    assert change.state is keeper.state is CheckpointState.READY


def test_a_face_that_leaves_and_a_reason_instead_of_a_probe() -> None:
    """Both lead back without a verdict."""
    keeper = Keeper()
    states(keeper, link(LinkState.CONNECTED), report(fakes.GRACE), report())
    assert keeper.state is CheckpointState.READY
    states(keeper, NoProbe("", NoProbeKind.NO_FACE, "No face."))
    assert keeper.state is CheckpointState.SHOWING_VERDICT


def test_a_lost_server_and_a_late_answer() -> None:
    """A late answer is for the list of results: it shows nothing."""
    keeper = Keeper()
    states(keeper, link(LinkState.CONNECTED), report(fakes.GRACE), link(LinkState.UNREACHABLE))
    assert keeper.state is CheckpointState.OFFLINE
    states(keeper, link(LinkState.CONNECTED))
    assert keeper.note(verdict(late=True)) is None
    assert keeper.state is CheckpointState.READY
    states(keeper, link(LinkState.CONNECTING))
    assert keeper.state is CheckpointState.OFFLINE


def test_a_fault_hides_the_rest_until_the_last_one_is_mended() -> None:
    """Camera and models at once; the link comes back meanwhile."""
    keeper = Keeper()
    states(keeper, CameraStatus(CameraState.LOST), VisionStatus(VisionState.FAILED))
    assert keeper.state is CheckpointState.FAULT
    states(keeper, link(LinkState.CONNECTED), report(fakes.GRACE), CameraStatus(CameraState.OK))
    assert keeper.state is CheckpointState.FAULT
    states(keeper, VisionStatus(VisionState.READY))
    assert keeper.state is CheckpointState.READY
    states(keeper, CameraStatus(CameraState.BLACK), link(LinkState.UNREACHABLE))
    states(keeper, CameraStatus(CameraState.OK))
    assert keeper.state is CheckpointState.OFFLINE


def test_a_clip_that_ended_is_no_fault() -> None:
    """And a camera that starts is none either."""
    keeper = Keeper()
    states(keeper, CameraStatus(CameraState.STARTING), CameraStatus(CameraState.ENDED))
    assert keeper.state is CheckpointState.OFFLINE


def test_a_challenge_goes_its_way() -> None:
    """Ready, awaiting, challenging, awaiting again, showing; an enrolment's changes nothing."""
    keeper = Keeper()
    keeper.note(link(LinkState.CONNECTED))
    asked, sent = ChallengeAsked("e", None, 0, 2, 9.0), ProbeSent("e", 0, automatic=True)
    assert keeper.note(replace(asked, enrolling=True)) is None
    found = [
        change.state
        for event in (sent, asked, asked, sent)
        if (change := keeper.note(event)) is not None
    ]
    assert found == [
        CheckpointState.AWAITING_VERDICT,
        CheckpointState.CHALLENGING,
        CheckpointState.AWAITING_VERDICT,
    ]
