"""Suspicion: replays first, then tries; and what counts as a try."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from database.records import Outcome
from protocol.errors import Code
from server import suspicion_files
from server.acting_grid import ActingGrid
from server.held_up import FLOODED, MORE_TRIES
from server.misses import PER_CHECKPOINT, Misses
from server.permissions import Actor, Role
from server.replays import Replays
from server.suspicion import OFTEN, Seen, Suspected, Suspicion
from tests.database.examples import event
from tests.server.wire import assert_healthy, enrol, face, identify, new_id, served

KEY = b"k" * 32


def make() -> tuple[Suspicion, list[str]]:
    """With what it alarms about."""
    alarms: list[str] = []
    suspicion = Suspicion(
        Replays(KEY), Misses(KEY, 128), alarm=lambda sentence, _checkpoint: alarms.append(sentence)
    )
    return suspicion, alarms


def seen(suspicion: Suspicion, number: int) -> Seen:
    """One more capture of a face, looked at."""
    probe = face(1, noise=0.1, noise_seed=number)
    return suspicion.of_all(probe[np.newaxis], [(new_id(), "gate", False)])[0]


def test_several_are_looked_at_one_after_the_other() -> None:
    """A replay of the probe just before it is one; the same event twice is none; tries count."""
    suspicion, _ = make()
    for number in range(PER_CHECKPOINT):
        suspicion.missed(face(7, noise=0.1, noise_seed=number), "gate")
    probes = np.array([face(seed) for seed in (1, 1, 1, 2, 7, 7)])
    gates = ["gate", "gate", "gate-2", "gate", "gate", "gate-2"]
    ids = [str(at) * 32 for at in (0, 0, 1, 2, 3, 3)]
    events = [(event_id, gate, False) for event_id, gate in zip(ids, gates, strict=True)]
    found = [one.suspected for one in suspicion.of_all(probes, events)]
    codes = [one and one.code for one in found]
    assert codes == [None, None, Code.REPLAY_SUSPECTED, None, Code.TOO_MANY_TRIES, None]


@pytest.mark.parametrize(
    ("outcome", "named", "counts"),
    [
        ("not_enrolled", False, True),
        ("ambiguous", False, True),
        ("server_unreachable", False, True),
        ("server_unreachable", True, False),
        ("identified", True, False),
        ("spoof_suspected", False, False),
    ],
)
def test_what_counts_as_a_miss(outcome: Outcome, *, named: bool, counts: bool) -> None:
    """Every answer that says "nobody", also one to an event that comes late."""
    suspicion, alarms = make()
    stored = event(checkpoint_id="gate", outcome=outcome, subject_id="a" * 32 if named else None)
    suspicion.settled([(seen(suspicion, number), stored) for number in range(PER_CHECKPOINT)])
    assert (seen(suspicion, 99).suspected is not None) == counts
    assert len(alarms) == counts, "told once"


def test_a_try_while_it_is_closed_counts_and_a_replay_does_not() -> None:
    """So that going on is no way to sit it out; a replay had no answer to learn from."""
    suspicion, _ = make()
    replay = Suspected(Code.REPLAY_SUSPECTED, "Sent before.")
    one = Seen(face(1), suspected=replay)
    stored = event(checkpoint_id="gate", outcome="spoof_suspected")
    suspicion.settled([(one, stored)] * PER_CHECKPOINT)
    assert suspicion.tried(face(1), "gate") is None
    one = Seen(face(1), suspected=replace(replay, code=Code.TOO_MANY_TRIES))
    suspicion.settled([(one, stored)] * PER_CHECKPOINT)
    found = suspicion.tried(face(1), "gate")
    assert found is not None
    assert found.code is Code.TOO_MANY_TRIES


def test_a_checkpoint_that_tries_near_very_many_faces_is_an_alarm_of_its_own() -> None:
    """What to do is another thing than for one visitor."""
    suspicion, alarms = make()
    for seed in range(FLOODED):
        for _ in range(PER_CHECKPOINT):
            suspicion.missed(face(seed), "gate")
    assert "near one face" in alarms[-2]
    assert f"near {FLOODED} faces: nobody at all is named there" in alarms[-1]
    assert suspicion.tried(face(5_000), "gate") is not None
    assert suspicion.tried(face(5_000), "gate-2") is None


def test_more_unknown_faces_than_a_door_has_name_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """One alarm; an outbox goes on being stored, answered without a name, and is no try."""
    monkeypatch.setattr("server.misses.MOST", 30)
    suspicion, alarms = make()
    for seed in range(29):
        suspicion.missed(face(seed), "gate")
    (before,) = suspicion.of_all(face(100)[np.newaxis], [(new_id(), "gate", False)])
    assert before.suspected is None
    for seed in range(29, 60):
        suspicion.missed(face(seed), "gate")
    assert len(alarms) == 1
    assert "more than a door sees" in alarms[0]
    probes = np.array([face(seed) for seed in (101, 102, 103)])
    events = [(new_id(), "gate", False), (new_id(), "gate", True), (new_id(), "gate-2", False)]
    live, late, elsewhere = suspicion.of_all(probes, events)
    assert live.suspected is not None
    assert live.suspected.code is Code.TOO_MANY_TRIES
    assert (late.suspected, late.silent) == (None, True)
    assert (elsewhere.suspected, elsewhere.silent) == (None, False)
    assert suspicion.tried(face(104), "gate") is not None


def test_few_late_answers_name_somebody_whoever_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each counts, for the same event too: what was stored unanswered is no store of answers."""
    monkeypatch.setattr("server.suspicion.MOST_TOLD_LATE", 3)
    suspicion, _ = make()
    late = (new_id(), "gate", True)
    found = [suspicion.of_all(face(1)[np.newaxis], [late])[0] for _ in range(5)]
    assert [one.silent for one in found] == [False, False, False, True, True]
    stored = event(checkpoint_id="gate", outcome="server_unreachable", subject_id=None)
    suspicion.settled([(found[-1], stored)] * PER_CHECKPOINT)
    assert suspicion.tried(face(1), "gate") is None


def test_an_enrolment_is_a_try_too(tmp_path: Path) -> None:
    """R6: `same_person_as` says yes and no like an identification: it is counted and closed."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        ann = gate.ask(enrol("Ann", face(1))).subject_id
        for number in range(PER_CHECKPOINT):
            other = enrol("Ann", face(5, noise=0.1, noise_seed=number), same_person_as=ann)
            assert gate.ask(other).code == "samples_disagree"
        answer = gate.ask(enrol("Ann", face(5), same_person_as=ann))
        assert (answer.code, answer.retryable) == ("too_many_tries", False)
        assert gate.ask(enrol("Bob", face(5))).code == "too_many_tries"
        answer = gate.ask(identify(face(5)))
        assert answer.code == "too_many_tries"
        assert running.grid.history.query().rows[0].outcome == "spoof_suspected"
        assert gate.ask(identify(face(1))).outcome == "identified"
        assert gate.ask(enrol("Cem", face(9))).kind == "enrolled"
        assert_healthy(running)


def test_r6_an_enrolment_that_enrols_nobody_is_a_try(tmp_path: Path) -> None:
    """R6: under a taken name, "already enrolled" and "name taken" are yes and no for nothing."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        assert gate.ask(enrol("Ann", face(1))).kind == "enrolled"
        for number in range(PER_CHECKPOINT):
            other = enrol("Ann", face(5, noise=0.1, noise_seed=number))
            assert gate.ask(other).code == "name_taken"
        assert gate.ask(enrol("Ann", face(5))).code == "too_many_tries"
        assert gate.ask(identify(face(5))).code == "too_many_tries"
        assert len(running.grid.people.gallery) == 1
        assert gate.ask(enrol("Ann", face(1, noise=0.1))).code == "already_enrolled"
        assert_healthy(running)


def test_r6_samples_that_lie_apart_are_tries_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R6: each is searched for, so none gets into a closed place behind the others' mean."""
    # Directions drawn anew each time take a probe as near as these for one inside, 3 times in 100.
    monkeypatch.setattr(suspicion_files, "Misses", lambda _key, numbers: Misses(KEY, numbers))
    with served(tmp_path) as running, running.checkpoint() as gate:
        assert gate.ask(enrol("Ann", face(1))).kind == "enrolled"
        for number in range(PER_CHECKPOINT):
            gate.ask(identify(face(5, noise=0.1, noise_seed=number)))
        apart = [face(5, noise=0.41 + 0.001 * number, noise_seed=77) for number in range(6)]
        assert gate.ask(identify(apart[0])).outcome == "not_enrolled"
        assert gate.ask(enrol("Ann", *apart)).code == "name_taken"
        assert gate.ask(enrol("Ann", *apart, face(5))).code == "too_many_tries"
        assert_healthy(running)


def test_a_visitor_is_enrolled_where_the_place_was_opened(tmp_path: Path) -> None:
    """The guard's case: held up, let try again, enrolled, named; and all of it is written."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        for number in range(PER_CHECKPOINT):
            gate.ask(identify(face(5, noise=0.1, noise_seed=number)))
        assert gate.ask(identify(face(5))).code == "too_many_tries"
        assert gate.ask(enrol("Bob", face(5))).code == "too_many_tries"
        books = running.grid.books
        assert books is not None
        guard = Actor("os:guard", Role.ENROLLER)
        acting = ActingGrid(running.grid, books.administration, guard)
        assert acting.devices.held_up("gate-1").places == 1
        assert acting.devices.let_try_again("gate-1").opened == 1
        assert acting.devices.held_up("gate-1").places == 0
        assert gate.ask(enrol("Bob", face(5, noise=0.05))).kind == "enrolled"
        assert gate.ask(identify(face(5, noise=0.02))).outcome == "identified"
        written = [one for one in books.audit.verify().entries if one.action == "let try again"]
        assert [one.outcome for one in written] == ["allowed", "done"]
        assert written[1].target == "gate-1"
        assert written[1].details == {"faces": "1", "times": "1"}
        assert_healthy(running)


def test_who_is_let_try_again_and_again_is_an_alarm() -> None:
    """One person who opens the same place for somebody else's patience is seen by all others."""
    suspicion, alarms = make()
    for times in range(1, OFTEN + 1):
        for _ in range(PER_CHECKPOINT):
            suspicion.missed(face(1), "gate")
        assert suspicion.held_up("gate").places == 1
        assert suspicion.let_try_again("gate").opened == times
        repeated = [told for told in alarms if "within a day" in told]
        assert len(repeated) == (times >= OFTEN)
    assert f"let try again {OFTEN} times" in alarms[-1]
    assert suspicion.let_try_again("gate").places == 0
    assert PER_CHECKPOINT + 2 * MORE_TRIES < 50, "R6, with two openings"
