"""A group of jobs is on the disk as a whole, and one bad record does not fail its neighbours."""

import sqlite3
from collections.abc import Iterator

import pytest

from database import migrations, rows
from database.errors import IdempotencyConflict, RecordInvalid
from database.transactions import Job, store_event, write_together
from tests.database.examples import event


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """An empty event log in memory."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrations.create(made)
    yield made
    made.close()


def test_a_bad_record_is_refused_alone(connection: sqlite3.Connection) -> None:
    """Its neighbours are committed in the same transaction."""
    good, other = event(), event()
    bad = event()
    object.__setattr__(bad, "outcome", "unknown")  # past its own check: the schema's is left
    jobs = [Job(lambda c, r=record: store_event(c, r)) for record in (good, bad, other)]
    refused = write_together(connection, jobs)
    assert list(refused) == [jobs[1]]
    assert isinstance(refused[jobs[1]], RecordInvalid)
    assert rows.find_event(connection, good.event_id)
    assert rows.find_event(connection, other.event_id)
    assert not connection.in_transaction


def test_r1_the_same_event_twice_is_one_row(connection: sqlite3.Connection) -> None:
    """Within one group too; both get the row stored first."""
    record = event()
    jobs = [Job(lambda c: store_event(c, record)) for _ in range(2)]
    assert write_together(connection, jobs) == {}
    first, second = jobs[0].answer, jobs[1].answer
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.record == second.record
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)


def test_r2_the_same_id_with_other_content_is_a_conflict(connection: sqlite3.Connection) -> None:
    """The first stays as it is."""
    record = event()
    store_event(connection, record)
    with pytest.raises(IdempotencyConflict):
        store_event(connection, event(event_id=record.event_id, content_hash="other"))
    found = rows.find_event(connection, record.event_id)
    assert found is not None
    assert found.content_hash == record.content_hash


def test_an_unexpected_error_commits_nothing(connection: sqlite3.Connection) -> None:
    """The transaction is left open for the caller to roll back."""
    jobs = [Job(lambda c: store_event(c, event())), Job(lambda c: 1 // 0)]
    with pytest.raises(ZeroDivisionError):
        write_together(connection, jobs)
    connection.execute("ROLLBACK")
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
