"""Looks at every row of the history: which were changed, and how many are missing or too many."""

import sqlite3
import time
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from database import rows, shape
from database.cipher import Cipher
from database.names import Names
from database.proofs import forgotten_of, proof_of, read_any_text

_ROWS_AT_ONCE = 500
"""Read by one statement: no reader keeps the journal from being emptied for long."""
PAUSE_S = 0.005
"""Left to a running server or window after so many rows, which take 4 ms."""
NAMED = 20
"""Of more events than these only the number is told."""
MOST_ABSENT = 1_001
"""So many runs of numbers without a row are kept: more than can be accepted."""

_COUNT = """
    SELECT
        max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0),
            coalesce(max(sequence), 0)),
        count(*)
    FROM events
"""
_SOME = f"{rows.SELECT_EVENT} WHERE sequence > ? ORDER BY sequence LIMIT ?"
_EVENT_ID, _RECORDED = (rows.PROVEN_COLUMNS.index(name) for name in ("event_id", "recorded_at_ms"))

Progress = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as its row tells: number, id, and when it was recorded (ms since the epoch)."""

    sequence: int
    event_id: str
    recorded_at_ms: int


@dataclass(slots=True)
class RowsLooked:
    """What a look at every row found; at none where something is strange.

    Attributes:
        strange: What the history is made of and this program did not make (`database/shape.py`).
        looked: How many rows were looked at: all, unless it was given up.
        there: How many there were when it began.
        oldest: The number of the oldest row that is there; where there is none that of the next.
        newest: The number of the newest event there ever was.
        changed: The first of those that are not as the program wrote them.
        changed_count: How many they are.
        numbers: Of all of them, in order; for who shows them.
        missing: How many rows were deleted, but for those whose time was over; below 0 where there
            are more rows than there may be; None where the count of deleted ones was changed.
        gaps: Between which events numbers are missing, the first of them.
        absent: The first and the last of the numbers that no row has, run by run, behind the oldest
            row that is there, up to `newest`.
        nameless: Ids of people whose name the rows need and that is not there.
    """

    strange: tuple[str, ...] = ()
    looked: int = 0
    there: int = 0
    oldest: int = 0
    newest: int = 0
    changed: list[Seen] = field(default_factory=list)
    changed_count: int = 0
    numbers: "array[int]" = field(default_factory=lambda: array("q"), compare=False)
    missing: int | None = 0
    gaps: list[tuple[Seen, Seen]] = field(default_factory=list)
    absent: list[tuple[int, int]] = field(default_factory=list)
    nameless: set[str] = field(default_factory=set)


def look_at_rows(
    path: Path,
    cipher: Cipher,
    *,
    progress: Progress = lambda _done, _total: None,
    pause_s: float = 0.0,
    stop: Callable[[], bool] = lambda: False,
    named: int | None = None,
) -> RowsLooked:
    """Looks at every row; a server may be writing.

    It takes 8 to 10 µs a row (two quiet cores, `python3 run.py bench history`).

    Args:
        path: The database.
        cipher: Proves the rows.
        progress: Called now and then with how many of how many rows are done.
        pause_s: Left to others after every few milliseconds of work.
        stop: Asked now and then whether to give up; what was found till then is given.
        named: So many changed events are named; `NAMED` unless told otherwise.

    Raises:
        DatabaseProblem: It cannot be read.
    """
    with shape.reading(path) as connection:
        strange = shape.strange_in(connection)
        if strange:
            return RowsLooked(strange)
        read_any_text(connection)
        return _look(connection, cipher, progress, pause_s, stop, named or NAMED)


def _look(
    connection: sqlite3.Connection,
    cipher: Cipher,
    progress: Progress,
    pause_s: float,
    stop: Callable[[], bool],
    named: int,
) -> RowsLooked:
    found = RowsLooked()
    count = _count(connection, cipher, found)
    names = Names(cipher)
    before: Seen | None = None
    after, unnamed = -(2**63), dict[str, tuple[int, int]]()
    while some := connection.execute(_SOME, (after, _ROWS_AT_ONCE)).fetchall():
        names.refresh(connection)
        for row in some:
            seen = Seen(row[rows.SEQUENCE_AT], row[_EVENT_ID], rows.a_time(row[_RECORDED]))
            if before is not None and seen.sequence > before.sequence + 1:
                _gather(found.gaps, (before, seen), NAMED)
                _leave_out(found, before.sequence, seen.sequence)
            before = seen
            if is_changed(row, cipher, names):
                found.changed_count += 1
                found.numbers.append(seen.sequence)
                _gather(found.changed, seen, named)
            for person, name in rows.NAMES_AT:
                if row[name] is not None and not names.knows(row[name]):
                    unnamed.setdefault(str(row[person] or ""), (seen.sequence, name))
        found.looked += len(some)
        after = some[-1][rows.SEQUENCE_AT]
        progress(min(found.looked, count), count)
        if stop():
            # Of what is missing it is not known where.
            found.missing = 0
            break
        time.sleep(pause_s)
    if before is not None:
        _leave_out(found, before.sequence, found.newest + 1)
    # What grew old while the rows were looked at left no gap.
    (oldest,) = connection.execute("SELECT min(sequence) FROM events").fetchone()
    found.oldest = found.newest + 1 if oldest is None else oldest
    found.absent = [run for run in found.absent if run[0] > found.oldest]
    found.nameless.update(_still_nameless(connection, unnamed))
    return found


def _still_nameless(
    connection: sqlite3.Connection, unnamed: Mapping[str, tuple[int, int]]
) -> Iterator[str]:
    """Somebody who is being erased loses the name first, and then the rows lose the number."""
    for who, (sequence, name) in unnamed.items():
        again = connection.execute(
            f"{rows.SELECT_EVENT} WHERE sequence = ?", (sequence,)
        ).fetchone()
        if again is not None and again[name] is not None:
            yield who


def is_changed(row: tuple[object, ...], cipher: Cipher, names: Names) -> bool:
    """Whether a row of `SELECT_EVENT` is not the one that the log wrote, or has others' names."""
    return row[-1] != proof_of(cipher, row[:-1]) or not all(
        names.fits(row[name], row[person]) for person, name in rows.NAMES_AT
    )


def _count(connection: sqlite3.Connection, cipher: Cipher, found: RowsLooked) -> int:
    """How many there are, and should be. In one transaction: a server may be writing."""
    connection.execute("BEGIN")
    found.newest, count = connection.execute(_COUNT).fetchone()
    forgotten = forgotten_of(connection, cipher)
    connection.execute("COMMIT")
    found.missing = None if forgotten is None else found.newest - forgotten - count
    found.there = int(count)
    return found.there


def _leave_out(found: RowsLooked, before: int, after: int) -> None:
    if after > before + 1:
        _gather(found.absent, (before + 1, after - 1), MOST_ABSENT)


def _gather(into: list[T], one: T, most: int) -> None:
    if len(into) < most:
        into.append(one)
