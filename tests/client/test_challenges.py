"""Tests of asking for challenges: one answer a question, in time, over any connection."""

import time

import pytest

from client import challenges
from client.challenges import Challenges
from client.liveness_events import ChallengeGiven
from protocol.messages import AskChallenge, ChallengeReply, Error, HeartbeatReply
from tests.client.fakes import Collector
from tests.client.test_errands import Wire, connection

EVENT = "e" * 32


def reply(request: AskChallenge) -> ChallengeReply:
    """The server's answer."""
    return ChallengeReply(
        re=request.id,
        event_id=request.event_id,
        challenge_id="c" * 32,
        actions=("blink", "turn_left"),
        time_limit_s=15.0,
    )


def asked(made: Challenges, wire: Wire) -> AskChallenge:
    """What was sent for the one event."""
    made.take(EVENT, hopeless=False)
    made.send_due(connection(wire))
    made.send_due(connection(wire))
    (request,) = wire.sent
    assert isinstance(request, AskChallenge)
    assert request.event_id == EVENT
    return request


def test_asked_once_and_given() -> None:
    """The answer has what the person shall do."""
    posted, wire = Collector(), Wire()
    made = Challenges(posted)
    request = asked(made, wire)
    assert made.answered(reply(request))
    assert posted.of(ChallengeGiven) == [
        ChallengeGiven(EVENT, "c" * 32, ("blink", "turn_left"), 15.0)
    ]
    made.tick(hopeless=True)
    assert len(posted.events) == 1


def test_other_replies_are_not_taken() -> None:
    """They are the errands'."""
    made = Challenges(Collector())
    assert not made.answered(HeartbeatReply(re="r1", server_time_ms=1))
    assert not made.answered(Error.refuse("busy", "No.", re=None))


def test_a_server_that_cannot_be_reached_is_said_at_once() -> None:
    """Nobody waits for what cannot come."""
    posted = Collector()
    Challenges(posted).take(EVENT, hopeless=True)
    (given,) = posted.of(ChallengeGiven)
    assert given.challenge_id == ""
    assert given.sentence == challenges.NO_ANSWER


def test_no_answer_in_time_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that comes afterwards is too late: the person was told."""
    posted, wire = Collector(), Wire()
    made = Challenges(posted)
    request = asked(made, wire)
    made.tick(hopeless=False)
    assert not posted.events
    later_s = time.monotonic() + challenges.ANSWER_WITHIN_S
    monkeypatch.setattr(challenges.time, "monotonic", lambda: later_s)
    made.tick(hopeless=False)
    assert made.answered(reply(request))
    assert [given.challenge_id for given in posted.of(ChallengeGiven)] == [""]


def test_a_refusal_says_why() -> None:
    """In the words for this code."""
    posted, wire = Collector(), Wire()
    made = Challenges(posted)
    request = asked(made, wire)
    assert made.answered(Error.refuse("busy", "No.", re=request.id))
    (given,) = posted.of(ChallengeGiven)
    assert given.sentence.startswith("The server has too much to do")


def test_a_broken_connection_asks_again() -> None:
    """The same event, under another request's id."""
    posted, wire = Collector(), Wire()
    made = Challenges(posted)
    asked(made, wire)
    made.connection_lost()
    again = Wire()
    made.send_due(connection(again))
    (request,) = again.sent
    assert isinstance(request, AskChallenge)
    made.answered(reply(request))
    assert [given.challenge_id for given in posted.of(ChallengeGiven)] == ["c" * 32]
