"""One group of jobs in one transaction: all of it is on the disk, or none of it.

Runs in the writer thread; knows nothing of queues and threads.
"""

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from msgspec.structs import replace

from database import rows, shape
from database.cipher import Cipher
from database.errors import (
    DatabaseDamaged,
    DatabaseProblem,
    IdempotencyConflict,
    RecordInvalid,
)
from database.names import NameBook
from database.proofs import proof_of, read_any_text, teach
from database.records import CLOCK_TOLERANCE_MS, EventRecord, Stored

_TOGETHER = (32, 16, 8, 4, 2, 1)
"""Rows of one statement: a few sizes, which SQLite reads once each."""
_NEWEST = """
    SELECT max(
        coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0),
        coalesce((SELECT max(sequence) FROM events), 0)
    )
"""


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
        self._newest: int | None = None  # of the numbers that are given, where it is known
        self._looked_at: int | None = None  # SQLite's count of changes to what it is made of
        teach(connection, cipher)
        read_any_text(connection)

    def begin(self) -> None:
        """Begins a transaction: what it writes through is ours, and stays so until its end.

        Raises:
            sqlite3.Error: The database refused.
            DatabaseDamaged: Somebody changed what the history is made of; the transaction is open.
        """
        self.connection.execute("BEGIN IMMEDIATE")
        (changes,) = self._cursor.execute("PRAGMA schema_version").fetchone()
        if changes != self._looked_at:
            shape.check(self.connection, "The history")
            self._looked_at = changes

    def add(self, row: rows.NewRow) -> Stored:
        """Stores an event once: the same again gives the row that was stored first.

        Raises:
            IdempotencyConflict: The id holds other content.
        """
        ready, values = self._made_ready(row, self._last_ms, self._number())
        try:
            self._insert([values])
        except sqlite3.IntegrityError:
            found = self._cursor.execute(rows.FIND_EVENT, (ready.record.event_id,)).fetchone()
            if found is not None:
                return self._stored_before(found, ready.record, values)
            # Unless somebody else has added a row, and the number is taken.
            number, self._newest = self._newest, None
            if self._number() - 1 == number:
                raise
            return self.add(row)
        self._last_ms = ready.record.recorded_at_ms
        return Stored(ready.stored_as(self._number() - 1), duplicate=False)

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
        made, last_ms, first = [], self._last_ms, self._number()
        for number, row in enumerate(some, first):
            made.append(self._made_ready(row, last_ms, number))
            last_ms = row.record.recorded_at_ms
        try:
            self._insert([values for _, values in made])
        except (sqlite3.IntegrityError, sqlite3.DataError):
            return [self._added(row) for row in some]  # nothing of the statement is stored
        self._last_ms = last_ms
        return [
            Stored(ready.stored_as(number), duplicate=False)
            for number, (ready, _) in enumerate(made, first)
        ]

    def _insert(self, made: Sequence[list[object]]) -> None:
        # No ON CONFLICT: that would use up a number for each repetition.
        self._cursor.execute(
            rows.insert_events(len(made)), [value for values in made for value in values]
        )
        self._must_have_written(len(made))
        self._newest = self._number() - 1 + len(made)

    def _must_have_written(self, count: int) -> None:
        """Nothing is acknowledged that SQLite took without storing it, as a trigger can have it."""
        if self._cursor.rowcount != count:
            raise DatabaseDamaged(
                f"The history took {self._cursor.rowcount} rows where {count} were written: "
                "somebody or another program changed it. Set it aside and restore the latest "
                "backup."
            )

    def _number(self) -> int:
        """The number of the next event. It is given here, for the proof covers it."""
        if self._newest is None:
            self._newest = int(self._cursor.execute(_NEWEST).fetchone()[0])
        return self._newest + 1

    def _added(self, row: rows.NewRow) -> Stored | DatabaseProblem:
        try:
            return self.add(row)
        except (sqlite3.IntegrityError, sqlite3.DataError) as error:
            return _invalid(error)
        except DatabaseDamaged:
            raise  # no fault of the event
        except DatabaseProblem as problem:
            return problem

    def _made_ready(
        self, row: rows.NewRow, last_ms: int, number: int
    ) -> tuple[rows.NewRow, list[object]]:
        """The row without who was erased; its values with the numbers of names, and the proof."""
        if self.erased:
            row = row.without(self.erased)
        values = row.values.copy()
        values[rows.SEQUENCE_AT] = number
        for person, place in rows.NAMES_AT:
            if (name := values[place]) is not None:
                values[place] = self.names.number_of(values[person], name)
        if row.record.recorded_at_ms < last_ms - CLOCK_TOLERANCE_MS:
            row.flag_skew()
            values[rows.SKEW_AT] = 1
        values.append(proof_of(self.cipher, values))
        return row, values

    def undo(self) -> None:
        """The transaction was undone: forgets what was learnt in it."""
        self.names.undo()
        self._newest = None

    def _stored_before(
        self, found: tuple[object, ...], again: EventRecord, values: list[object]
    ) -> Stored:
        """What is answered to an event that comes again."""
        if found[-1] != proof_of(self.cipher, found[:-1]):
            raise IdempotencyConflict(
                f"Event {again.event_id} is stored already, and was changed outside of the program."
            )
        before = rows.event_of(found, self.names.name_of)
        if before.content_hash != again.content_hash:
            raise IdempotencyConflict(
                f"Event {before.event_id} is stored already with other content."
            )
        if again.decided_by == before.decided_by or again.offline_outcome is None:
            return Stored(before, duplicate=True)
        return self._told_alone(found, before, again, values)

    def _told_alone(
        self,
        found: tuple[object, ...],
        stored: EventRecord,
        again: EventRecord,
        values: list[object],
    ) -> Stored:
        """The answer was lost, and the checkpoint decided alone meanwhile: the row says so too.

        What the server found stays.
        """
        proof = proof_of(self.cipher, rows.with_alone(found[:-1], values))
        self._cursor.execute(rows.NOTE_ALONE, (*rows.alone_of(values), proof, stored.sequence))
        self._must_have_written(1)
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
        DatabaseDamaged: It is not ours any more, or took less than was written: likewise.
    """
    connection = store.connection
    bad: dict[Job, DatabaseProblem] = {}
    store.begin()
    for job in jobs:
        if not job.whole:
            connection.execute("SAVEPOINT job")
        try:
            job.answer = job.work(store)
        except (sqlite3.IntegrityError, sqlite3.DataError) as error:
            bad[job] = _invalid(error)
        except DatabaseDamaged:
            raise
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
