"""The rule of liveness: what counts as an answer to a challenge, and what speaks against one."""

import random
from collections.abc import Callable

import pytest

from biometrics.challenge import Action, Challenge, draw
from protocol.liveness import Liveness
from protocol.messages import AskChallenge, ChallengeReply
from server import liveness
from server.liveness import LivenessRule, by_lot
from server.recognition import Caller
from tests.server.wire import ENCODER, new_id

GATE = Caller("gate-1", "Gate 1", ENCODER)
OTHER = Caller("gate-2", "Gate 2", ENCODER)


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


def rule(
    mode: str = "active",
    *,
    clock: Callable[[], float] | None = None,
    challenge: Challenge | None = None,
) -> LivenessRule:
    """A rule that always asks for the same, 8 s long."""
    given = challenge or Challenge((Action.BLINK, Action.TURN_LEFT), 8.0)
    return LivenessRule(lambda: mode, draw=lambda: given, clock=clock or Clock())


def asked(
    made: LivenessRule, event_id: str, caller: Caller = GATE, request_id: str = "a1"
) -> ChallengeReply:
    """A challenge for an event."""
    return made.ask(AskChallenge(id=request_id, event_id=event_id), caller)


def done(reply: ChallengeReply | None, **changes: object) -> Liveness:
    """What an honest checkpoint says about a living person."""
    values: dict[str, object] = {"passed": True, "live": True}
    if reply is not None:
        values["challenge_id"] = reply.challenge_id
    return Liveness(**(values | changes))  # type: ignore[arg-type]


def test_off_nothing_is_demanded() -> None:
    """Whatever is said or not said."""
    made = rule("off")
    assert made.objection(new_id(), None, GATE) == ""
    assert made.objection(new_id(), done(None, passed=False, live=False), GATE) == ""


def test_passive_needs_a_living_picture() -> None:
    """No challenge, but the word of the checkpoint; silence is an objection."""
    made = rule("passive")
    assert made.objection(new_id(), done(None), GATE) == ""
    assert "nothing about liveness" in made.objection(new_id(), None, GATE)
    flat = done(None, live=False, reason="It looks like a screen.")
    assert made.objection(new_id(), flat, GATE) == (
        "The picture does not look like a living person's: It looks like a screen."
    )


def test_active_an_honest_answer_counts() -> None:
    """Challenge and answer belong together and are in time."""
    clock, event = Clock(), new_id()
    made = rule(clock=clock)
    reply = asked(made, event)
    assert (reply.re, reply.event_id) == ("a1", event)
    assert (reply.actions, reply.time_limit_s) == (("blink", "turn_left"), 8.0)
    clock.now_s += 8.0 + liveness.ROOM_S
    assert made.objection(event, done(reply), GATE) == ""


def test_active_includes_passive() -> None:
    """Somebody may do what is asked behind a screen."""
    made, event = rule(), new_id()
    assert "does not look like" in made.objection(event, done(asked(made, event), live=False), GATE)


@pytest.mark.parametrize("mode", ["passive", "active"])
def test_an_older_checkpoint_names_nobody(mode: str) -> None:
    """It says nothing: that is an objection wherever something is demanded."""
    assert "Update it" in rule(mode).objection(new_id(), None, GATE)


def test_forged_without_a_challenge() -> None:
    """`passed` alone is a word."""
    assert "did not ask" in rule().objection(new_id(), done(None), GATE)


def test_forged_with_an_invented_challenge() -> None:
    """As after a restart of the server: it is not known."""
    made, event = rule(), new_id()
    asked(made, event)
    said = Liveness(challenge_id=new_id(), passed=True, live=True)
    assert "not known" in made.objection(event, said, GATE)


def test_another_checkpoints_challenge() -> None:
    """A challenge is given to one checkpoint; the honest one still may use it."""
    made, event = rule(), new_id()
    said = done(asked(made, event))
    assert "another checkpoint" in made.objection(event, said, OTHER)
    assert made.objection(event, said, GATE) == ""


def test_another_events_challenge() -> None:
    """So one challenge lets one event through, and no second one."""
    made, event = rule(), new_id()
    said = done(asked(made, event))
    assert made.objection(event, said, GATE) == ""
    assert "another event" in made.objection(new_id(), said, GATE)


def test_an_expired_challenge() -> None:
    """By the server's clock."""
    clock, event = Clock(), new_id()
    made = rule(clock=clock)
    reply = asked(made, event)
    clock.now_s += 8.0 + liveness.ROOM_S + 0.1
    assert "took 11 s; 11 s are allowed" in made.objection(event, done(reply), GATE)


def test_a_failed_challenge_says_why_and_cannot_be_mended() -> None:
    """First failed, then passed after all: the first word counts."""
    made, event = rule(), new_id()
    reply = asked(made, event)
    failed = done(reply, passed=False, reason="Nobody blinked.")
    why = "What was asked for was not done: Nobody blinked."
    assert made.objection(event, failed, GATE) == why
    assert made.objection(event, failed, GATE) == why
    assert "answered before" in made.objection(event, done(reply), GATE)


def test_the_same_answer_again_is_judged_as_before() -> None:
    """Its event could not be stored, or the reply was lost: late does not matter any more."""
    clock, event = Clock(), new_id()
    made = rule(clock=clock)
    said = done(asked(made, event))
    assert made.objection(event, said, GATE) == ""
    clock.now_s += 60
    assert made.objection(event, said, GATE) == ""


def test_an_event_cannot_ask_until_a_challenge_suits() -> None:
    """Asked again, even on another connection, it is given the same one and no more time."""
    clock, event = Clock(), new_id()
    made = LivenessRule(lambda: "active", draw=lambda: draw(random.Random(4)), clock=clock)
    first = asked(made, event)
    clock.now_s += 3
    again = asked(made, event, request_id="a2")
    assert (again.re, again.challenge_id, again.actions) == (
        "a2",
        first.challenge_id,
        first.actions,
    )
    assert asked(made, event, OTHER).challenge_id != first.challenge_id
    clock.now_s += 60
    assert asked(made, event).challenge_id != first.challenge_id, "an expired one was given again"


def test_one_checkpoint_has_few_challenges() -> None:
    """The oldest makes room; other checkpoints keep theirs."""
    made, event = rule(), new_id()
    kept, first = asked(made, event, OTHER), asked(made, event)
    for _ in range(liveness.PER_CHECKPOINT):
        asked(made, new_id())
    assert made.remembered == liveness.PER_CHECKPOINT + 1
    assert "not known" in made.objection(event, done(first), GATE)
    assert made.objection(event, done(kept), OTHER) == ""


def test_all_checkpoints_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of checkpoints cost nothing: the oldest challenge of all makes room."""
    monkeypatch.setattr(liveness, "MOST", 20)
    made = rule()
    for number in range(100):
        asked(made, new_id(), Caller(f"gate-{number}", "Gate", ENCODER))
    assert made.remembered == 20


def test_old_challenges_are_forgotten() -> None:
    """Nothing is kept for ever."""
    clock, event = Clock(), new_id()
    made = rule(clock=clock)
    old = asked(made, event)
    clock.now_s += liveness.KEPT_S + 1
    asked(made, new_id())
    assert made.remembered == 1
    assert "not known" in made.objection(event, done(old), GATE)


def test_challenges_are_drawn_by_lot() -> None:
    """Over and over they differ, and each has a turn of the head."""
    drawn = {by_lot().actions for _ in range(60)}
    assert len(drawn) > 2
    assert all({Action.TURN_LEFT, Action.TURN_RIGHT} & set(actions) for actions in drawn)
