"""Tests of an enrolment's events; that they are frozen and in the union, `test_events.py` asks."""

from client.enrolment_events import EnrolAnswered, EnrolmentChanged
from client.states import EnrolmentState


def test_what_is_not_said_is_not_claimed() -> None:
    """No samples, nobody stored, no sample at fault."""
    changed = EnrolmentChanged(EnrolmentState.NONE)
    assert (changed.samples, changed.wanted, changed.next_pose) == ((), 3, None)
    answered = EnrolAnswered(ok=False, code="timeout", message="No answer.")
    assert (answered.subject_id, answered.samples, answered.sample) == (None, 0, None)
