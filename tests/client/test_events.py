"""Tests of the events: frozen, and without anything that must not leave a worker."""

import dataclasses
import typing

import pytest

from client import enrolment_events, events, liveness_events, outbox, sign_in_events
from client.events import ClientEvent, LinkState, LinkStatus, Outcome

MODULES = (events, enrolment_events, liveness_events, sign_in_events, outbox)
KINDS = typing.get_args(ClientEvent)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_events_are_frozen_and_hold_no_distance_and_no_encoding(kind: type) -> None:
    """A window cannot change what a worker posted, nor show what could be climbed."""
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    names = {field.name for field in dataclasses.fields(kind)}
    assert not names & {"distance", "encoding", "score", "confidence", "similarity"}


def test_every_event_class_is_in_the_union() -> None:
    """Nobody matches over half of the events."""
    found = {
        value
        for value in vars(events).values()
        if dataclasses.is_dataclass(value)
        and getattr(value, "__module__", "") in {module.__name__ for module in MODULES}
    }
    assert found - {events.FaceView} == set(KINDS)


def test_outcomes_are_the_words_of_the_wire() -> None:
    """The same words everywhere."""
    from protocol.messages import VERDICTS

    assert {outcome.value for outcome in Outcome} == set(VERDICTS)


def test_status_says_by_default_that_nothing_is_known() -> None:
    """A fresh status claims neither people nor a latency."""
    status = LinkStatus(LinkState.CONNECTING)
    assert (status.people, status.latency_ms, status.retry_in_s) == (None, None, None)
