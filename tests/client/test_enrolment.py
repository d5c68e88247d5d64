"""Tests of collecting samples: accepted or refused with a reason, reviewed, sent, answered."""

import base64
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.views import Views
from biometrics.vision import SeenFace
from client.enrolment import TAKE_WITHIN_S, Enrolment, Form
from client.enrolment_events import (
    EnrolAnswered,
    EnrolmentChanged,
    EnrolSampleRefused,
    EnrolSampleTaken,
)
from client.pose import Pose
from client.states import EnrolmentState
from protocol.messages import Enrol
from tests.client import fakes
from tests.client.fakes import EILEEN, GRACE, POOR, TURNED_LEFT, Collector


class Desk:
    """An enrolment with what it sends and posts."""

    def __init__(self) -> None:
        self.posted = Collector()
        self.sent: list[Enrol] = []
        self.enrolment = Enrolment(self._encode, self.sent.append, self.posted)

    def _encode(self, seen: SeenFace, views: Views) -> NDArray[np.float64]:
        assert views == "sample"
        return fakes.direction(int(seen.chip[0, 0, 0]))

    def take(self, who: int, pose: Pose | None = None) -> None:
        """Asks for a sample while somebody is in view."""
        self.enrolment.take(pose, time.monotonic())
        self.enrolment.consider(fakes.seen(who))

    def wait(self) -> str:
        """Lets the time pass; gives the reason of the refusal."""
        self.enrolment.tick(time.monotonic() + TAKE_WITHIN_S + 1)
        return self.posted.of(EnrolSampleRefused)[-1].reason

    @property
    def last(self) -> EnrolmentChanged:
        """The newest state."""
        return self.posted.of(EnrolmentChanged)[-1]


@pytest.fixture
def desk() -> Desk:
    """An enrolment of three samples that has begun."""
    made = Desk()
    made.enrolment.begin(3)
    return made


def form(name: str = "Ada Lovelace") -> Form:
    """What the dialog says."""
    return Form(name=name, consent_text="I agree.", consent_at_ms=1_700_000_000_000)


def test_three_samples_are_reviewed_and_sent(desk: Desk) -> None:
    """Straight first, then what is missing; the message holds all three."""
    assert desk.last.next_pose is Pose.STRAIGHT
    desk.take(GRACE, Pose.STRAIGHT)
    assert desk.last.next_pose is Pose.LEFT
    desk.take(TURNED_LEFT, Pose.LEFT)
    assert desk.last.next_pose is Pose.RIGHT
    desk.take(GRACE)
    assert desk.last.state is EnrolmentState.REVIEWING
    assert desk.last.samples == (Pose.STRAIGHT, Pose.LEFT, Pose.STRAIGHT)
    assert desk.last.next_pose is None
    desk.enrolment.submit(form("  Ada   Lovelace "))
    (request,) = desk.sent
    assert request.display_name == "Ada Lovelace"
    assert [sample.pose for sample in request.samples] == ["straight", "left", "straight"]
    assert request.picture is not None
    assert base64.b64decode(request.picture).startswith(b"\xff\xd8")
    request.to_wire()
    desk.enrolment.answered(EnrolAnswered(ok=True, code="", message=""))
    assert desk.enrolment.state is EnrolmentState.STORED
    assert not desk.enrolment.active


def test_thumbnails_are_the_chips(desk: Desk) -> None:
    """With their place in the list."""
    desk.take(GRACE)
    desk.take(GRACE)
    taken = desk.posted.of(EnrolSampleTaken)
    assert [sample.index for sample in taken] == [0, 1]
    assert taken[0].thumbnail.shape == (150, 150, 3)


def test_a_poor_face_is_refused_with_its_cure_after_a_while(desk: Desk) -> None:
    """And taken when it becomes good in time."""
    desk.take(POOR)
    assert not desk.posted.of(EnrolSampleTaken)
    assert desk.wait() == "Come closer: 54 px, 80 needed."
    desk.take(POOR)
    desk.enrolment.consider(fakes.seen(GRACE))
    assert len(desk.posted.of(EnrolSampleTaken)) == 1
    assert len(desk.posted.of(EnrolSampleRefused)) == 1


def test_no_face_and_the_wrong_pose_are_said(desk: Desk) -> None:
    """The sentence is what to do."""
    desk.enrolment.take(None, time.monotonic())
    desk.enrolment.consider(None)
    assert "No face" in desk.wait()
    desk.take(GRACE, Pose.LEFT)
    assert "your left" in desk.wait()
    desk.take(GRACE, Pose.OTHER)
    assert len(desk.posted.of(EnrolSampleTaken)) == 1


def test_only_a_wrong_pose_is_refused_for_the_pose(desk: Desk) -> None:
    """The dialog asks for any pose after that, and after nothing else."""
    for who in (POOR, GRACE):
        desk.take(who, Pose.LEFT)
        desk.wait()
    desk.take(GRACE, Pose.LEFT)
    desk.enrolment.consider(None)
    desk.wait()
    assert [refused.for_pose for refused in desk.posted.of(EnrolSampleRefused)] == [
        False,
        True,
        False,
    ]


def test_a_moving_face_is_waited_for(desk: Desk) -> None:
    """Its picture may be sharp enough to be compared once, not to be compared with for years."""
    desk.enrolment.take(None, time.monotonic())
    desk.enrolment.consider(fakes.seen(GRACE), steady=False)
    assert not desk.posted.of(EnrolSampleTaken)
    desk.enrolment.consider(fakes.seen(GRACE), steady=True)
    assert len(desk.posted.of(EnrolSampleTaken)) == 1
    desk.enrolment.take(None, time.monotonic())
    desk.enrolment.consider(fakes.seen(GRACE), steady=False)
    assert desk.wait() == "Hold still for a moment."


def test_another_person_than_the_first_sample_is_refused(desk: Desk) -> None:
    """The template of two people would be nobody's."""
    desk.take(GRACE)
    desk.take(EILEEN)
    assert "another person" in desk.posted.of(EnrolSampleRefused)[0].reason
    assert desk.last.samples == (Pose.STRAIGHT,)


def test_samples_can_be_dropped_and_taken_again(desk: Desk) -> None:
    """Dropping below what is wanted goes back to collecting."""
    for who in (GRACE, TURNED_LEFT, GRACE):
        desk.take(who if who != TURNED_LEFT else GRACE)
    desk.enrolment.drop(7)
    desk.enrolment.drop(-1)
    assert desk.last.state is EnrolmentState.REVIEWING
    desk.enrolment.drop(1)
    assert desk.last.state is EnrolmentState.COLLECTING
    assert len(desk.last.samples) == 2
    desk.enrolment.submit(form())
    assert desk.posted.of(EnrolAnswered)[0].code == "not_ready"
    desk.take(GRACE)
    assert desk.last.state is EnrolmentState.REVIEWING


@pytest.mark.parametrize("name", ["", "   ", "x" * 300, "a\u202eb", "\u200d"])
def test_names_that_cannot_be_used_are_answered_here(desk: Desk, name: str) -> None:
    """Nothing is sent, nothing is lost, the dialog shows the sentence."""
    for _ in range(3):
        desk.take(GRACE)
    desk.enrolment.submit(form(name))
    (answer,) = desk.posted.of(EnrolAnswered)
    assert answer.code == "name_invalid"
    assert answer.message.endswith(".")
    assert desk.enrolment.state is EnrolmentState.REVIEWING
    assert not desk.sent


def test_the_same_content_again_has_the_same_id_and_other_content_another(desk: Desk) -> None:
    """A lost answer enrols nobody twice; a changed form is no conflict."""
    for _ in range(3):
        desk.take(GRACE)
    desk.enrolment.submit(form())
    desk.enrolment.answered(EnrolAnswered(ok=False, code="server_unreachable", message="."))
    assert desk.enrolment.state is EnrolmentState.REJECTED
    assert desk.enrolment.active
    desk.enrolment.submit(form())
    desk.enrolment.answered(EnrolAnswered(ok=False, code="name_taken", message="."))
    desk.enrolment.submit(form("Ada King"))
    first, second, third = (request.enrolment_id for request in desk.sent)
    assert first == second != third


def test_after_a_rejection_a_sample_can_be_replaced(desk: Desk) -> None:
    """The one that disagrees."""
    for _ in range(3):
        desk.take(GRACE)
    desk.enrolment.submit(form())
    desk.enrolment.answered(EnrolAnswered(ok=False, code="samples_disagree", message=".", sample=1))
    desk.enrolment.drop(1)
    assert desk.last.state is EnrolmentState.COLLECTING
    desk.take(GRACE)
    assert desk.last.state is EnrolmentState.REVIEWING


def test_cancelling_forgets_everything_and_a_late_answer_changes_nothing(desk: Desk) -> None:
    """The dialog was closed while the server thought."""
    for _ in range(3):
        desk.take(GRACE)
    desk.enrolment.submit(form())
    desk.enrolment.cancel()
    assert not desk.enrolment.active
    desk.enrolment.answered(EnrolAnswered(ok=True, code="", message=""))
    assert desk.enrolment.state is EnrolmentState.NONE
    assert desk.last.samples == ()


def test_without_an_enrolment_no_sample_is_taken() -> None:
    """And ten are the most."""
    desk = Desk()
    desk.take(GRACE)
    assert "Begin" in desk.posted.of(EnrolSampleRefused)[0].reason
    desk.enrolment.begin(99)
    for _ in range(12):
        desk.take(GRACE)
    assert len(desk.posted.of(EnrolSampleTaken)) == 10
    assert "Drop one" in desk.posted.of(EnrolSampleRefused)[-1].reason
