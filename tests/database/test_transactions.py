"""A group of jobs is on the disk as a whole, and one bad record does not fail its neighbours."""

from collections.abc import Iterator

import pytest
from msgspec.structs import force_setattr, replace

from database import rows
from database.errors import DatabaseDamaged, IdempotencyConflict, RecordInvalid, StorageFailed
from database.records import EventRecord
from database.transactions import Job, Store, refused, write_together
from tests.database.examples import KEY, NOON_MS, event, in_memory, read_back


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty event log in memory."""
    made = in_memory()
    yield made
    made.connection.close()


def adding(record: EventRecord) -> Job:
    row = rows.new_row(record, KEY)
    return Job(lambda store: store.add(row), whole=True)


def count(store: Store) -> int:
    return int(store.connection.execute("SELECT count(*) FROM events").fetchone()[0])


def test_a_bad_record_is_refused_alone(store: Store) -> None:
    """Its neighbours are committed in the same transaction."""
    good, other = event(), event()
    bad = event()
    force_setattr(bad, "outcome", "unknown")  # past its own check: the schema's is left
    jobs = [adding(record) for record in (good, bad, other)]
    answers = write_together(store, jobs)
    assert list(answers) == [jobs[1]]
    assert isinstance(answers[jobs[1]], RecordInvalid)
    assert read_back(store, good.event_id)
    assert read_back(store, other.event_id)
    assert not store.connection.in_transaction


def test_a_job_of_several_statements_is_undone_as_a_whole(store: Store) -> None:
    """What it did before it was refused is gone; its neighbour stays."""

    def half(store: Store) -> None:
        store.connection.execute("UPDATE sealing SET erasures = 77")
        raise StorageFailed("no more")

    jobs = [adding(event()), Job(half)]
    assert list(write_together(store, jobs)) == [jobs[1]]
    assert store.connection.execute("SELECT erasures FROM sealing").fetchone() == (0,)
    assert count(store) == 1


def test_r1_the_same_event_twice_is_one_row(store: Store) -> None:
    """Within one group too; both get the row stored first."""
    record = event()
    jobs = [adding(record) for _ in range(2)]
    assert write_together(store, jobs) == {}
    first, second = jobs[0].answer, jobs[1].answer
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.record == second.record
    assert count(store) == 1


def test_what_was_decided_alone_is_noted_at_the_row_that_was_first(store: Store) -> None:
    """The answer was lost: the server's verdict stays, the checkpoint's stands beside it."""
    record = event(outcome="not_enrolled", subject_id=None, display_name=None)
    store.add(rows.new_row(record, KEY))
    alone = event(
        event_id=record.event_id,
        content_hash=record.content_hash,
        late=True,
        decided_by="checkpoint",
        offline_outcome="identified",
        offline_subject_id="e" * 32,
        offline_name="Eileen Collins",
        reason="Another sentence.",
    )
    for _ in range(2):
        again = store.add(rows.new_row(alone, KEY))
        assert again.duplicate
        stored = read_back(store, record.event_id)
        assert stored == again.record
        assert (stored.outcome, stored.subject_id, stored.reason) == (
            "not_enrolled",
            None,
            record.reason,
        )
        assert (stored.decided_by, stored.offline_outcome) == ("checkpoint", "identified")
        assert (stored.offline_subject_id, stored.offline_name) == ("e" * 32, "Eileen Collins")
    plain = store.add(rows.new_row(record, KEY))
    assert plain.record.decided_by == "checkpoint", "the first copy once more takes nothing away"
    assert count(store) == 1
    erased = event(event_id="f" * 32, content_hash="h")
    store.add(rows.new_row(erased, KEY))
    store.erased.add("e" * 32)
    late = replace(alone, event_id="f" * 32, content_hash="h")
    found = store.add(rows.new_row(late, KEY)).record
    assert (found.offline_outcome, found.offline_name) == ("identified", None)


def test_r2_the_same_id_with_other_content_is_a_conflict(store: Store) -> None:
    """The first stays as it is."""
    record = event()
    store.add(rows.new_row(record, KEY))
    before = read_back(store, record.event_id)
    with pytest.raises(IdempotencyConflict):
        store.add(rows.new_row(event(event_id=record.event_id, content_hash="other"), KEY))
    assert read_back(store, record.event_id) == before


@pytest.mark.parametrize(("number", "took", "written"), [(1, 0, 1), (3, 1, 2)])
def test_rows_that_were_taken_and_not_stored_are_not_acknowledged(
    monkeypatch: pytest.MonkeyPatch, store: Store, number: int, took: int, written: int
) -> None:
    """Not even where nobody looked at what the history is made of; the whole group fails."""
    store.connection.execute(
        "CREATE TRIGGER t BEFORE INSERT ON events WHEN NEW.sequence = 2 "
        "BEGIN SELECT RAISE(IGNORE); END"
    )
    jobs = [adding(event()), Job(lambda store: store.add_all(ready_rows([event()] * number)))]
    monkeypatch.setattr(store, "begin", lambda: store.connection.execute("BEGIN"))
    with pytest.raises(DatabaseDamaged, match=f"took {took} rows where {written} were"):
        write_together(store, jobs)
    store.connection.execute("ROLLBACK")
    assert count(store) == 0


def test_what_is_told_alone_is_written_or_refused(store: Store) -> None:
    """The row of an event is changed for it; a trigger could have it left as it was."""
    store.add(rows.new_row(first := event(), KEY))
    store.connection.execute(
        "CREATE TRIGGER t BEFORE UPDATE ON events BEGIN SELECT RAISE(IGNORE); END"
    )
    alone = replace(first, decided_by="checkpoint", offline_outcome="identified")
    with pytest.raises(DatabaseDamaged, match="took 0 rows where 1 were"):
        store.add(rows.new_row(alone, KEY))


def test_a_history_that_is_not_ours_takes_no_transaction(store: Store) -> None:
    """However often it is tried; when it is ours again it goes on."""
    assert write_together(store, [adding(event())]) == {}
    store.connection.execute("CREATE VIEW other AS SELECT 1")
    for _ in range(2):
        with pytest.raises(DatabaseDamaged, match="view other put in"):
            write_together(store, [adding(event())])
        store.connection.execute("ROLLBACK")
        store.undo()
    store.connection.execute("DROP VIEW other")
    assert write_together(store, [adding(event())]) == {}
    assert count(store) == 2


def test_an_unexpected_error_commits_nothing(store: Store) -> None:
    """The transaction is left open for the caller to roll back, and no name is thought stored."""
    jobs = [adding(event()), Job(lambda _store: 1 // 0)]
    with pytest.raises(ZeroDivisionError):
        write_together(store, jobs)
    store.connection.execute("ROLLBACK")
    store.undo()
    assert count(store) == 0
    record = event()
    assert write_together(store, [adding(record)]) == {}
    found = read_back(store, record.event_id)
    assert found is not None
    assert found.display_name == "Grace Hopper"


def test_an_event_of_an_erased_person_comes_too_late_to_name_them(store: Store) -> None:
    """Decided before, stored after: only who was erased goes from it."""
    store.erased.add("a" * 32)
    stored = store.add(rows.new_row(event(), KEY)).record
    assert (stored.subject_id, stored.display_name, stored.nearest_name) == (None, None, None)
    assert stored.runner_up_name == "Eileen Collins"
    assert read_back(store, stored.event_id) == stored
    assert store.connection.execute("SELECT count(*) FROM subject_names").fetchone() == (1,)


def test_f11_the_server_clock_set_back_is_flagged_where_it_happened(store: Store) -> None:
    """The event after the jump says so; small steps, as of two threads, do not."""
    hour_ms, second_ms = 3_600_000, 1_000
    times = (NOON_MS, NOON_MS - second_ms, NOON_MS - hour_ms, NOON_MS - hour_ms + second_ms)
    flags = []
    for time_ms in times:
        record = event(recorded_at_ms=time_ms, captured_at_ms=time_ms - 200)
        flags.append(store.add(rows.new_row(record, KEY)).record.clock_skew)
    assert flags == [False, False, True, False]
    # Also right after a start.
    again = Store(store.connection, store.cipher)
    early = event(recorded_at_ms=NOON_MS - 3 * hour_ms, captured_at_ms=NOON_MS - 3 * hour_ms)
    assert again.add(rows.new_row(early, KEY)).record.clock_skew


def test_a_broken_promise(store: Store) -> None:
    """It is broken at once, with the problem."""
    assert isinstance(refused(StorageFailed("closed")).exception(0), StorageFailed)


def ready_rows(records: list[EventRecord]) -> list[rows.NewRow]:
    """As the log hands them in."""
    return [rows.new_row(record, KEY) for record in records]


@pytest.mark.parametrize("number", [1, 2, 15, 16, 17, 47])
def test_several_are_stored_as_they_would_be_one_by_one(store: Store, number: int) -> None:
    """Numbers follow each other in the order given, and each row holds its own event."""
    records = [event(reason=f"Number {at}.") for at in range(number)]
    job = Job(lambda store: store.add_all(ready_rows(records)), whole=True)
    assert not write_together(store, [job])
    assert [each.record.sequence for each in job.answer] == list(range(1, number + 1))
    for record, stored in zip(records, job.answer, strict=True):
        assert not stored.duplicate
        found = read_back(store, record.event_id)
        assert found == stored.record
        assert found.reason == record.reason


def test_one_that_cannot_be_stored_is_refused_among_several(store: Store) -> None:
    """A conflict, a repetition and a row the schema refuses leave the others as they are."""
    before = event()
    write_together(store, [adding(before)])
    bad = event()
    force_setattr(bad, "outcome", "unknown")  # past its own check: the schema's is left
    twice = event()
    records = [event(), replace(before, content_hash="other"), twice, bad, twice, before, event()]
    job = Job(lambda store: store.add_all(ready_rows(records)), whole=True)
    assert not write_together(store, [job])
    kinds = [type(answer).__name__ for answer in job.answer]
    assert kinds == [
        "Stored",
        "IdempotencyConflict",
        "Stored",
        "RecordInvalid",
        "Stored",
        "Stored",
        "Stored",
    ]
    assert [job.answer[at].duplicate for at in (0, 2, 4, 5, 6)] == [False, False, True, True, False]
    assert job.answer[4].record.sequence == job.answer[2].record.sequence
    assert count(store) == 4


def test_a_clock_that_was_set_back_is_flagged_among_several(store: Store) -> None:
    """By the event before it, in the same statement."""
    back_ms = NOON_MS - 3_600_000
    records = [
        event(captured_at_ms=at_ms, recorded_at_ms=at_ms, latency_ms=0)
        for at_ms in (NOON_MS, back_ms, back_ms + 1)
    ]
    job = Job(lambda store: store.add_all(ready_rows(records)), whole=True)
    write_together(store, [job])
    assert [each.record.clock_skew for each in job.answer] == [False, True, False]
    flags = [read_back(store, record.event_id).clock_skew for record in records]
    assert flags == [False, True, False]
