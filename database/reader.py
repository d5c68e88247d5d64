"""Read-only questions to the event log: the history's pages, counts for the tiles, checkpoints.

Every thread that asks gets a connection of its own; none of them can write. Lists are ordered by
`sequence`, never by a clock.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from database import rows
from database.cipher import Cipher
from database.errors import StorageFailed, problem_of
from database.names import Names
from database.proofs import read_any_text
from database.records import OUTCOMES, CheckpointRecord, EventRecord, Outcome, folded
from database.verifying import PAUSE_S, Progress, RowsLooked, is_changed, look_at_rows

MOST_ROWS = 1_000
"""Most rows of one page: what a window can show without stalling."""
_NUMBERED = f"{rows.SELECT_EVENT} WHERE sequence IN (SELECT value FROM json_each(?))"  # noqa: S608 - constants

# SQLite would take none for what it cannot jump by, or that by time, and sort all that it finds: of
# a million events the newest of a year came after 6 s. So they come at once, and what is rare or
# nowhere after 0.1 s. It has no words: what is looked for by them alone is read row by row.
_BY_FILTER = " INDEXED BY events_by_filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events; a field left alone filters nothing.

    Attributes:
        from_ms: Recorded at this time (server's clock) or later.
        to_ms: Recorded before this time.
        subject_id: Identified as this person.
        outcomes: Any of these; empty means all.
        reason: Occurs in the reason, to the letter.
        without: None of these does.
        text: Occurs in the shown name, the checkpoint or the reason, whatever the case and the
            accents; `%` and `_` are letters like any other. Names are those of the moment.
    """

    from_ms: int | None = None
    to_ms: int | None = None
    checkpoint_id: str | None = None
    subject_id: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    reason: str = ""
    without: tuple[str, ...] = ()
    text: str = ""


EVERYTHING = EventFilter()

# Names are sealed in the table: which of them match is found in memory.
_SEARCH = "(instr(search_text, ?) > 0 OR name_id IN (SELECT value FROM json_each(?)))"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the history, newest first, and whether older ones match too."""

    rows: tuple[EventRecord, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """How many events of each outcome."""

    identified: int = 0
    not_enrolled: int = 0
    ambiguous: int = 0
    poor_quality: int = 0
    no_face: int = 0
    server_unreachable: int = 0
    spoof_suspected: int = 0

    @property
    def total(self) -> int:
        """All events."""
        return sum(getattr(self, outcome) for outcome in OUTCOMES)


class EventReader:
    """Questions to match_history.db from any thread; all raise a DatabaseProblem when it fails.

    Args:
        path: The database file.
        cipher: Unseals names of people, which are then kept in memory, and proves rows; None
            gives no names, and takes rows as they are.
    """

    def __init__(self, path: Path, cipher: Cipher | None) -> None:
        self._path = path
        self._cipher = cipher
        self._names = Names(cipher)
        self._lock = threading.Lock()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._closed = False

    def query(
        self,
        where: EventFilter = EVERYTHING,
        *,
        limit: int = 100,
        before_sequence: int | None = None,
    ) -> Page:
        """A page of matching events, newest first.

        The next page begins before the last row's sequence. At most `MOST_ROWS` rows.
        """
        limit = max(1, min(limit, MOST_ROWS))
        with self._asking() as connection:
            clause, values = self._clause(connection, where)
            if before_sequence is not None:
                clause, values = f"{clause} AND sequence < ?", [*values, before_sequence]
            beside_words = replace(where, reason="", without=(), text="")
            index = "" if beside_words == EVERYTHING else _BY_FILTER
            sql = f"{rows.SELECT_EVENT}{index} WHERE {clause} ORDER BY sequence DESC LIMIT ?"
            found = connection.execute(sql, (*values, limit + 1)).fetchall()
            return Page(self._events(connection, found[:limit]), more=len(found) > limit)

    def changed(
        self,
        progress: Progress = lambda _done, _total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> RowsLooked:
        """Which events were changed, after a look at every row: 20 µs each, pauses included.

        No filter is asked for: what a changed row says is not what was recorded, so that it could
        hide from any. `numbered` gives what they say.

        Args:
            progress: Called now and then with how many of how many rows were looked at.
            stop: Asked now and then whether to give up; then it is what was found till then.
        """
        if self._cipher is None:
            return RowsLooked()
        return look_at_rows(
            self._path,
            self._cipher,
            progress=progress,
            pause_s=PAUSE_S,
            stop=stop,
            named=MOST_ROWS,
        )

    def numbered(self, numbers: Sequence[int]) -> tuple[EventRecord, ...]:
        """The events of these numbers that are there, newest first."""
        wanted = json.dumps(list(numbers))
        with self._asking() as connection:
            found = connection.execute(f"{_NUMBERED} ORDER BY sequence DESC", (wanted,)).fetchall()
            return self._events(connection, found)

    def version(self) -> int:
        """The version of its schema."""
        with self._asking() as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def newest(self) -> int:
        """The number of the newest event there ever was, 0 before the first."""
        with self._asking() as connection:
            sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
            row = connection.execute(sql).fetchone()
            return 0 if row is None else int(row[0])

    def after(self, sequence: int, *, limit: int = MOST_ROWS) -> tuple[EventRecord, ...]:
        """Events stored after that one, oldest first: what a follower has not seen yet."""
        sql = f"{rows.SELECT_EVENT} WHERE sequence > ? ORDER BY sequence LIMIT ?"
        with self._asking() as connection:
            found = connection.execute(sql, (sequence, max(1, min(limit, MOST_ROWS)))).fetchall()
            return self._events(connection, found)

    def of_subject(self, subject_id: str) -> Iterator[EventRecord]:
        """Every event that says something of one person, oldest first, for their own eyes.

        Those where they were named, and those where they were the nearest or the next. Who else
        was near is left out: that concerns others.
        """
        people = " OR ".join(f"{person} = ?" for person, _name in rows.NAMED.values())
        sql = f"{rows.SELECT_EVENT} WHERE ({people}) AND sequence > ? ORDER BY sequence LIMIT ?"
        sequence = 0
        while True:
            values = (*[subject_id] * len(rows.NAMED), sequence, MOST_ROWS)
            with self._asking() as connection:
                found = self._events(connection, connection.execute(sql, values).fetchall())
            for record in found:
                sequence = record.sequence or sequence
                yield rows.about_one(record, subject_id)
            if len(found) < MOST_ROWS:
                return

    def people(self, is_named: Callable[[str], bool]) -> tuple[str, ...]:
        """Ids of people whom the history gives a name that the question says yes to, in order."""
        with self._asking() as connection:
            self._names.refresh(connection)
            return self._names.people(is_named)

    def named(self) -> dict[str, str]:
        """The newest name that the history has of each person, by id; of none who was erased."""
        with self._asking() as connection:
            self._names.refresh(connection)
            return self._names.by_person()

    def find(self, event_id: str) -> EventRecord | None:
        """The event of that id, or None."""
        with self._asking() as connection:
            found = connection.execute(rows.FIND_EVENT, (event_id,)).fetchall()
            return next(iter(self._events(connection, found)), None)

    def count(self, where: EventFilter = EVERYTHING) -> int:
        """How many events match."""
        with self._asking() as connection:
            clause, values = self._clause(connection, where)
            sql = f"SELECT count(*) FROM events WHERE {clause}"  # noqa: S608 - values are bound
            return int(connection.execute(sql, values).fetchone()[0])

    def today(self, since_ms: int) -> Counters:
        """Counts of each outcome recorded at `since_ms` (the caller's midnight) or later."""
        sql = "SELECT outcome, count(*) FROM events WHERE recorded_at_ms >= ? GROUP BY outcome"
        with self._asking() as connection:
            return Counters(**dict(connection.execute(sql, (since_ms,)).fetchall()))

    def per_minute(self, *, now_ms: int, minutes: int = 60) -> list[tuple[int, int, int]]:
        """(start of the minute, identified, others) for the last minutes, oldest first.

        The last entry is the minute of `now_ms`; minutes without events are there with zeros.
        """
        last = now_ms // 60_000
        first = last - minutes + 1
        sql = """
            SELECT recorded_at_ms / 60000,
                   sum(outcome = 'identified'), sum(outcome <> 'identified')
            FROM events WHERE recorded_at_ms >= ? AND recorded_at_ms < ? GROUP BY 1
        """
        with self._asking() as connection:
            found = connection.execute(sql, (first * 60_000, (last + 1) * 60_000)).fetchall()
        counts = {minute: (identified, others) for minute, identified, others in found}
        return [(m * 60_000, *counts.get(m, (0, 0))) for m in range(first, last + 1)]

    def latency_percentile(self, share: float = 0.95, *, since_ms: int) -> int | None:
        """Time to the verdict in ms that this share of the searches since then kept within.

        Nearest rank; searches answered late or never are left out; None without any.
        """
        clause = (
            "recorded_at_ms >= ? AND latency_ms IS NOT NULL AND late = 0 "
            "AND outcome IN ('identified', 'not_enrolled', 'ambiguous')"
        )
        with self._asking() as connection:
            found = connection.execute(
                f"SELECT latency_ms FROM events WHERE {clause} ORDER BY latency_ms",  # noqa: S608
                (since_ms,),
            ).fetchall()
        if not found:
            return None
        rank = min(len(found), max(1, -int(-share * len(found) // 1)))
        return int(found[rank - 1][0])

    def checkpoints(self) -> tuple[CheckpointRecord, ...]:
        """Every checkpoint ever seen, by name."""
        sql = """
            SELECT checkpoint_id, name, first_seen_ms, last_seen_ms, software, encoder
            FROM checkpoints ORDER BY name, checkpoint_id
        """
        with self._asking() as connection:
            return tuple(rows.checkpoint_of(row) for row in connection.execute(sql))

    def close(self) -> None:
        """Closes every thread's connection; questions after that raise StorageFailed."""
        with self._lock:
            self._closed = True
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()

    def _events(
        self, connection: sqlite3.Connection, found: Sequence[tuple[object, ...]]
    ) -> tuple[EventRecord, ...]:
        """The records of rows; a name is there at the latest when the rows that need it are."""
        if found:
            self._names.refresh(connection)
        return tuple(
            rows.event_of(row, self._names.name_of, changed=self._changed(row)) for row in found
        )

    def _changed(self, row: tuple[object, ...]) -> bool:
        """Whether it is not the row that the log wrote, or somebody else's names stand for it."""
        if self._cipher is None:
            return False
        return is_changed(row, self._cipher, self._names)

    def _clause(
        self, connection: sqlite3.Connection, where: EventFilter
    ) -> tuple[str, list[str | int]]:
        """The filter as SQL and the values bound to it; no value ever becomes part of the SQL."""
        simple: tuple[tuple[str, str | int | None], ...] = (
            ("recorded_at_ms >= ?", where.from_ms),
            ("recorded_at_ms < ?", where.to_ms),
            ("checkpoint_id = ?", where.checkpoint_id),
            ("subject_id = ?", where.subject_id),
        )
        clauses = [sql for sql, value in simple if value is not None]
        values = [value for _, value in simple if value is not None]
        if where.outcomes:
            clauses.append(f"outcome IN ({', '.join('?' * len(where.outcomes))})")
            values.extend(where.outcomes)
        if where.reason:
            clauses.append("instr(reason, ?) > 0")
            values.append(where.reason)
        for one in where.without:
            clauses.append("instr(reason, ?) = 0")
            values.append(one)
        if wanted := _searchable(where.text):
            self._names.refresh(connection)
            clauses.append(_SEARCH)
            values += [wanted, self._names.matching(wanted)]
        return " AND ".join(clauses) or "1", values

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.ProgrammingError as error:
            raise StorageFailed("The history is closed.") from error
        except sqlite3.Error as error:
            raise problem_of(error, self._path) from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection; those of threads that have ended are closed on the way."""
        me = threading.current_thread()
        with self._lock:
            if self._closed:
                raise StorageFailed("The history is closed.")
            if me not in self._connections:
                for thread in [t for t in self._connections if not t.is_alive()]:
                    self._connections.pop(thread).close()
                # Another thread closes it in `close`; SQLite itself is built thread-safe.
                connection = sqlite3.connect(
                    f"{self._path.resolve().as_uri()}?mode=ro",
                    uri=True,
                    timeout=2.0,
                    isolation_level=None,
                    check_same_thread=False,
                )
                connection.execute("PRAGMA query_only = ON")
                read_any_text(connection)
                self._connections[me] = connection
            return self._connections[me]


def _searchable(text: str) -> str:
    """As the search text is folded; half a character, which SQLite cannot bind, is replaced."""
    return folded(text.strip()).encode("utf-8", "replace").decode("utf-8")
