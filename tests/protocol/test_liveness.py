"""What is said about liveness on the wire: which words, which limits, and what may be missing."""

from typing import Any

import pytest

from biometrics.challenge import MOST_ACTIONS, Action
from protocol.errors import BadMessage
from protocol.liveness import ACTIONS, MAX_ACTIONS, Liveness
from protocol.messages import ChallengeReply, Enrol, HeartbeatReply, Identify, Welcome
from tests.protocol.samples import challenge_reply, enrol, identify, liveness, welcome


def test_the_actions_are_those_that_can_be_seen() -> None:
    """The wire knows every action a challenge can hold, in the same words, and as many."""
    assert {action.value for action in Action} == set(ACTIONS)
    assert MAX_ACTIONS >= MOST_ACTIONS


def test_a_request_carries_what_was_seen() -> None:
    """There and back, in both requests that name somebody."""
    said = liveness(passed=False, reason="Nobody blinked.")
    assert Identify.from_wire(identify(liveness=said).to_wire()).liveness == said
    assert Enrol.from_wire(enrol(liveness=said).to_wire()).liveness == said


def test_an_older_peer_says_nothing() -> None:
    """Its messages can be read; what follows from the silence is for the server to decide."""
    for message, kind in ((identify(), Identify), (enrol(), Enrol)):
        wire = message.to_wire()
        del wire["liveness"]
        assert kind.from_wire(wire).liveness is None  # type: ignore[attr-defined]
    wire = welcome().to_wire()
    del wire["liveness"]
    assert Welcome.from_wire(wire).liveness is None
    assert HeartbeatReply.from_wire({"re": "q4", "server_time_ms": 5}).liveness is None


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ([], "liveness"),
        ("yes", "liveness"),
        ({}, "liveness.passed"),
        ({"passed": 1, "live": True}, "liveness.passed"),
        ({"passed": True, "live": None}, "liveness.live"),
        ({"passed": True, "live": True, "challenge_id": "x"}, "liveness.challenge_id"),
        ({"passed": True, "live": True, "reason": "x" * 201}, "liveness.reason"),
        ({"passed": True, "live": True, "reason": "a\nb"}, "liveness.reason"),
    ],
)
def test_b10_a_wrong_field_is_named(value: object, field: str) -> None:
    """Nothing that looks like a yes is one."""
    with pytest.raises(BadMessage) as caught:
        Identify.from_wire({**identify().to_wire(), "liveness": value})
    assert caught.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {"actions": []},
        {"actions": ["blink"] * 6},
        {"actions": ["smile"]},
        {"time_limit_s": 0.5},
        {"time_limit_s": 61},
        {"challenge_id": "c"},
    ],
)
def test_a_challenge_has_actions_and_an_end(changes: dict[str, Any]) -> None:
    """None, too many, unknown ones and no time are refused."""
    with pytest.raises(BadMessage):
        ChallengeReply.from_wire({**challenge_reply().to_wire(), **changes})


def test_a_mode_is_one_of_three() -> None:
    """A welcome with another one is refused: what is demanded could not be done."""
    with pytest.raises(BadMessage, match="liveness"):
        Welcome.from_wire({**welcome().to_wire(), "liveness": "strict"})


def test_what_is_left_out_is_nothing() -> None:
    """No challenge and no reason."""
    said = Liveness.from_wire({"passed": False, "live": False, "reason": ""})
    assert (said.challenge_id, said.reason) == (None, "")
