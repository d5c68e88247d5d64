"""Long work on the event log in short slices, between which events are written as ever.

Each slice is a transaction of its own; a chore that was cut off is begun anew and goes on.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from database.opening import cut_journal
from database.proofs import LEGIBLE, note_forgotten
from database.rows import NAMED, PROVEN_COLUMNS
from database.transactions import Store

_LOGGER = logging.getLogger(__name__)

CUT_TRIES = 20
"""How often, a quarter of a second each, the journal is tried to be emptied after an erasure."""
ROWS_LOOKED_AT = 10_000
"""Rows that one slice reads: 5 to 10 ms."""
ROWS_DELETED = 1_000
"""Rows that one slice deletes: about 20 ms with their indexes and the overwriting."""


class Chore:
    """One chore, done in the writer thread.

    Attributes:
        future: Of the number of events that were changed, once all is done.
    """

    def __init__(self) -> None:
        self.future: Future[int] = Future()
        self.events = 0
        self._next: Callable[[Store], bool] = self._begin

    def run_slice(self, store: Store) -> bool:
        """Does one slice in a transaction of its own; True when all is done.

        Raises:
            sqlite3.Error: The database refused; the transaction may be open.
            DatabaseDamaged: As `Store.begin`.
        """
        store.begin()
        done = self._next(store)
        store.connection.execute("COMMIT")
        return done and self._afterwards(store)

    def _afterwards(self, store: Store) -> bool:
        """Called after the last slice, again until it is True."""
        del store
        return True

    def _begin(self, store: Store) -> bool:
        raise NotImplementedError


class Erasure(Chore):
    """Takes one person out of the history: names are deleted, rows say no more who it was.

    The rows stay with outcome, time and numbers: what a checkpoint did remains accountable.
    """

    def __init__(self, subject_id: str) -> None:
        super().__init__()
        self._who = subject_id
        self._done_to = 0
        self._tries = 0

    def _afterwards(self, store: Store) -> bool:
        """The journal still holds rows as they were: it is emptied, after readers if need be."""
        self._tries += 1
        if cut_journal(store.connection):
            return True
        if self._tries < CUT_TRIES:
            return False
        _LOGGER.warning("the journal still holds an erased person's id: it goes at the next stop")
        return True

    def _begin(self, store: Store) -> bool:
        # From now on an event that was decided before and comes late says nothing either.
        store.erased.add(self._who)
        store.names.forget(self._who)
        delete_names(store.connection, "subject_id = :who", {"who": self._who})
        self._next = self._scrub
        return False

    def _scrub(self, store: Store) -> bool:
        found = store.connection.execute(
            _SCRUB, {"who": self._who, "from": self._done_to, "to": self._done_to + ROWS_LOOKED_AT}
        )
        self.events += found.rowcount
        self._done_to += ROWS_LOOKED_AT
        return self._done_to >= newest(store.connection)


class Forgetting(Chore):
    """Deletes events older than a time, and names that no event needs any more."""

    def __init__(self, before_ms: int) -> None:
        super().__init__()
        self._before_ms = before_ms
        self._looked_to = 0
        self._needed: set[int] = set()

    def _begin(self, store: Store) -> bool:
        deleted = store.connection.execute(_FORGET, (self._before_ms, ROWS_DELETED)).rowcount
        note_forgotten(store.connection, store.cipher, deleted)
        self.events += deleted
        if deleted == ROWS_DELETED:
            return False
        self._next = self._look
        return self.events == 0

    def _look(self, store: Store) -> bool:
        """Gathers the names that are needed; the last slice deletes the others."""
        found = store.connection.execute(
            _NAMES_NEEDED, (self._looked_to, ROWS_LOOKED_AT)
        ).fetchall()
        for sequence, *numbers in found:
            self._looked_to = sequence
            self._needed.update(number for number in numbers if number is not None)
        if len(found) == ROWS_LOOKED_AT:
            return False
        needed = json.dumps(sorted(self._needed))
        if delete_names(
            store.connection,
            "name_id NOT IN (SELECT value FROM json_each(:needed))",
            {"needed": needed},
        ):
            store.names.forget_all()
        return True


def delete_names(connection: sqlite3.Connection, where: str, values: Mapping[str, str]) -> int:
    """Deletes names and lets every reader know; returns how many they were.

    Args:
        connection: In a transaction.
        where: Which, in SQL that is a constant of the caller's.
        values: What stands for the names in it.
    """
    deleted = connection.execute(
        f"DELETE FROM subject_names WHERE {where}",  # noqa: S608 - constants of the callers
        values,
    ).rowcount
    if deleted:
        connection.execute("UPDATE sealing SET erasures = erasures + 1")
    return deleted


def newest(connection: sqlite3.Connection) -> int:
    """The number of the newest event there is, 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()[0])


def scrub_statement(who: str) -> str:
    """The statement that takes people out of rows `from` (not with) to `to`.

    A row that was proven is proven again as it is then; one that was changed stays a changed one.

    Args:
        who: What makes an id one of theirs, in SQL with `:who`.
    """
    people = {name: person for name, (person, _shown) in NAMED.items()}
    then = {
        column: f"iif({person} {who}, NULL, {column})"
        for name, person in people.items()
        for column in (name, person)
    }
    before = ", ".join(PROVEN_COLUMNS)
    after = ", ".join(then.get(column, column) for column in PROVEN_COLUMNS)
    proven = f"iif(proof = row_proof({before}), row_proof({after}), proof)"
    then["proof"] = f"iif({LEGIBLE}, {proven}, proof)"
    sets = ", ".join(f"{column} = {value}" for column, value in then.items())
    where = " OR ".join(f"{person} {who}" for person in people.values())
    return (
        f"UPDATE events SET {sets} "  # noqa: S608 - constants
        f"WHERE sequence > :from AND sequence <= :to AND ({where})"
    )


_SCRUB = scrub_statement("= :who")
_FORGET = """
    DELETE FROM events WHERE sequence IN (
        SELECT sequence FROM events WHERE recorded_at_ms < ? ORDER BY recorded_at_ms LIMIT ?
    )
"""
_NAMES_NEEDED = """
    SELECT sequence, name_id, nearest_name_id, runner_up_name_id, offline_name_id
    FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?
"""
