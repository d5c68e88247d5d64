"""One group of jobs in one transaction: all of it is on the disk, or none of it.

Runs in the writer thread; knows nothing of queues and threads.
"""

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from database import rows
from database.errors import DatabaseProblem, IdempotencyConflict, RecordInvalid
from database.records import EventRecord, Stored


class Job:
    """One thing to write, and the promise that is kept after the commit."""

    __slots__ = ("answer", "future", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.future: Future[Any] = Future()
        self.answer: Any = None


def write_together(
    connection: sqlite3.Connection, jobs: Sequence[Job]
) -> dict[Job, DatabaseProblem]:
    """Does the jobs and commits; gives the ones that were refused for a fault of their own.

    The futures are the caller's to resolve.

    Raises:
        sqlite3.Error: The database refused: nothing is stored, the transaction may be open.
    """
    refused: dict[Job, DatabaseProblem] = {}
    connection.execute("BEGIN IMMEDIATE")
    for job in jobs:
        connection.execute("SAVEPOINT job")
        try:
            job.answer = job.work(connection)
        except (sqlite3.IntegrityError, sqlite3.DataError) as error:
            connection.execute("ROLLBACK TO job")
            refused[job] = RecordInvalid(f"The record cannot be stored ({error}).")
        except DatabaseProblem as problem:
            connection.execute("ROLLBACK TO job")
            refused[job] = problem
        connection.execute("RELEASE job")
    connection.execute("COMMIT")
    return refused


def store_event(connection: sqlite3.Connection, record: EventRecord) -> Stored:
    """Stores an event once: the same again gives the row that was stored first.

    Raises:
        IdempotencyConflict: The id holds other content.
    """
    before = rows.find_event(connection, record.event_id)
    if before is None:
        rows.insert_event(connection, record)
        after = rows.find_event(connection, record.event_id)
        assert after is not None
        return Stored(after, duplicate=False)
    if before.content_hash != record.content_hash:
        raise IdempotencyConflict(f"Event {record.event_id} is stored already with other content.")
    return Stored(before, duplicate=True)
