"""One group of jobs in one transaction: all of it is on the disk, or none of it.

Runs in the writer thread; knows nothing of queues and threads.
"""

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from database import rows
from database.cipher import Cipher
from database.errors import DatabaseProblem, IdempotencyConflict, RecordInvalid
from database.names import NameBook
from database.records import CLOCK_TOLERANCE_MS, EventRecord, Stored

_TOGETHER = (16, 8, 4, 2, 1)
"""Rows of one statement: a few sizes, which SQLite reads once each. Sixteen rows have 512 values;
an SQLite from before 2020 takes 999."""


class Store:
    """What the writer thread writes through: the connection, and what it keeps in mind with it.

    Args:
        connection: The one that writes.
        cipher: Seals names.
        erased: People whose events may not say any more who they were.
    """

    def __init__(
        self, connection: sqlite3.Connection, cipher: Cipher, *, erased: set[str] | None = None
    ) -> None:
        self.connection = connection
        self.cipher = cipher
        self.names = NameBook(connection, cipher)
        self.erased = set() if erased is None else erased
        # One cursor for all: making one costs a tenth of an insert.
        self._cursor = connection.cursor()
        self._last_ms = self._newest_ms()

    def add(self, row: rows.NewRow) -> Stored:
        """Stores an event once: the same again gives the row that was stored first.

        Raises:
            IdempotencyConflict: The id holds other content.
        """
        ready, values = self._made_ready(row, self._last_ms)
        try:
            # No ON CONFLICT: that would use up a number for each repetition.
            sequence = self._cursor.execute(rows.INSERT_EVENT, values).lastrowid
        except sqlite3.IntegrityError:
            before = self._stored_before(ready)
            if before is None:
                raise
            return self._told_alone(before, ready.record, values)
        assert sequence is not None
        self._last_ms = ready.record.recorded_at_ms
        return Stored(ready.stored_as(sequence), duplicate=False)

    def add_all(self, several: Sequence[rows.NewRow]) -> list[Stored | DatabaseProblem]:
        """Stores events; in the place of one that cannot be there is what is wrong with it."""
        answers: list[Stored | DatabaseProblem] = []
        while len(answers) < len(several):
            left = len(several) - len(answers)
            some = several[len(answers) :][: max(size for size in _TOGETHER if size <= left)]
            answers += self._add_together(some)
        return answers

    def _add_together(self, some: Sequence[rows.NewRow]) -> list[Stored | DatabaseProblem]:
        """By one statement; where one of them cannot be stored, by one each.

        The interpreter's lock changes hands at every statement: with one each, that takes longer
        than the statement.
        """
        made, last_ms = [], self._last_ms
        for row in some:
            ready, values = self._made_ready(row, last_ms)
            last_ms = ready.record.recorded_at_ms
            made.append((ready, values))
        try:
            last = self._cursor.execute(
                rows.insert_events(len(made)), [value for _, values in made for value in values]
            ).lastrowid
        except (sqlite3.IntegrityError, sqlite3.DataError):
            return [self._added(row) for row in some]  # nothing of the statement is stored
        assert last is not None
        self._last_ms = last_ms
        # One statement of the only writer: its numbers follow each other.
        first = last - len(made) + 1
        return [
            Stored(ready.stored_as(first + place), duplicate=False)
            for place, (ready, _) in enumerate(made)
        ]

    def _added(self, row: rows.NewRow) -> Stored | DatabaseProblem:
        try:
            return self.add(row)
        except (sqlite3.IntegrityError, sqlite3.DataError) as error:
            return _invalid(error)
        except DatabaseProblem as problem:
            return problem

    def _made_ready(self, row: rows.NewRow, last_ms: int) -> tuple[rows.NewRow, list[object]]:
        """The row without who was erased, and its values with the numbers of names."""
        if self.erased:
            row = row.without(self.erased)
        values = list(row.values)
        for place, person, name in row.names():
            values[place] = self.names.number_of(person, name)
        if row.record.recorded_at_ms < last_ms - CLOCK_TOLERANCE_MS:
            row.flag_skew()
            values[rows.SKEW_AT] = 1
        return row, values

    def undo(self) -> None:
        """The transaction was undone: forgets what was learnt in it."""
        self.names.undo()

    def _stored_before(self, row: rows.NewRow) -> Stored | None:
        found = self._cursor.execute(rows.FIND_EVENT, (row.record.event_id,)).fetchone()
        if found is None:
            return None
        before = rows.event_of(found, self.names.name_of)
        if before.content_hash != row.record.content_hash:
            raise IdempotencyConflict(
                f"Event {before.event_id} is stored already with other content."
            )
        return Stored(before, duplicate=True)

    def _told_alone(self, before: Stored, again: EventRecord, values: list[object]) -> Stored:
        """The answer was lost, and the checkpoint decided alone meanwhile: the row says so too.

        What the server found stays.
        """
        stored = before.record
        if again.decided_by == stored.decided_by or again.offline_outcome is None:
            return before
        self._cursor.execute(rows.NOTE_ALONE, (*rows.alone_of(values), stored.sequence))
        return Stored(
            replace(
                stored,
                decided_by=again.decided_by,
                offline_outcome=again.offline_outcome,
                offline_subject_id=again.offline_subject_id,
                offline_name=again.offline_name,
            ),
            duplicate=True,
        )

    def _newest_ms(self) -> int:
        newest = self.connection.execute(
            "SELECT recorded_at_ms FROM events ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        return 0 if newest is None else int(newest[0])


class Job:
    """One thing to write, and the promise that is kept after the commit.

    Args:
        work: What to do; its answer is the promise's.
        whole: The work is one statement that counts: no savepoint is needed to undo a half.
    """

    __slots__ = ("answer", "future", "whole", "work")

    def __init__(self, work: Callable[[Store], Any], *, whole: bool = False) -> None:
        self.work = work
        self.whole = whole
        self.future: Future[Any] = Future()
        self.answer: Any = None


def refused(problem: DatabaseProblem) -> Future[Any]:
    """A promise that was broken at once."""
    future: Future[Any] = Future()
    future.set_exception(problem)
    return future


def write_together(store: Store, jobs: Sequence[Job]) -> dict[Job, DatabaseProblem]:
    """Does the jobs and commits; gives the ones that were refused for a fault of their own.

    The futures are the caller's to resolve.

    Raises:
        sqlite3.Error: The database refused: nothing is stored, the transaction may be open.
    """
    connection = store.connection
    bad: dict[Job, DatabaseProblem] = {}
    connection.execute("BEGIN IMMEDIATE")
    for job in jobs:
        if not job.whole:
            connection.execute("SAVEPOINT job")
        try:
            job.answer = job.work(store)
        except (sqlite3.IntegrityError, sqlite3.DataError) as error:
            bad[job] = _invalid(error)
        except DatabaseProblem as problem:
            bad[job] = problem
        if not job.whole:
            if job in bad:
                connection.execute("ROLLBACK TO job")
            connection.execute("RELEASE job")
    connection.execute("COMMIT")
    store.names.settle()
    return bad


def _invalid(error: sqlite3.Error) -> RecordInvalid:
    return RecordInvalid(f"The record cannot be stored ({error}).")
