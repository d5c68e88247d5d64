"""Erasing a person and forgetting old events, in slices between which events go in."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from database import chores
from database.errors import StorageFailed
from database.log import EventLog
from database.reader import EventFilter, EventReader
from database.records import EventRecord
from database.transactions import Store
from tests.database.examples import CIPHER, NOON_MS, event
from tests.support import wait_until

WAIT_S = 20
GRACE, EILEEN = "a" * 32, "b" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "match_history.db"


@pytest.fixture
def log(path: Path) -> Iterator[EventLog]:
    """An open event log."""
    with EventLog(path, CIPHER, backup_folder=path.parent / "backups") as opened:
        yield opened


@pytest.fixture
def reader(path: Path, log: EventLog) -> Iterator[EventReader]:
    """A reader that knows the names from before."""
    made = EventReader(path, CIPHER)
    yield made
    made.close()


def stranger(**changes: object) -> EventRecord:
    """Somebody not enrolled, whom Grace is the nearest to."""
    return event(outcome="not_enrolled", subject_id=None, display_name=None, **changes)


def slices(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """As on a slow disk, 2 ms a slice: the list of the slices that were done."""
    done: list[str] = []
    run_slice = chores.Chore.run_slice

    def slow(chore: chores.Chore, store: Store) -> bool:
        over = run_slice(chore, store)
        done.append("a slice")
        time.sleep(0.002)
        return over

    monkeypatch.setattr(chores.Chore, "run_slice", slow)
    return done


def test_an_erased_person_is_in_no_byte_of_any_file(
    log: EventLog, reader: EventReader, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids and sealed names are gone from rows, indexes, free pages and the journal.

    Rows keep time, outcome and numbers, and others keep their names.
    """
    monkeypatch.setattr(chores, "ROWS_LOOKED_AT", 100)
    alone = {"runner_up_subject_id": None, "runner_up_name": None}
    records = [
        *(event() for _ in range(300)),
        *(event(display_name="Grace Murray", nearest_name="Grace Murray") for _ in range(20)),
        *(stranger() for _ in range(60)),
        event(subject_id=EILEEN, display_name="Eileen Collins", offline_subject_id=GRACE,
              offline_name="Grace Hopper", nearest_subject_id=EILEEN,
              nearest_name="Eileen Collins", **alone),
    ]  # fmt: skip
    for answer in [log.append(record) for record in records]:
        answer.result(WAIT_S)
    assert reader.count(EventFilter(text="grace")) == 320
    sealed = _sealed_names(path, GRACE)
    assert len(sealed) == 2

    assert log.erase_subject(GRACE).result(WAIT_S) == len(records)

    assert reader.count(EventFilter(text="grace")) == 0
    assert reader.count(EventFilter(subject_id=GRACE)) == 0
    rows = reader.query(limit=1_000).rows
    assert [(row.event_id, row.outcome, row.nearest_distance) for row in reversed(rows)] == [
        (record.event_id, record.outcome, record.nearest_distance) for record in records
    ]
    assert {row.runner_up_name for row in rows} == {"Eileen Collins", None}
    assert {row.nearest_name for row in rows} == {None, "Eileen Collins"}
    for file in path.parent.glob("match_history.db*"):
        content = file.read_bytes()
        assert GRACE.encode() not in content, file.name
        assert not any(name in content for name in sealed), file.name
    assert EILEEN.encode() in path.read_bytes()


def _sealed_names(path: Path, subject_id: str) -> list[bytes]:
    connection = sqlite3.connect(path)
    try:
        return [
            bytes(sealed)
            for (sealed,) in connection.execute(
                "SELECT sealed FROM subject_names WHERE subject_id = ?", (subject_id,)
            )
        ]
    finally:
        connection.close()


def test_an_erasure_waits_for_a_reader_and_then_cuts_the_journal(log: EventLog, path: Path) -> None:
    """Somebody who reads for a while holds old rows in the journal; not for ever."""
    log.append(event()).result(WAIT_S)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM events").fetchone()
    done = log.erase_subject(GRACE)
    assert log.append(event(subject_id=EILEEN, nearest_subject_id=EILEEN)).result(WAIT_S)
    assert not done.done()
    other.execute("COMMIT")
    assert done.result(WAIT_S) == 1
    other.close()
    assert GRACE.encode() not in b"".join(
        file.read_bytes() for file in path.parent.glob("match_history.db*")
    )


def test_what_was_decided_before_and_comes_after_does_not_bring_a_person_back(
    log: EventLog, reader: EventReader
) -> None:
    """Their name is not stored again."""
    log.append(event()).result(WAIT_S)
    log.erase_subject(GRACE).result(WAIT_S)
    late = log.append(event()).result(WAIT_S).record
    assert (late.subject_id, late.display_name, late.nearest_subject_id) == (None, None, None)
    assert reader.find(late.event_id) == late
    assert reader.count(EventFilter(text="hopper")) == 0


def test_an_event_sent_again_after_the_erasure_is_still_known(log: EventLog) -> None:
    """Exactly once holds: the row is there, only without the person."""
    record = event()
    log.append(record).result(WAIT_S)
    log.erase_subject(GRACE).result(WAIT_S)
    again = log.append(record).result(WAIT_S)
    assert again.duplicate
    assert again.record.display_name is None


def test_events_of_before_a_time_are_forgotten_with_their_names(
    log: EventLog, reader: EventReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In slices; numbers are not given again; names that are needed stay."""
    monkeypatch.setattr(chores, "ROWS_DELETED", 7)
    monkeypatch.setattr(chores, "ROWS_LOOKED_AT", 3)
    old = [event(recorded_at_ms=NOON_MS - 1, display_name="Ann Old") for _ in range(30)]
    new = [event(subject_id=EILEEN, display_name="Eileen Collins") for _ in range(5)]
    for record in (*old, *new):
        log.append(record).result(WAIT_S)
    assert log.forget_before(NOON_MS).result(WAIT_S) == 30
    assert [row.event_id for row in reader.query().rows] == [r.event_id for r in reversed(new)]
    assert reader.count(EventFilter(text="old")) == 0
    assert reader.count(EventFilter(text="collins")) == 5
    assert log.append(event()).result(WAIT_S).record.sequence == 36
    assert log.forget_before(NOON_MS).result(WAIT_S) == 0
    names = reader._connection().execute("SELECT count(*) FROM subject_names").fetchone()
    assert names == (2,), "Grace Hopper's of the new rows, Eileen Collins's"


def test_events_go_in_while_a_long_chore_runs(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer takes up what waits after each slice."""
    monkeypatch.setattr(chores, "ROWS_DELETED", 1)
    done = slices(monkeypatch)
    for answer in [log.append(event(recorded_at_ms=NOON_MS - 1)) for _ in range(200)]:
        answer.result(WAIT_S)
    forgetting = log.forget_before(NOON_MS)
    wait_until(lambda: done)
    stored = log.append(event())
    stored.add_done_callback(lambda _stored: done.append("the event"))
    assert forgetting.result(WAIT_S) == 200
    assert stored.result(WAIT_S)
    assert done.index("the event") < 100, "the event waited for the whole chore"


def test_a_chore_that_is_cut_off_is_said_and_can_be_done_again(
    log: EventLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing does not wait for it for ever; asked again it goes on where it was."""
    monkeypatch.setattr(chores, "ROWS_DELETED", 1)
    done = slices(monkeypatch)
    for answer in [log.append(event(recorded_at_ms=NOON_MS - 1)) for _ in range(300)]:
        answer.result(WAIT_S)
    forgetting = log.forget_before(NOON_MS)
    wait_until(lambda: done)
    assert log.close(timeout_s=0.05)
    assert isinstance(forgetting.exception(0), StorageFailed)
    assert isinstance(log.erase_subject(GRACE).exception(0), StorageFailed)
    monkeypatch.undo()
    log.open()
    left = log.forget_before(NOON_MS).result(WAIT_S)
    assert 0 < left < 300
    assert path.exists()


def test_everything_about_one_person_and_nobody_else(log: EventLog, reader: EventReader) -> None:
    """Named, nearest, or next: all are there, oldest first, without the others."""
    records = [
        event(),
        stranger(),
        event(subject_id=EILEEN, display_name="Eileen Collins", nearest_subject_id=EILEEN,
              nearest_name="Eileen Collins", runner_up_subject_id=GRACE,
              runner_up_name="Grace Hopper"),
        event(subject_id="c" * 32, nearest_subject_id="c" * 32, runner_up_subject_id=EILEEN),
    ]  # fmt: skip
    for record in records:
        log.append(record).result(WAIT_S)
    found = list(reader.of_subject(GRACE))
    assert [row.event_id for row in found] == [record.event_id for record in records[:3]]
    assert "Eileen" not in repr(found)
    assert found[0].display_name == found[2].runner_up_name == "Grace Hopper"
    assert list(reader.of_subject("e" * 32)) == []


def test_nobody_is_erased_from_a_history_that_is_not_ours(log: EventLog, path: Path) -> None:
    """A trigger could keep who they were, and the answer would say that they are gone."""
    log.append(event()).result(WAIT_S)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(
        "CREATE TRIGGER t BEFORE DELETE ON subject_names BEGIN SELECT RAISE(IGNORE); END"
    )
    for chore in (log.erase_subject(GRACE), log.forget_before(NOON_MS + 1)):
        assert "trigger t put in" in str(chore.exception(WAIT_S))
    connection.execute("DROP TRIGGER t")
    connection.close()
    assert log.erase_subject(GRACE).result(WAIT_S) == 1
