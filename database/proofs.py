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
LEGIBLE = f"legible({', '.join(f'CAST({column} AS BLOB)' for column in PROVEN_COLUMNS)})"
"""Whether all texts of a row are UTF-8, in SQL: of others no function of ours can be given any."""
_FIRST = f"UPDATE events SET proof = row_proof({_ARGUMENTS})"  # noqa: S608 - constants
_ILLEGIBLE = f"UPDATE events SET proof = x'' WHERE NOT {LEGIBLE}"  # noqa: S608 - constants
_KEYED = "keyed(content_hash)"
_THEN = ", ".join(_KEYED if column == "content_hash" else column for column in PROVEN_COLUMNS)
_AGAIN = f"""
    UPDATE events SET content_hash = {_KEYED}, proof = CASE
        WHEN proof = row_proof_before({_ARGUMENTS}) THEN row_proof({_THEN}) ELSE x''
    END
"""  # noqa: S608 - constants
_SOME = " AND sequence > ? AND sequence <= ?"

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
    connection.create_function("legible", len(PROVEN_COLUMNS), _legible, deterministic=True)


def read_any_text(connection: sqlite3.Connection) -> None:
    """A text that is no UTF-8 is read all the same, and fits no proof.

    Somebody wrote it into the file; an error would keep all other rows from being looked at.
    """
    connection.text_factory = lambda data: data.decode("utf-8", "backslashreplace")


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
    if before is None:
        statement = f"{_FIRST} WHERE {LEGIBLE}{_SOME}"
    else:
        statement = f"{_AGAIN} WHERE proof <> x''{_SOME}"
    for done in range(first - 1, last, ROWS_AT_ONCE):
        up_to = min(done + ROWS_AT_ONCE, last)
        if before is not None:
            connection.execute(_ILLEGIBLE + _SOME, (done, up_to))
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


def _legible(*texts: bytes | None) -> bool:
    try:
        for text in texts:
            if text is not None:
                text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
