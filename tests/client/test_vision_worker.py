"""Tests of the vision thread with eyes that see who a picture names."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from biometrics.encode import EncoderFailed
from biometrics.quality import ENROLMENT
from client.camera.frames import Frame
from client.enrolment import Form
from client.enrolment_events import EnrolAnswered, EnrolSampleTaken
from client.events import (
    Fault,
    Outcome,
    VerdictArrived,
    VisionPace,
    VisionReport,
    VisionState,
    VisionStatus,
)
from client.probing import Hand
from client.states import EnrolmentState
from client.vision_worker import STALE_S, VisionWorker
from desktop.mailbox import Slot
from protocol.messages import Enrol
from tests.client import fakes
from tests.client.fakes import BAD_ENCODER, FINGERPRINT, GRACE, NOBODY, Collector, FakeEyes
from tests.support import wait_until


class Bench:
    """A vision thread with what goes in and comes out."""

    def __init__(self, *eyes: FakeEyes) -> None:
        self.eyes = list(eyes) or [FakeEyes()]
        self.opened = 0
        self.frames: Slot[Frame] = Slot()
        self.posted = Collector()
        self.asked: list[Hand] = []
        self.enrolled: list[Enrol] = []
        self.challenged: list[str] = []
        self.fingerprints: list[str] = []
        self.worker = VisionWorker(
            self.frames,
            ask=self.asked.append,
            enrol=self.enrolled.append,
            challenge=self.challenged.append,
            encoder=lambda fingerprint, _: self.fingerprints.append(fingerprint),
            post=self.posted,
            opener=self._open,
        )
        self.worker.start()

    def _open(self) -> FakeEyes:
        found = self.eyes[min(self.opened, len(self.eyes) - 1)]
        self.opened += 1
        return found

    def ready(self) -> "Bench":
        """Waits for the models."""
        self.posted.wait_for(VisionStatus, lambda status: status.state is VisionState.READY)
        return self

    def show_until(self, who: int, condition: Callable[[], object]) -> None:
        """Shows somebody until something has come of it."""
        until_s = time.monotonic() + 5
        number = 0
        while not condition():
            assert time.monotonic() < until_s, "it did not come true"
            number += 1
            self.frames.put(fakes.frame(who, number, label="Grace Hopper"))
            time.sleep(0.01)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A thread that is ready."""
    made = Bench().ready()
    yield made
    end(made)


def end(bench: Bench) -> None:
    """Closes; the thread and the encoder are gone in 2 s."""
    bench.worker.close()
    bench.worker.close()
    wait_until(lambda: not bench.worker.alive, timeout_s=2.0)
    assert bench.eyes[-1].closed.is_set()


def test_closing_does_not_wait_for_the_encoder() -> None:
    """It ends in a process of its own, which may take a while; the window goes on meanwhile."""
    ended = threading.Event()

    class SlowToEnd(FakeEyes):
        def close(self) -> None:
            assert ended.wait(10), "closing waits for it"
            super().close()

    made = Bench(SlowToEnd()).ready()
    made.worker.close()
    assert made.worker.alive
    ended.set()
    end(made)


def test_models_load_and_the_fingerprint_is_told(bench: Bench) -> None:
    """Loading, then ready; the link may say hello."""
    states = [status.state for status in bench.posted.of(VisionStatus)]
    assert states == [VisionState.LOADING, VisionState.READY]
    assert bench.fingerprints == [FINGERPRINT]
    assert bench.worker.state is VisionState.READY


def test_a_face_becomes_a_probe_and_a_name_on_its_box(bench: Bench) -> None:
    """Reports for the preview, one event for the server."""
    bench.show_until(GRACE, lambda: bench.asked)
    event = bench.asked[0].event
    bench.worker.notice(
        VerdictArrived(event.event_id, Outcome.IDENTIFIED, "Grace", 0, 1.0, automatic=True)
    )
    bench.show_until(
        GRACE,
        lambda: any(r.faces and r.faces[0].name == "Grace" for r in bench.posted.of(VisionReport)),
    )
    report = bench.posted.of(VisionReport)[-1]
    assert (report.width, report.height) == (640, 480)
    assert len(bench.asked) == 1


def test_the_pace_is_told_every_second_and_another_engine_at_once(bench: Bench) -> None:
    """Looks and encodings with what they cost; the engine may change in the middle of a run."""
    bench.show_until(GRACE, lambda: any(p.encodings_per_s for p in bench.posted.of(VisionPace)))
    pace = bench.posted.of(VisionPace)[-1]
    assert pace.looks_per_s > 1
    assert pace.encodings_per_s > 0
    assert pace.look_ms == 1.0
    assert (pace.engine, pace.note) == ("fake engine", "")
    bench.eyes[0].engine, bench.eyes[0].note = "dlib", "dlib instead: slower."
    bench.show_until(GRACE, lambda: bench.posted.of(VisionPace)[-1].engine == "dlib")
    assert bench.posted.of(VisionPace)[-1].note == "dlib instead: slower."


def test_between_looks_the_box_is_followed(bench: Bench) -> None:
    """When everything is known about somebody: ten looks a second, boxes at every frame."""
    bench.show_until(GRACE, lambda: len(bench.eyes[0].followed) >= 8)
    looks = len(bench.eyes[0].looked)
    lefts = [r.faces[0].box.left for r in bench.posted.of(VisionReport) if r.faces]
    moved = [after - before for before, after in itertools.pairwise(lefts)]
    assert moved.count(7) >= 8 - looks
    assert len(bench.posted.of(VisionReport)) >= looks + 8
    assert len(bench.asked) == 1


def test_an_empty_picture_is_not_followed(bench: Bench) -> None:
    """There is nothing to follow, and no report of it."""
    bench.show_until(NOBODY, lambda: len(bench.eyes[0].looked) >= 4)
    assert not bench.eyes[0].followed
    assert len(bench.posted.of(VisionReport)) <= len(bench.eyes[0].looked)


def test_f12_stale_frames_are_not_looked_at(bench: Bench) -> None:
    """F12: a picture of a second ago may show somebody who has gone."""
    old = fakes.frame(GRACE)
    bench.frames.put(Frame(old.image, old.captured_at_ms, old.monotonic_s - STALE_S - 0.5))
    # Not taken here: the worker has to have had it in its hands.
    wait_until(lambda: bench.frames._value is None)
    bench.show_until(NOBODY, lambda: NOBODY in bench.eyes[0].looked)
    assert GRACE not in bench.eyes[0].looked


def test_an_encoder_that_cannot_load_is_said_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sentence is the encoder's own; the next attempt succeeds."""
    monkeypatch.setattr("client.vision_worker._MEND_S", 0.1)
    bench = Bench(FakeEyes(fails=EncoderFailed("The face model cannot be read.")), FakeEyes())
    status = bench.posted.wait_for(VisionStatus, lambda status: status.state is VisionState.FAILED)
    assert status.sentence == "The face model cannot be read."
    bench.ready()
    assert bench.eyes[0].closed.is_set()
    end(bench)


def test_a_fault_in_the_thread_is_posted_with_its_traceback_and_survived(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Anything an engine raises."""
    monkeypatch.setattr("client.vision_worker._MEND_S", 0.1)
    bench.show_until(BAD_ENCODER, lambda: bench.posted.of(Fault))
    fault = bench.posted.of(Fault)[0]
    assert "fault of its own" in fault.detail
    wait_until(lambda: bench.worker.state is VisionState.READY)
    bench.show_until(GRACE, lambda: bench.asked)
    # The new eyes may still be shown a picture that was on its way, and fail once more.
    assert bench.opened == 1 + len(bench.posted.of(Fault))


def test_enrolment_takes_faces_instead_of_identification(bench: Bench) -> None:
    """With the stricter limits; afterwards the person is recognised anew."""
    bench.show_until(GRACE, lambda: bench.asked)
    bench.worker.tell(lambda: bench.worker.enrolment.begin(1))
    bench.worker.tell(lambda: bench.worker.enrolment.take(None, time.monotonic()))
    bench.show_until(GRACE, lambda: bench.posted.of(EnrolSampleTaken))
    assert bench.eyes[0].limits is ENROLMENT
    assert len(bench.asked) == 1
    bench.worker.tell(lambda: bench.worker.enrolment.submit(_form()))
    wait_until(lambda: bench.enrolled)
    bench.worker.notice(EnrolAnswered(ok=True, code="", message=""))
    wait_until(lambda: bench.worker.enrolment.state is EnrolmentState.STORED)
    bench.show_until(GRACE, lambda: len(bench.asked) == 2)
    assert bench.eyes[0].limits is None


def test_another_camera_shows_other_people(bench: Bench) -> None:
    """Whoever is in its first picture is asked about."""
    bench.show_until(GRACE, lambda: bench.asked)
    bench.worker.new_scene()
    bench.show_until(GRACE, lambda: len(bench.asked) == 2)


def _form() -> Form:
    return Form(name="Ada", consent_text="yes", consent_at_ms=1)
