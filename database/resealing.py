"""Seals a copy of the history anew: names and rows by another key, content hashes by one more."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from database import migrations, shape
from database.cipher import Cipher, renewed_content_key, seal_name, unseal_name
from database.erased_copies import check, opened
from database.opening import content_key_of
from database.proofs import prove_rows


def reseal(path: Path, before: Cipher, after: Cipher, told: Callable[[int], object]) -> None:
    """Seals a copy that is the caller's alone anew; a crash leaves it unusable.

    A database of an older version is upgraded.

    Args:
        path: The copy.
        before: What sealed it.
        after: What is to seal it.
        told: Called with how many rows and names were done since the last time.

    Raises:
        DatabaseProblem: It is damaged, newer, sealed by another key, or the disk refused.
        SealWrong: A name in it cannot be unsealed.
    """
    with opened(path) as connection:
        # What was there is written over; no journal, for nobody goes on with half of a copy.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        shape.upgrade_checked(connection, before, path.name)
        key = content_key_of(connection, path, before)
        fresh, sealed = renewed_content_key(key, after)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE sealing SET content_key = ?", (sealed,))
        _names(connection, before, after, told)
        rows = 0
        for done, _total in prove_rows(connection, after, before=before, fresh=fresh):
            told(done - rows)
            rows = done
        connection.execute("COMMIT")
        check(connection, path)


def rows_in(path: Path) -> int:
    """How many rows and names there are to be sealed anew.

    Raises:
        DatabaseProblem: It is damaged.
    """
    with opened(path) as connection:
        migrations.version_of(connection)
        counted = connection.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()
        return int(counted[0])


def _names(
    connection: sqlite3.Connection,
    before: Cipher,
    after: Cipher,
    told: Callable[[int], object],
) -> None:
    found = connection.execute("SELECT name_id, subject_id, sealed FROM subject_names").fetchall()
    connection.executemany(
        "UPDATE subject_names SET sealed = ? WHERE name_id = ?",
        (
            (seal_name(after, unseal_name(before, sealed, person), person), number)
            for number, person, sealed in found
        ),
    )
    told(len(found))
