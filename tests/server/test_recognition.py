"""Recognition: stored before told, the same answer for the same event, and no distance."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biometrics.gallery import Gallery, Person, Template
from biometrics.identify import NotIdentified
from database.errors import DatabaseProblem, StorageFailed, StorageFull
from database.records import EventRecord, Stored
from protocol.copies import Offline
from protocol.errors import Code
from protocol.messages import Identify, Report, Verdict
from server import recognition
from server.decision import Decision
from server.events import EventStored, GridEvent
from server.miss_flow import MOST_TOLD_LATE
from server.misses import Misses
from server.recognition import Asked, Caller, RecognitionService, Unknown
from server.refusals import Refused
from server.replays import Replays
from server.suspicion import Suspicion
from tests.server.wire import ENCODER, enrol, face, identify, new_id, report, served

GATE = Caller("gate-1", "Gate 1", ENCODER)


class Journal:
    """An event log in memory; `problem` is raised in place of storing."""

    def __init__(self) -> None:
        self.rows: dict[str, EventRecord] = {}
        self.problem: Exception | None = None
        self.silent = False
        self.promises: list[Future[list[Stored | DatabaseProblem]]] = []

    def append_all(
        self, records: Sequence[EventRecord]
    ) -> "Future[list[Stored | DatabaseProblem]]":
        """Stores at once, or fails, or never answers."""
        future: Future[list[Stored | DatabaseProblem]] = Future()
        self.promises.append(future)
        if self.silent:
            return future
        if self.problem is not None:
            future.set_exception(self.problem)
            return future
        answers: list[Stored | DatabaseProblem] = []
        for record in records:
            known = record.event_id in self.rows
            stored = self.rows.setdefault(record.event_id, record)
            answers.append(Stored(stored, duplicate=known))
        future.set_result(answers)
        return future


def gallery(*names: str) -> Gallery:
    """People whose faces are `face(0)`, `face(1)`..."""
    people = [
        Person(
            subject_id=f"{number:032x}",
            display_name=name,
            templates=(Template(encoding=face(number), sample_id="s", encoder=ENCODER),),
        )
        for number, name in enumerate(names)
    ]
    return Gallery.of(people, ENCODER)


def service(
    journal: Journal, people: Gallery, events: list[GridEvent] | None = None
) -> RecognitionService:
    """A service whose clock says that deciding took 7 ms."""
    ticks = iter([100.007 + step * 0.001 for step in range(1_000)])
    return RecognitionService(
        lambda: people,
        journal,
        post=(events if events is not None else []).append,
        now_ms=lambda: 1_760_000_001_000,
        clock=lambda: next(ticks),
    )


def answered(
    deciding: RecognitionService,
    request: Identify | Report,
    caller: Caller = GATE,
    *,
    received_s: float = 0.0,
) -> Any:
    """The answer to a request that is decided alone, by a journal that stores at once."""
    asked = Asked(request, caller, received_s)
    settled: list[Asked] = []
    deciding.decide([asked], settled.extend)
    assert settled == [asked]
    return deciding.answer(asked)


def test_identified_is_stored_with_why() -> None:
    """The row has nearest, runner-up, threshold, margin and latency; the answer has the name."""
    journal, events = Journal(), list[GridEvent]()
    answer = answered(
        service(journal, gallery("Ann", "Bob"), events),
        identify(face(0, noise=0.1)),
        received_s=100.0,
    )
    (row,) = journal.rows.values()
    assert (answer.outcome, answer.display_name) == ("identified", "Ann")
    assert (row.nearest_name, row.runner_up_name) == ("Ann", "Bob")
    assert row.nearest_distance == pytest.approx(0.1, abs=0.02)
    assert row.threshold is not None
    assert row.margin is not None
    assert row.latency_ms == 250 + 7
    assert row.encoder == ENCODER
    assert row.reason.endswith(".")
    assert events == [EventStored(row)]


def test_ambiguous_names_nobody() -> None:
    """Two people as near as each other: ambiguous, and no name leaves the server."""
    twin = Gallery.of(
        [
            Person(
                subject_id=f"{number:032x}",
                display_name=f"Twin {number}",
                templates=(
                    Template(
                        encoding=face(0, noise=0.05, noise_seed=number),
                        sample_id="s",
                        encoder=ENCODER,
                    ),
                ),
            )
            for number in range(2)
        ],
        ENCODER,
    )
    answer = answered(service(Journal(), twin), identify(face(0)))
    assert (answer.outcome, answer.subject_id, answer.display_name) == ("ambiguous", None, None)


def test_nobody_enrolled() -> None:
    """An empty gallery answers not enrolled, and the row says so."""
    journal = Journal()
    answer = answered(service(journal, gallery()), identify(face(0)))
    assert answer.outcome == "not_enrolled"
    assert next(iter(journal.rows.values())).nearest_distance is None


def test_late_is_recorded_as_unreachable_with_the_would_be_subject() -> None:
    """What was told at the door is history; who it would have been is beside it."""
    journal = Journal()
    answer = answered(service(journal, gallery("Ann")), identify(face(0), late=True))
    (row,) = journal.rows.values()
    assert (answer.outcome, answer.display_name) == ("server_unreachable", "Ann")
    assert (row.outcome, row.display_name, row.late) == ("server_unreachable", "Ann", True)
    assert "could not be reached" in row.reason


def test_many_late_answers_name_nobody_and_are_stored_whole() -> None:
    """A full outbox reads no names; the history knows them."""
    journal = Journal()
    desk = service(journal, gallery("Ann"))
    suspicion = Suspicion(Replays(b"k" * 32), Misses(b"k" * 32, 128))
    desk.watch(suspicion)
    names = []
    for number in range(MOST_TOLD_LATE + 1):
        request = identify(face(0, noise=0.05, noise_seed=number), late=True)
        answer = answered(desk, request)
        assert isinstance(answer, Verdict)
        assert answer.outcome == "server_unreachable"
        names.append(answer.display_name)
    assert names == ["Ann"] * MOST_TOLD_LATE + [None]
    assert [row.display_name for row in journal.rows.values()] == ["Ann"] * len(names)


def test_a_lost_answer_is_given_again_when_asked_late() -> None:
    """The same probe sent again, late and slower, has the first answer: it is the same event."""
    journal = Journal()
    ask = service(journal, gallery("Ann"))
    request = identify(face(0))
    answered(ask, request)
    again = identify(face(0), event_id=request.event_id, late=True, elapsed_ms=60_000)
    assert answered(ask, again).outcome == "identified"
    assert len(journal.rows) == 1


@pytest.mark.parametrize(
    ("problem", "code", "retryable"),
    [
        (StorageFull("The disk has no room."), Code.STORAGE_FULL, True),
        (StorageFailed("It broke."), Code.STORAGE_FAILED, True),
    ],
)
def test_no_verdict_without_a_row(problem: Exception, code: Code, *, retryable: bool) -> None:
    """Fails closed: a storage problem is an error to the checkpoint, never a verdict."""
    journal = Journal()
    journal.problem = problem
    with pytest.raises(Refused) as refused:
        answered(service(journal, gallery("Ann")), identify(face(0)))
    assert (refused.value.code, refused.value.retryable) == (code, retryable)


def test_r1_one_event_a_hundred_times_at_once(tmp_path: Path) -> None:
    """R1: one event from ten connections, a hundred times: one row, identical answers."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        gate.ask(enrol("Ann", face(1)))
        event_id = new_id()
        answers: list[tuple[str, str | None]] = []
        start = threading.Barrier(10)

        def ask() -> None:
            with running.checkpoint() as peer:
                start.wait(timeout=5)
                for _ in range(10):
                    answer = peer.ask(identify(face(1), event_id=event_id))
                    answers.append((answer.outcome, answer.subject_id))

        threads = [threading.Thread(target=ask) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert len(answers) == 100
        assert len(set(answers)) == 1
        assert running.grid.history.count() == 1
        assert len(running.stored) == 1


def test_r2_the_same_id_with_other_content(tmp_path: Path) -> None:
    """R2: the id of a stored event with another face is `idempotency_conflict`, and one row."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        event_id = new_id()
        gate.ask(identify(face(1), event_id=event_id))
        answer = gate.ask(identify(face(2), event_id=event_id))
        assert (answer.code, answer.retryable) == ("idempotency_conflict", False)
        assert answer.event_id == event_id
        with running.checkpoint("gate-2") as other:
            assert other.ask(identify(face(1), event_id=event_id)).code == "idempotency_conflict"
        assert running.grid.history.count() == 1


@pytest.mark.parametrize(
    ("first", "change"),
    [
        (identify(face(1)), {"captured_at_ms": 1_760_000_000_001}),
        (identify(face(1)), {"encoding": tuple(face(1, noise=0.01).tolist())}),
        (identify(face(1)), {"frames": 4}),
        (identify(face(1)), {"quality": {"size_px": 120.5}}),
        (identify(face(1)), {"quality": {}}),
        (identify(face(1)), {"automatic": False}),
        (report("poor_quality"), {"captured_at_ms": 1_760_000_000_001}),
        (report("poor_quality"), {"outcome": "no_face"}),
        (report("poor_quality"), {"flaws": ("too dark",)}),
        (report("poor_quality"), {"automatic": True}),
    ],
)
def test_r2_each_field_counts(
    tmp_path: Path, first: Identify | Report, change: dict[str, Any]
) -> None:
    """R2: whatever differs of what was seen, it is another event and has no right to the id."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        told = gate.ask(first)
        assert gate.ask(replace(first, id=new_id(), **change)).code == "idempotency_conflict"
        again = gate.ask(replace(first, id=new_id()))
        assert (again.kind, again.event_id) == (told.kind, told.event_id)
        assert running.grid.history.count() == 1


def test_r4_the_mean_of_everybody_is_nobody(tmp_path: Path) -> None:
    """R4: the mean of all templates, at a plausible length, matches no one."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        faces = [face(number) for number in range(6)]
        for number, encoding in enumerate(faces):
            gate.ask(enrol(f"Person {number}", encoding))
        mean = np.mean(faces, axis=0)
        answer = gate.ask(identify(mean / np.linalg.norm(mean) * 1.4))
        assert answer.outcome in {"not_enrolled", "ambiguous"}
        assert answer.subject_id is None


def test_r5_no_reply_holds_a_distance(tmp_path: Path) -> None:
    """R5: no reply of any kind holds a number that a checkpoint could climb."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        gate.ask(enrol("Ann", face(1)))
        gate.ask(identify(face(1, noise=0.2)))
        gate.ask(identify(face(2)))
        gate.ask(enrol("Bob", face(1, noise=0.1)))
        gate.ask(enrol("Bob", face(3), face(4)))
        gate.ask(report())
        bodies = _bodies(gate.raw)
        assert len(bodies) == 7
        known = {"server_time_ms", "heartbeat_s", "people", "samples", "offline_hours"}
        for body in bodies:
            numbers = {name for name, value in body.items() if type(value) in (int, float)}
            assert numbers <= known
            assert "0." not in str(body.get("message", ""))
            assert "istance" not in json.dumps(body)
        row = running.grid.history.query().rows[-1]
        assert row.nearest_distance is not None


def test_the_database_agrees_with_the_answers(tmp_path: Path) -> None:
    """Every answer is in the database when it arrives, also for a reader of its own."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        for number in range(5):
            answer = gate.ask(identify(face(number)))
            with sqlite3.connect(f"file:{running.folder.database}?mode=ro", uri=True) as reader:
                found = reader.execute(
                    "SELECT count(*) FROM events WHERE event_id = ?", (answer.event_id,)
                ).fetchone()
            reader.close()
            assert found == (1,)


def _bodies(raw: bytes) -> list[dict[str, object]]:
    bodies: list[dict[str, object]] = []
    while raw:
        length = int.from_bytes(raw[:4], "big")
        bodies.append(json.loads(raw[4 : 4 + length]))
        raw = raw[4 + length :]
    return bodies


@pytest.mark.parametrize("length", [0.0, 0.5, 2.1])
def test_b12_a_length_no_face_has_is_refused(length: float) -> None:
    """The message was checked on the wire; the service does not rely on that. Nothing is stored."""
    journal = Journal()
    probe = face(0) / np.linalg.norm(face(0)) * length
    with pytest.raises(Refused) as refused:
        answered(service(journal, gallery("Ann")), identify(probe))
    assert refused.value.code is Code.IMPLAUSIBLE_ENCODING
    assert not journal.rows


def test_what_the_limit_came_from_is_stored() -> None:
    """Target, people and strangers of the policy in force, and what the crowd took off."""
    journal, people = Journal(), gallery("Ann", "Bob", "Cem", "Dag")
    keeper = Decision(lambda: 3)
    deciding = service(journal, people)
    deciding.use(keeper.fitted)
    answered(deciding, identify(face(0, noise=0.1)))
    (row,) = journal.rows.values()
    fitted = keeper.fitted(people)
    assert row.grounds["target_per_1000"] == 3
    assert row.grounds["people"] == 4
    assert row.grounds["strangers"] == 0
    assert row.grounds["largest_limit"] == pytest.approx(fitted.policy.threshold, abs=1e-4)
    # People made of random numbers lie far from each other: nobody crowds.
    assert (row.grounds["crowding"], row.grounds["lowered"]) == (0, 0)


def test_only_strangers_are_handed_on_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored first; not who was identified, and no numbers made of templates."""
    journal, unknown = Journal(), list[Unknown]()
    people = gallery("Ann", "Bob")
    deciding = RecognitionService(lambda: people, journal, unknown=unknown.append)
    answered(deciding, identify(face(0, noise=0.1)))
    assert not unknown
    stranger = identify(face(99))
    answered(deciding, stranger)
    (found,) = unknown
    assert found.encoding == pytest.approx(np.array(stranger.encoding))
    assert (found.quality, found.frames) == (stranger.quality, stranger.frames)
    assert found.distance == list(journal.rows.values())[1].nearest_distance
    made = NotIdentified(
        nearest=None, runner_up=None, threshold=0.3, reason="Made up.", made_up=True
    )
    monkeypatch.setattr(recognition, "identify_many", lambda *_: [made])
    answered(deciding, identify(face(98)))
    assert len(journal.rows) == 3
    assert len(unknown) == 1


def test_what_was_decided_alone_meanwhile_is_noted_at_the_event(tmp_path: Path) -> None:
    """The event had reached the server and its answer was lost: both verdicts are in the row."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        ann = gate.ask(enrol("Ann", face(1), face(1, noise=0.1))).subject_id
        first = identify(face(1))
        answer = gate.ask(first)
        alone = Offline(outcome="not_enrolled", subject_id=None, copy_version=1)
        again = gate.ask(replace(first, id=new_id()[:8], late=True, offline=alone))
        assert (again.outcome, again.subject_id) == (answer.outcome, ann)
        (row,) = running.grid.history.query().rows
        assert (row.outcome, row.subject_id) == ("identified", ann)
        assert (row.decided_by, row.offline_outcome) == ("checkpoint", "not_enrolled")
