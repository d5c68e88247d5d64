"""Takes people out of copies of the history: backups, and what lies aside; nobody has one open."""

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

from database import migrations, shape
from database.chores import delete_names, newest, scrub_statement
from database.cipher import Cipher
from database.errors import DatabaseDamaged, problem_of, what_is_wrong
from database.proofs import teach

_WHO = "IN (SELECT value FROM json_each(:who))"
_SCRUB = scrub_statement(_WHO)


def erase_in_copy(path: Path, subject_ids: Collection[str], cipher: Cipher) -> int:
    """Takes people out of a copy that is the caller's alone; a crash leaves it unusable.

    Args:
        path: The copy.
        subject_ids: Who.
        cipher: Seals the names, in one of an older version.

    Returns:
        How many rows and names said who they were.

    Raises:
        DatabaseProblem: It is damaged, newer, or the disk refused.
    """
    with opened(path) as connection:
        found = _erase(connection, path, subject_ids, cipher)
        check(connection, path)
    return found


def fold_journal(path: Path) -> None:
    """Folds the journal that a server has left beside a history into it; nobody may have it open.

    Raises:
        DatabaseProblem: As `erase_in_copy`.
    """
    with opened(path) as connection:
        migrations.version_of(connection)
        connection.execute("PRAGMA journal_mode = DELETE")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Opens a copy that is there, and tells what SQLite says of it as a problem with it.

    Raises:
        DatabaseProblem: It is damaged, or the disk refused.
    """
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None
        )
        try:
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise problem_of(error, path) from error


def _erase(
    connection: sqlite3.Connection, path: Path, subject_ids: Collection[str], cipher: Cipher
) -> int:
    # What is deleted is written over, and no journal with the rows as they were lies on the disk.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA journal_mode = MEMORY")
    shape.upgrade_checked(connection, cipher, path.name)
    teach(connection, cipher)
    who = json.dumps(sorted(subject_ids))
    connection.execute("BEGIN IMMEDIATE")
    found = delete_names(connection, f"subject_id {_WHO}", {"who": who})
    everything = {"from": -1, "to": newest(connection)}
    found += connection.execute(_SCRUB, {"who": who, **everything}).rowcount
    connection.execute("COMMIT")
    return found


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Looks at every page.

    Raises:
        DatabaseDamaged: One is damaged.
    """
    problem = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if problem != "ok":
        raise DatabaseDamaged(f"{path.name} is damaged ({what_is_wrong(problem)}).")
