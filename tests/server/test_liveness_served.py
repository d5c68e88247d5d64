"""Liveness through a real socket: who is named, what is stored, what a forger gets."""

import json
from pathlib import Path
from typing import Any

import pytest

from biometrics.challenge import Challenge
from protocol.liveness import Liveness
from protocol.messages import AskChallenge, ChallengeReply
from server import grid as grid_module
from server import liveness
from server.liveness import LivenessRule
from server.settings import LivenessMode, ServerSettings
from tests.server.wire import Peer, Served, assert_healthy, enrol, face, identify, new_id, served

ALIVE = {"passed": True, "live": True}


def demanding(mode: LivenessMode = "active") -> ServerSettings:
    """The settings of a server that demands liveness."""
    return ServerSettings(port=0, liveness=mode)


def ask(peer: Peer, event_id: str) -> ChallengeReply:
    """A challenge for an event (or enrolment)."""
    reply = peer.ask(AskChallenge(id=new_id(), event_id=event_id))
    assert isinstance(reply, ChallengeReply), reply
    return reply


def answered(reply: ChallengeReply, **changes: object) -> Liveness:
    """What an honest checkpoint says."""
    values = {**ALIVE, "challenge_id": reply.challenge_id, **changes}
    return Liveness(**values)  # type: ignore[arg-type]


def enrolled(peer: Peer, name: str, seed: int) -> None:
    """Somebody is enrolled, having shown that they are alive."""
    request = enrol(name, face(seed))
    said = answered(ask(peer, request.enrolment_id))
    reply = peer.ask(enrol(name, face(seed), enrolment_id=request.enrolment_id, liveness=said))
    assert reply.kind == "enrolled", reply


def stored(running: Served, event_id: str) -> Any:
    """The row of an event."""
    return running.grid.history.find(event_id)


def test_a_living_person_is_named(tmp_path: Path) -> None:
    """Asked, done, named; the same request again has the same answer."""
    with (
        served(tmp_path, settings=demanding()) as running,
        running.checkpoint() as gate,
    ):
        assert gate.session.welcome is not None
        assert gate.session.welcome.liveness == "active"
        enrolled(gate, "Ann", 1)
        event = new_id()
        request = identify(face(1), event_id=event, liveness=answered(ask(gate, event)))
        verdict = gate.ask(request)
        assert (verdict.outcome, verdict.display_name) == ("identified", "Ann")
        again = gate.ask(identify(face(1), event_id=event, liveness=request.liveness))
        assert (again.outcome, again.subject_id) == (verdict.outcome, verdict.subject_id)
        assert stored(running, event).outcome == "identified"


def _nothing(_gate: Peer, _other: Peer, _event: str) -> Liveness | None:
    return None


def _no_challenge(_gate: Peer, _other: Peer, _event: str) -> Liveness:
    return Liveness(passed=True, live=True)


def _invented(_gate: Peer, _other: Peer, _event: str) -> Liveness:
    return Liveness(challenge_id=new_id(), passed=True, live=True)


def _of_another_checkpoint(_gate: Peer, other: Peer, event: str) -> Liveness:
    return answered(ask(other, event))


def _of_another_event(gate: Peer, _other: Peer, _event: str) -> Liveness:
    return answered(ask(gate, new_id()))


def _used(gate: Peer, _other: Peer, _event: str) -> Liveness:
    event = new_id()
    said = answered(ask(gate, event))
    assert gate.ask(identify(face(1), event_id=event, liveness=said)).outcome == "identified"
    return said


def _failed(gate: Peer, _other: Peer, event: str) -> Liveness:
    return answered(ask(gate, event), passed=False, reason="The head was not turned.")


def _flat(gate: Peer, _other: Peer, event: str) -> Liveness:
    return answered(ask(gate, event), live=False, reason="It looks like a screen.")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (_nothing, "sent nothing about liveness"),
        (_no_challenge, "did not ask for a challenge"),
        (_invented, "not known"),
        (_of_another_checkpoint, "another checkpoint"),
        (_of_another_event, "another event"),
        (_used, "another event"),
        (_failed, "The head was not turned."),
        (_flat, "It looks like a screen."),
    ],
)
def test_whatever_is_forged_or_failed_names_nobody(tmp_path: Path, said: Any, why: str) -> None:
    """spoof_suspected: no name and no distance on the wire, the whole story in the history."""
    with (
        served(tmp_path, settings=demanding()) as running,
        running.checkpoint() as gate,
        running.checkpoint("gate-2") as other,
    ):
        enrolled(gate, "Ann", 1)
        event = new_id()
        gate.raw = b""
        verdict = gate.ask(identify(face(1), event_id=event, liveness=said(gate, other, event)))
        assert verdict.outcome == "spoof_suspected"
        assert (verdict.subject_id, verdict.display_name) == (None, None)
        row = stored(running, event)
        assert row.outcome == "spoof_suspected"
        assert (row.subject_id, row.display_name) == (None, None)
        assert why in row.reason
        assert "Nobody is named" in row.reason
        assert row.nearest_name == "Ann"
        last = json.loads(gate.raw[gate.raw.rindex(b'{"kind"') :])
        assert set(last) == {
            *("kind", "re", "event_id", "outcome", "subject_id", "display_name"),
            "server_time_ms",
        }
        assert_is_filtered(running, event)


def assert_is_filtered(running: Served, event_id: str) -> None:
    """The history finds it by its outcome."""
    from database.reader import EventFilter

    rows = running.grid.history.query(EventFilter(outcomes=("spoof_suspected",))).rows
    assert [row.event_id for row in rows] == [event_id]


def test_an_expired_challenge_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the server's clock, whatever the checkpoint says."""
    now_s = [50.0]

    def slow(mode: Any) -> LivenessRule:
        return LivenessRule(mode, clock=lambda: now_s[0])

    monkeypatch.setattr(grid_module, "LivenessRule", slow)
    with served(tmp_path, settings=demanding()) as running, running.checkpoint() as gate:
        enrolled(gate, "Ann", 1)
        event = new_id()
        reply = ask(gate, event)
        now_s[0] += reply.time_limit_s + liveness.ROOM_S + 0.5
        verdict = gate.ask(identify(face(1), event_id=event, liveness=answered(reply)))
        assert verdict.outcome == "spoof_suspected"
        assert "are allowed" in stored(running, event).reason


def test_a_restart_between_challenge_and_answer_fails_closed(tmp_path: Path) -> None:
    """The challenge is unknown to the new server: not named; a second try is."""
    with served(tmp_path, settings=demanding()) as running, running.checkpoint() as gate:
        enrolled(gate, "Ann", 1)
        event = new_id()
        said = answered(ask(gate, event))
    with served(tmp_path, settings=demanding()) as running, running.checkpoint() as gate:
        verdict = gate.ask(identify(face(1), event_id=event, liveness=said))
        assert verdict.outcome == "spoof_suspected"
        assert "restarted" in stored(running, event).reason
        event = new_id()
        said = answered(ask(gate, event))
        assert gate.ask(identify(face(1), event_id=event, liveness=said)).outcome == "identified"


def test_a_broken_connection_keeps_the_challenge(tmp_path: Path) -> None:
    """The person need not start again: it belongs to the checkpoint, not to its connection."""
    with served(tmp_path, settings=demanding()) as running:
        with running.checkpoint() as gate:
            enrolled(gate, "Ann", 1)
            event = new_id()
            said = answered(ask(gate, event))
        with running.checkpoint() as gate:
            verdict = gate.ask(identify(face(1), event_id=event, liveness=said))
        assert verdict.outcome == "identified"


def test_a_late_event_without_a_challenge_is_unreachable_and_nameless(tmp_path: Path) -> None:
    """Nobody could be asked to do anything: the outcome is the truth, and no name is given."""
    with served(tmp_path, settings=demanding()) as running, running.checkpoint() as gate:
        enrolled(gate, "Ann", 1)
        event = new_id()
        verdict = gate.ask(identify(face(1), event_id=event, late=True))
        assert (verdict.outcome, verdict.display_name) == ("server_unreachable", None)
        assert "nothing about liveness" in stored(running, event).reason


def test_a_changed_setting_is_told_with_the_next_heartbeat(tmp_path: Path) -> None:
    """And counts at once for what is asked from then on."""
    from protocol.messages import Heartbeat

    with served(tmp_path) as running, running.checkpoint() as gate:
        assert gate.ask(enrol("Ann", face(1))).kind == "enrolled"
        assert gate.ask(identify(face(1))).outcome == "identified"
        running.grid.change_settings(demanding("passive")).result(timeout=5)
        assert gate.ask(Heartbeat(id=new_id())).liveness == "passive"
        assert gate.ask(identify(face(1))).outcome == "spoof_suspected"
        assert gate.ask(identify(face(1), liveness=Liveness(**ALIVE))).outcome == "identified"


def test_an_enrolment_needs_it_too(tmp_path: Path) -> None:
    """Somebody else's picture before the camera would be let in for good."""
    with served(tmp_path, settings=demanding()) as running, running.checkpoint() as gate:
        refused = gate.ask(enrol("Ann", face(1)))
        assert (refused.kind, refused.code) == ("error", "spoof_suspected")
        assert not refused.retryable
        request = enrol("Ann", face(1))
        failed = answered(ask(gate, request.enrolment_id), passed=False)
        refused = gate.ask(
            enrol("Ann", face(1), enrolment_id=request.enrolment_id, liveness=failed)
        )
        assert refused.code == "spoof_suspected"
        assert len(running.grid.people.gallery) == 0
        enrolled(gate, "Ann", 1)
        assert len(running.grid.people.gallery) == 1


def test_an_enrolment_sent_again_is_enrolled_once(tmp_path: Path) -> None:
    """Its answer was lost: with the old word or a new one it gets the first answer."""
    with served(tmp_path, settings=demanding()) as running, running.checkpoint() as gate:
        first = enrol("Ann", face(1))
        said = answered(ask(gate, first.enrolment_id))
        one = gate.ask(enrol("Ann", face(1), enrolment_id=first.enrolment_id, liveness=said))
        two = gate.ask(enrol("Ann", face(1), enrolment_id=first.enrolment_id, liveness=said))
        three = gate.ask(enrol("Ann", face(1), enrolment_id=first.enrolment_id))
        assert one.subject_id == two.subject_id == three.subject_id
        assert len(running.grid.people.gallery) == 1


def test_a_checkpoint_that_asks_for_a_thousand_challenges_harms_nobody(tmp_path: Path) -> None:
    """Few are remembered; another checkpoint's person is named meanwhile."""
    with (
        served(tmp_path, settings=demanding()) as running,
        running.checkpoint() as gate,
        running.checkpoint("greedy") as greedy,
    ):
        enrolled(gate, "Ann", 1)
        event = new_id()
        said = answered(ask(gate, event))
        refusals = 0
        for _ in range(160):
            reply = greedy.ask(AskChallenge(id=new_id(), event_id=new_id()))
            refusals += reply.kind == "error" and reply.code == "rate_limited"
        assert refusals > 10
        assert gate.ask(identify(face(1), event_id=event, liveness=said)).outcome == "identified"
        assert_healthy(running)


def test_a_challenge_is_a_real_one(tmp_path: Path) -> None:
    """What goes over the wire can be made a challenge again."""
    from biometrics.challenge import Action

    with served(tmp_path, settings=demanding()) as running, running.checkpoint() as gate:
        reply = ask(gate, new_id())
        made = Challenge(tuple(Action(word) for word in reply.actions), reply.time_limit_s)
        assert made.time_limit_s == reply.time_limit_s
