"""Tests of the whole checkpoint with a fake camera, fake models and a small real server."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client.camera.capture import Timing
from client.camera.errors import CameraLost, CameraMissing
from client.checkpoint import Checkpoint, Parts, wait_closed
from client.enrolment_events import EnrolAnswered, EnrolmentChanged, EnrolSampleTaken
from client.events import (
    CameraState,
    CameraStatus,
    Fault,
    LinkState,
    LinkStatus,
    NoProbe,
    NoProbeKind,
    Outcome,
    StateChanged,
    VerdictArrived,
    VisionReport,
    VisionState,
    VisionStatus,
)
from client.identity import Identity, IdentityProblem
from client.settings import ClientSettings
from client.states import CheckpointState, EnrolmentState
from protocol.messages import Enrol, Hello, Identify, Report
from tests.client.fake_server import FakeServer
from tests.client.fakes import GRACE, NOBODY, POOR, Collector, FakeEyes, FakeSource
from tests.grids import grid, identity
from tests.support import wait_until


class Bench:
    """A checkpoint with its surroundings."""

    def __init__(
        self,
        server: FakeServer,
        *,
        who: int = NOBODY,
        automatic: bool = True,
        own: Identity | None = None,
    ) -> None:
        self.server = server
        self.source = FakeSource(who)
        self.eyes = FakeEyes()
        self.posted = Collector()
        self.checkpoint = Checkpoint(
            ClientSettings(server_port=server.port, automatic=automatic, checkpoint_name="Lobby"),
            self.posted,
            parts=Parts(
                open_source=self.source.open,
                open_eyes=lambda: self.eyes,
                identity=own if own is not None else identity(),
                timing=Timing(again_s=0.2, silent_s=0.5),
            ),
        )
        self.checkpoint.start()

    def ready(self) -> "Bench":
        """Waits until everything is there."""
        self.posted.wait_for(CameraStatus, lambda status: status.state is CameraState.OK)
        self.posted.wait_for(VisionStatus, lambda status: status.state is VisionState.READY)
        self.posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTED)
        return self

    def end(self) -> None:
        """Closes, twice, and everything ends within 2 s."""
        self.checkpoint.close()
        self.checkpoint.close()
        assert wait_closed(self.checkpoint)
        assert self.eyes.closed.is_set()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A small real server."""
    with FakeServer() as running:
        yield running


@pytest.fixture
def bench(server: FakeServer) -> Iterator[Bench]:
    """A checkpoint that is ready, with nobody before it."""
    made = Bench(server).ready()
    yield made
    made.end()


def test_somebody_walks_up_and_is_identified(bench: Bench) -> None:
    """One event, one verdict, the state goes round, the preview has frames."""
    wait_until(lambda: bench.checkpoint.preview.take() is not None)
    bench.source.who = GRACE
    verdict = bench.posted.wait_for(VerdictArrived)
    assert (verdict.outcome, verdict.display_name) == (Outcome.IDENTIFIED, "Grace Hopper")
    assert verdict.label == "person 10"
    assert verdict.latency_ms < 1000
    bench.posted.wait_for(
        VisionReport, lambda report: bool(report.faces) and report.faces[0].name is not None
    )
    changes = [change.state for change in bench.posted.of(StateChanged)]
    assert CheckpointState.SHOWING_VERDICT in changes
    bench.source.who = NOBODY
    wait_until(lambda: bench.checkpoint.state is CheckpointState.READY, timeout_s=5)
    assert len(bench.server.of(Identify)) == 1


def test_space_asks_when_automatic_is_off(bench: Bench) -> None:
    """And the event says that a person wanted it."""
    bench.checkpoint.set_automatic(on=False)
    bench.source.who = GRACE
    bench.posted.wait_for(VisionReport, lambda report: bool(report.faces))
    assert not bench.server.of(Identify)
    bench.checkpoint.identify_now()
    verdict = bench.posted.wait_for(VerdictArrived)
    assert not verdict.automatic
    (request,) = bench.server.of(Identify)
    assert isinstance(request, Identify)
    assert not request.automatic


@pytest.mark.parametrize(
    ("who", "kind", "outcome"),
    [(NOBODY, NoProbeKind.NO_FACE, "no_face"), (POOR, NoProbeKind.POOR_QUALITY, "poor_quality")],
)
def test_space_without_a_usable_face_gives_the_reason_in_time_and_reports_it(
    bench: Bench, who: int, kind: NoProbeKind, outcome: str
) -> None:
    """Within a second and a half, and the server has it too."""
    bench.source.who = who
    pressed_s = time.monotonic()
    bench.checkpoint.identify_now()
    reason = bench.posted.wait_for(NoProbe)
    assert time.monotonic() - pressed_s < 1.6
    assert reason.kind is kind
    wait_until(lambda: bench.server.of(Report))
    (report,) = bench.server.of(Report)
    assert isinstance(report, Report)
    assert (report.outcome, report.event_id) == (outcome, reason.event_id)


def test_space_without_a_camera_is_answered_at_once_and_reported_to_nobody(bench: Bench) -> None:
    """A lost camera is no absence of faces."""
    bench.source.error = CameraLost("Camera 0 stopped.")
    bench.source.open_error = CameraMissing("There is no camera 0.")
    bench.posted.wait_for(CameraStatus, lambda status: status.state is CameraState.LOST)
    assert bench.checkpoint.state is CheckpointState.FAULT
    bench.checkpoint.identify_now()
    reason = bench.posted.of(NoProbe)[-1]
    assert reason.kind is NoProbeKind.NO_CAMERA
    assert "camera 0" in reason.sentence.lower()
    assert not bench.server.of(Report)
    bench.source.error = bench.source.open_error = None
    bench.checkpoint.retry_now()
    wait_until(lambda: bench.checkpoint.state is CheckpointState.READY)


def test_f12_a_frozen_picture_of_somebody_makes_no_event(server: FakeServer) -> None:
    """F12: the person left long ago."""
    bench = Bench(server)
    bench.source.frozen = True
    bench.source.who = NOBODY
    bench.posted.wait_for(VisionStatus, lambda status: status.state is VisionState.READY)
    bench.posted.wait_for(CameraStatus, lambda status: status.state is CameraState.FROZEN)
    assert not server.of(Identify)
    bench.source.frozen = False
    bench.source.who = GRACE
    bench.posted.wait_for(VerdictArrived)
    bench.end()


def test_enrolment_from_the_first_sample_to_the_answer(bench: Bench) -> None:
    """Nobody is identified meanwhile, and Space says why."""
    bench.checkpoint.begin_enrolment(wanted=2)
    bench.posted.wait_for(EnrolmentChanged)
    bench.source.who = GRACE
    for index in range(2):
        bench.checkpoint.take_sample()
        bench.posted.wait_for(EnrolSampleTaken, lambda taken, index=index: taken.index == index)  # type: ignore[misc]
    bench.checkpoint.identify_now()
    assert "enrolment" in bench.posted.of(NoProbe)[-1].sentence
    bench.checkpoint.drop_sample(0)
    bench.checkpoint.take_sample()
    wait_until(lambda: len(bench.posted.of(EnrolSampleTaken)) == 3)
    wait_until(lambda: bench.posted.of(EnrolmentChanged)[-1].state is EnrolmentState.REVIEWING)
    bench.checkpoint.submit_enrolment("Ada", consent_text="yes", same_person_as="a" * 32)
    answer = bench.posted.wait_for(EnrolAnswered)
    assert answer.ok
    (request,) = bench.server.of(Enrol)
    assert isinstance(request, Enrol)
    assert request.picture is None
    assert request.same_person_as == "a" * 32
    assert not bench.server.of(Identify)
    bench.posted.wait_for(EnrolmentChanged, lambda c: c.state is EnrolmentState.STORED)
    bench.checkpoint.cancel_enrolment()
    bench.posted.wait_for(VerdictArrived)


def test_server_camera_and_name_can_be_changed(bench: Bench) -> None:
    """Without a restart; wrong values are refused and change nothing."""
    with FakeServer() as other:
        bench.checkpoint.change_server("127.0.0.1", other.port)
        wait_until(lambda: other.of(Hello))
        bench.checkpoint.change_name("Back door")
        wait_until(lambda: len(other.of(Hello)) == 2)
        hello = other.of(Hello)[1]
        assert isinstance(hello, Hello)
        assert hello.checkpoint_name == "Back door"
        bench.checkpoint.change_source("camera:1")
        bench.posted.wait_for(CameraStatus, lambda status: status.source == "camera:1")
        for wrong in (lambda: bench.checkpoint.change_server("", 1), _no_source(bench)):
            with pytest.raises(ValueError, match=r"server_host|source"):
                wrong()
        assert bench.checkpoint.settings.source == "camera:1"


def test_a_forgotten_pairing_leaves_the_server(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are gone, the link says so; a disk that refuses is a sentence."""
    own = grid().identity(tmp_path, "checkpoint-01")
    bench = Bench(server, own=own).ready()
    paired = bench.checkpoint.paired
    assert paired is not None
    assert paired.fingerprint.replace(" ", "").lower() in grid().server_name

    def refuse() -> None:
        raise IdentityProblem("The disk is read-only.")

    with monkeypatch.context() as broken:
        broken.setattr(own, "forget", refuse)
        bench.checkpoint.forget_pairing()
    bench.posted.wait_for(Fault, lambda fault: "read-only" in fault.sentence)
    bench.checkpoint.forget_pairing()
    bench.posted.wait_for(LinkStatus, lambda status: status.state is LinkState.NOT_PAIRED)
    assert bench.checkpoint.paired is None
    bench.end()


def _no_source(bench: Bench) -> Callable[[], None]:
    return lambda: bench.checkpoint.change_source(" ")


def test_closing_before_it_was_started_and_right_after_leaves_nothing(
    server: FakeServer,
) -> None:
    """A window that is closed at once."""
    never = Checkpoint(ClientSettings(server_port=server.port), Collector())
    never.close()
    assert not never.alive
    Bench(server).end()


def test_while_models_load_space_says_so(server: FakeServer) -> None:
    """The video is there before the models."""
    bench = Bench(server)
    bench.checkpoint._vision._state = VisionState.LOADING
    bench.checkpoint.identify_now()
    kinds = {reason.kind for reason in bench.posted.of(NoProbe)}
    assert NoProbeKind.NOT_READY in kinds or bench.posted.of(VisionStatus)
    bench.ready().end()
