"""What is asked together: searched together, answered each for itself; one that fails, alone."""

import gc
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from database.errors import DatabaseProblem, IdempotencyConflict
from database.records import EventRecord, Stored
from protocol.errors import Code
from protocol.messages import Identify, Verdict
from server import recognition
from server.events import EventStored, GridEvent
from server.misses import Misses
from server.recognition import Asked, RecognitionService, Unknown
from server.refusals import Refused
from server.replays import Replays
from server.suspicion import Seen, Suspicion
from tests.server.test_recognition import GATE, Journal, answered, gallery
from tests.server.wire import face, identify, report

RECORD: dict[str, Any] = {
    "captured_at_ms": 1_760_000_000_000,
    "recorded_at_ms": 1_760_000_001_000,
    "checkpoint_id": "gate-1",
    "checkpoint_name": "Gate 1",
    "outcome": "not_enrolled",
    "content_hash": "0" * 64,
}


def asked_of(*faces: int) -> list[Asked]:
    """A probe of each face."""
    return [Asked(identify(face(number, noise=0.1)), GATE, 0.0) for number in faces]


def test_a_turn_is_one_search_and_one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes and reports in one: each has its own answer, from its own row."""
    journal, people = Journal(), gallery("Ann", "Bob", "Cem")
    deciding = RecognitionService(lambda: people, journal)
    sizes, search = list[int](), recognition.identify_many

    def counted(probes: list[np.ndarray], *rest: Any) -> Any:
        sizes.append(len(probes))
        return search(probes, *rest)

    monkeypatch.setattr(recognition, "identify_many", counted)
    turn = [*asked_of(0, 1), Asked(report(), GATE, 0.0), *asked_of(99)]
    settled: list[Asked] = []
    deciding.decide(turn, settled.extend)
    assert sizes == [3]
    assert len(journal.promises) == 1
    assert set(settled) == set(turn)
    answers = [deciding.answer(asked) for asked in turn]
    assert [answer.event_id for answer in answers] == [one.request.event_id for one in turn]
    assert [getattr(answer, "display_name", "-") for answer in answers] == ["Ann", "Bob", "-", None]


def test_a_turn_that_cannot_be_searched_together_is_searched_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What one of them brings along is its own trouble."""
    journal, people = Journal(), gallery("Ann", "Bob")
    deciding = RecognitionService(lambda: people, journal)
    search = recognition.identify_many
    turn, settled = asked_of(0, 1, 99), list[Asked]()

    def alone(probes: list[np.ndarray], *rest: Any) -> Any:
        if len(probes) > 1 or probes[0][0] == turn[2].request.encoding[0]:  # type: ignore[union-attr]
            raise ValueError("nobody expected this")
        return search(probes, *rest)

    monkeypatch.setattr(recognition, "identify_many", alone)
    deciding.decide(turn, settled.extend)
    assert set(settled) == set(turn)
    assert [deciding.answer(one).display_name for one in turn[:2]] == ["Ann", "Bob"]  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="nobody expected this"):
        deciding.answer(turn[2])
    assert len(journal.rows) == 2


def test_an_implausible_probe_is_refused_alone() -> None:
    """The others of its turn have their answers."""
    journal, people = Journal(), gallery("Ann")
    deciding = RecognitionService(lambda: people, journal)
    turn, settled = [*asked_of(0), Asked(identify(face(1) / 5), GATE, 0.0)], list[Asked]()
    deciding.decide(turn, settled.extend)
    assert set(settled) == set(turn)
    assert deciding.answer(turn[0]).display_name == "Ann"  # type: ignore[union-attr]
    with pytest.raises(Refused) as refused:
        deciding.answer(turn[1])
    assert refused.value.code is Code.IMPLAUSIBLE_ENCODING


def test_a_turn_looked_at_twice_suspects_nobody_for_it() -> None:
    """One that is no face's has the others looked at one by one: a replay stays one, no more."""
    journal, people = Journal(), gallery("Ann", "Bob")
    deciding = RecognitionService(lambda: people, journal)
    deciding.watch(Suspicion(Replays(b"k" * 32), Misses(b"k" * 32, 128)))
    good, settled = asked_of(0, 1), list[Asked]()
    sent = good[0].request
    assert isinstance(sent, Identify)
    again = Asked(replace(identify(face(0)), encoding=sent.encoding), GATE, 0.0)
    short = Asked(identify(face(1) / 5), GATE, 0.0)
    other = Asked(replace(identify(face(2)), encoding=(1.2, 0.0, 0.3)), GATE, 0.0)
    turn = [*good, again, short, other]
    deciding.decide(turn, settled.extend)
    assert set(settled) == set(turn)
    assert [one.suspected and one.suspected.code for one in turn] == [
        None,
        None,
        Code.REPLAY_SUSPECTED,
        None,
        None,
    ]
    assert [deciding.answer(one).display_name for one in good] == ["Ann", "Bob"]  # type: ignore[union-attr]
    assert isinstance(turn[3].problem, Refused)
    assert isinstance(turn[4].problem, ValueError)


def test_what_the_journal_refuses_of_a_group_is_refused_alone() -> None:
    """An id with other content is its own request's trouble."""

    class Picky(Journal):
        def append_all(
            self, records: Sequence[EventRecord]
        ) -> "Future[list[Stored | DatabaseProblem]]":
            stored = super().append_all(records).result()
            future: Future[list[Stored | DatabaseProblem]] = Future()
            future.set_result([stored[0], IdempotencyConflict("Another face."), *stored[2:]])
            return future

    people, settled, turn = gallery("Ann", "Bob", "Cem"), list[Asked](), asked_of(0, 1, 2)
    deciding = RecognitionService(lambda: people, Picky())
    deciding.decide(turn, settled.extend)
    assert [deciding.answer(turn[at]).display_name for at in (0, 2)] == ["Ann", "Cem"]  # type: ignore[union-attr]
    with pytest.raises(Refused) as refused:
        deciding.answer(turn[1])
    assert refused.value.code is Code.IDEMPOTENCY_CONFLICT


def test_a_journal_that_breaks_on_one_keeps_the_others() -> None:
    """What cannot be handed in together is handed in one by one."""

    class Broken(Journal):
        def append_all(
            self, records: Sequence[EventRecord]
        ) -> "Future[list[Stored | DatabaseProblem]]":
            if any(record.event_id == turn[1].request.event_id for record in records):
                raise ValueError("nobody expected this")
            return super().append_all(records)

    people, settled, turn = gallery("Ann", "Bob"), list[Asked](), asked_of(0, 1)
    deciding = RecognitionService(lambda: people, Broken())
    deciding.decide(turn, settled.extend)
    assert set(settled) == set(turn)
    assert deciding.answer(turn[0]).display_name == "Ann"  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="nobody expected this"):
        deciding.answer(turn[1])


def test_a_settled_turn_leaves_nothing_for_the_collector_of_garbage() -> None:
    """What goes by itself needs no look for garbage, which halts all threads under load."""
    journal, people = Journal(), gallery("Ann", "Bob")
    journal.silent = True
    deciding = RecognitionService(lambda: people, journal)

    def decide() -> None:
        turn = [*asked_of(0, 1), Asked(report(), GATE, 0.0)]
        deciding.decide(turn, lambda settled: [deciding.answer(asked) for asked in settled])
        records = [EventRecord(**RECORD, event_id=each.request.event_id) for each in turn]
        journal.promises.pop().set_result([Stored(record, duplicate=False) for record in records])
        assert all(asked.entry is not None for asked in turn)

    decide()  # what is made once
    gc.collect()
    gc.disable()
    try:
        decide()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_an_event_that_is_given_up() -> None:
    """A retryable error; it is taken back, so that a log that wakes up does not write it."""
    journal, people = Journal(), gallery("Ann")
    journal.silent = True
    deciding = RecognitionService(lambda: people, journal)
    first, second = Asked(report(), GATE, 0.0), Asked(identify(face(0)), GATE, 0.0)
    settled: list[Asked] = []
    deciding.decide([first, second], settled.extend)
    assert not settled
    deciding.give_up(first)
    # What was handed in together is taken back together.
    assert settled == [second, first]
    for asked in (first, second):
        with pytest.raises(Refused) as refused:
            deciding.answer(asked)
        assert (refused.value.code, refused.value.retryable) == (Code.STORAGE_FAILED, True)
    assert [promise.cancelled() for promise in journal.promises] == [True]


def test_what_is_being_written_is_given_up_alone() -> None:
    """It can not be taken back: it is history, told to nobody; the others go on waiting."""
    journal, events, people = Journal(), list[GridEvent](), gallery("Ann")
    journal.silent = True
    deciding = RecognitionService(lambda: people, journal, post=events.append)
    first, second = Asked(identify(face(1)), GATE, 0.0), Asked(identify(face(0)), GATE, 0.0)
    settled: list[Asked] = []
    deciding.decide([first, second], settled.extend)
    (promise,) = journal.promises
    assert promise.set_running_or_notify_cancel()
    deciding.give_up(first)
    with pytest.raises(Refused):
        deciding.answer(first)
    assert not settled
    records = [EventRecord(**RECORD, event_id=each.request.event_id) for each in (first, second)]
    promise.set_result([Stored(record, duplicate=False) for record in records])
    assert settled == [first, second]
    assert events == [EventStored(record) for record in records]
    assert deciding.answer(second).event_id == second.request.event_id


def test_what_was_given_up_before_its_turn_is_not_decided() -> None:
    """Nothing of it is stored."""
    journal, people = Journal(), gallery("Ann")
    deciding = RecognitionService(lambda: people, journal)
    asked, settled = Asked(identify(face(0)), GATE, 0.0), list[Asked]()
    deciding.give_up(asked)
    deciding.decide([asked], settled.extend)
    assert settled == [asked]
    assert not journal.promises
    with pytest.raises(Refused) as refused:
        deciding.answer(asked)
    assert refused.value.code is Code.STORAGE_FAILED


def test_r6_what_came_of_a_probe_is_counted_once_whoever_is_still_there() -> None:
    """R6: at the commit and before the answer; asked again it is the same event."""
    journal, unknown, counted = Journal(), list[Unknown](), list[str]()

    class Watch:
        """A suspicion that suspects nobody."""

        def of_all(self, probes: Sequence[object], _events: object) -> list[Seen]:
            """Nobody is suspected."""
            return [Seen(np.zeros(8), None)] * len(probes)

        def settled(self, events: Sequence[tuple[Seen, EventRecord]]) -> None:
            """Notes it."""
            counted.extend(stored.outcome for _, stored in events)

    people = gallery("Ann")
    deciding = RecognitionService(lambda: people, journal, unknown=unknown.append)
    deciding.watch(cast("Suspicion", Watch()))
    stranger = identify(face(99))
    seen: list[tuple[int, int]] = []
    for _ in range(2):
        # The connection is gone: nobody asks for the answer.
        deciding.decide(
            [Asked(stranger, GATE, 0.0)], lambda _: seen.append((len(counted), len(unknown)))
        )
    assert seen == [(1, 1), (1, 1)]
    assert counted == ["not_enrolled"]
    assert answered(deciding, stranger).outcome == "not_enrolled"
    assert (len(counted), len(unknown)) == (1, 1)


def test_what_cannot_be_counted_is_not_told() -> None:
    """Its event is stored, and those beside it are answered."""
    journal = Journal()

    def broken(_found: Unknown) -> None:
        raise ZeroDivisionError

    people = gallery("Ann")
    deciding = RecognitionService(lambda: people, journal, unknown=broken)
    turn = [Asked(identify(face(number)), GATE, 0.0) for number in (99, 0)]
    deciding.decide(turn, lambda _: None)
    with pytest.raises(ZeroDivisionError):
        deciding.answer(turn[0])
    answer = deciding.answer(turn[1])
    assert isinstance(answer, Verdict)
    assert (answer.outcome, len(journal.rows)) == ("identified", 2)


def test_r6_where_tries_cannot_be_counted_no_probe_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """R6: an answer that was not counted would be a try for nothing; a report is none."""
    journal, people = Journal(), gallery("Ann")
    deciding = RecognitionService(lambda: people, journal)
    suspicion = Suspicion(Replays(b"k" * 32), Misses(b"k" * 32, 128))
    deciding.watch(suspicion)

    def broken(_events: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(suspicion, "settled", broken)
    turn = [*asked_of(0, 99), Asked(report(), GATE, 0.0)]
    deciding.decide(turn, lambda _: None)
    for asked in turn[:2]:
        with pytest.raises(ZeroDivisionError):
            deciding.answer(asked)
    assert deciding.answer(turn[2]).event_id == turn[2].request.event_id
    assert len(journal.rows) == 3
