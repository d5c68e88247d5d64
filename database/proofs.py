"""What proves a row of the history: a keyed digest of the whole row, its number included.

Whoever may write the file can change, add or exchange rows; they cannot make the proof.
"""

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec

from database.cipher import Cipher, keyed
from database.rows import PROVEN_COLUMNS

ROWS_AT_ONCE = 5_000
"""Rows that are proven between two words of progress: about 50 ms."""

_ARGUMENTS = ", ".join(PROVEN_COLUMNS)
_FIRST = f"UPDATE events SET proof = row_proof({_ARGUMENTS})"  # noqa: S608 - constants
_KEYED = "keyed(content_hash)"
_THEN = ", ".join(_KEYED if column == "content_hash" else column for column in PROVEN_COLUMNS)
_AGAIN = f"""
    UPDATE events SET content_hash = {_KEYED}, proof = CASE
        WHEN proof = row_proof_before({_ARGUMENTS}) THEN row_proof({_THEN}) ELSE x''
    END
"""  # noqa: S608 - constants
_SOME = " WHERE sequence > ? AND sequence <= ?"

# MessagePack tells text, whole numbers and floats apart and says how long each is: two rows that
# differ anywhere give other bytes. A tenth of the time of `repr` or JSON.
_ENCODE = msgspec.msgpack.Encoder().encode


def proof_of(cipher: Cipher, values: Sequence[object]) -> bytes:
    """The proof of a row.

    Args:
        cipher: Has the key.
        values: Those of `PROVEN_COLUMNS`, as SQLite gives them back: numbers of REAL columns are
            floats and never -0.0, those of INTEGER columns int and not bool.
    """
    return cipher.prove(_ENCODE(values))


def proof_of_forgotten(cipher: Cipher, events: int) -> bytes:
    """What proves how many events were deleted because their time was over."""
    return cipher.prove(_ENCODE(("forgotten", events)))


def teach(connection: sqlite3.Connection, cipher: Cipher, *, function: str = "row_proof") -> None:
    """Gives a connection the SQL function that makes proofs, for statements of ours alone.

    A trigger that somebody has put into the file could have its rows proven by it.
    """
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.create_function(
        function, len(PROVEN_COLUMNS), lambda *row: proof_of(cipher, row), deterministic=True
    )


def prove_rows(
    connection: sqlite3.Connection,
    cipher: Cipher,
    *,
    before: Cipher | None = None,
    fresh: bytes = b"",
) -> Iterator[tuple[int, int]]:
    """Gives every row its proof, a batch at a time, in a transaction of the caller's.

    Args:
        connection: May write.
        cipher: Proves from now on.
        before: Proved until now: a row that had no right proof by it gets none now, for else
            whoever changed it would have it proven. None where no row had a proof.
        fresh: Of `cipher.renewed_content_key`, by which content hashes are keyed once more then.

    Yields:
        How many of how many numbers are done.
    """
    teach(connection, cipher)
    if before is not None:
        teach(connection, before, function="row_proof_before")
        connection.create_function("keyed", 1, lambda text: keyed(text, fresh), deterministic=True)
    first, last = connection.execute(
        "SELECT coalesce(min(sequence), 1), coalesce(max(sequence), 0) FROM events"
    ).fetchone()
    statement = (_FIRST if before is None else _AGAIN) + _SOME
    for done in range(first - 1, last, ROWS_AT_ONCE):
        up_to = min(done + ROWS_AT_ONCE, last)
        connection.execute(statement, (done, up_to))
        yield up_to - first + 1, last - first + 1
    if before is not None:
        _count_again(connection, cipher, before)
        connection.create_function("row_proof_before", len(PROVEN_COLUMNS), None)
        connection.create_function("keyed", 1, None)


def forgotten_of(connection: sqlite3.Connection, cipher: Cipher) -> int | None:
    """How many events were deleted because their time was over; None where that is not proven."""
    found = connection.execute("SELECT events, proof FROM forgotten").fetchone()
    if found is None or found[1] != proof_of_forgotten(cipher, found[0]):
        return None
    return int(found[0])


def note_forgotten(connection: sqlite3.Connection, cipher: Cipher, more: int) -> None:
    """Counts events that are deleted in the same transaction; a wrong count stays wrong."""
    before = forgotten_of(connection, cipher)
    if before is not None:
        write_forgotten(connection, cipher, before + more)


def write_forgotten(connection: sqlite3.Connection, cipher: Cipher, events: int) -> None:
    """Writes how many events were deleted because their time was over, with its proof."""
    connection.execute(
        "INSERT OR REPLACE INTO forgotten (one, events, proof) VALUES (1, ?, ?)",
        (events, proof_of_forgotten(cipher, events)),
    )


def _count_again(connection: sqlite3.Connection, cipher: Cipher, before: Cipher) -> None:
    events = forgotten_of(connection, before)
    if events is not None:
        write_forgotten(connection, cipher, events)
