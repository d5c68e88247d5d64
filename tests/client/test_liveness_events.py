"""Tests of what is said about liveness inside a checkpoint: what is left out says no."""

import dataclasses

import pytest

from client.events import ClientEvent
from client.liveness_events import ChallengeAsked, ChallengeEnded, ChallengeGiven


@pytest.mark.parametrize("event", [ChallengeGiven("e"), ChallengeEnded("e", passed=False)])
def test_by_default_there_is_nothing(event: ClientEvent) -> None:
    """No challenge, nothing passed: what is left out never says yes."""
    values = dataclasses.asdict(event)  # type: ignore[call-overload]
    assert not any(value for name, value in values.items() if name != "event_id")


def test_what_is_asked_cannot_be_changed() -> None:
    """The window shows what the vision thread checks."""
    asked = ChallengeAsked("e", None, 0, 2, 8.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        asked.done = 2  # type: ignore[misc]
