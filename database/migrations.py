"""The version of the schema: making a fresh one, upgrading an old one, refusing a newer one."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from importlib import resources

from database.cipher import Cipher, new_content_key
from database.errors import DatabaseDamaged, DatabaseNewer
from database.log_state import TellUpgrade, UpgradeProgress, tell_nobody
from database.proofs import write_forgotten
from database.upgrade_3 import seal_names
from database.upgrade_4 import give_proofs

LATEST = 6
"""The version that schema.sql describes, kept in `PRAGMA user_version`."""

PROVEN_SINCE = 5
"""The first version whose rows are proven."""

SEALED_SINCE = 4
"""The first version whose names are sealed."""

APPLICATION_ID = 0x464E4744
"""`PRAGMA application_id`, "FNGD": tells our database from another program's."""


def _script(name: str) -> str:
    """The text of a .sql file beside this module, read as package data."""
    return resources.files("database").joinpath(name).read_text(encoding="utf-8")


Step = str | Callable[[sqlite3.Connection, Cipher, TellUpgrade], None]
"""Statements, or a function where statements alone cannot do it; inside a transaction."""


def _step_3(connection: sqlite3.Connection, cipher: Cipher, tell: TellUpgrade) -> None:
    tell(UpgradeProgress("Names are sealed"))
    seal_names(connection, cipher, statements(_script("upgrade_3.sql")))


STEPS: Mapping[int, Step] = {
    1: _script("upgrade_1.sql"),
    2: _script("upgrade_2.sql"),
    3: _step_3,
    4: give_proofs,
    5: _script("upgrade_5.sql"),
}
"""What leads from a version to the one after it: `STEPS[1]` makes 2 of 1."""


def fresh_schema() -> str:
    """The text of schema.sql."""
    return _script("schema.sql")


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one.

    `executescript` commits what is open before it starts; a migration must not.
    """
    gathered = ""
    *pieces, rest = script.split(";")
    for piece in pieces:
        gathered += f"{piece};"
        # A semicolon in a text, a comment or a trigger does not complete a statement.
        if sqlite3.complete_statement(gathered):
            yield gathered.strip()
            gathered = ""
    gathered += rest
    if any(line.strip() and not line.lstrip().startswith("--") for line in gathered.splitlines()):
        raise ValueError("The script ends in the middle of a statement.")


def lay_out(connection: sqlite3.Connection) -> None:
    """Makes the fresh tables and indexes, without a row."""
    for statement in statements(fresh_schema()):
        connection.execute(statement)


def create(connection: sqlite3.Connection, cipher: Cipher) -> None:
    """Makes an empty event log of an empty database, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    lay_out(connection)
    connection.execute(
        "INSERT INTO sealing (one, content_key, erasures) VALUES (1, ?, 0)",
        (new_content_key(cipher),),
    )
    write_forgotten(connection, cipher, 0)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {LATEST}")
    connection.execute("COMMIT")


def version_of(connection: sqlite3.Connection, *, latest: int = LATEST) -> int:
    """The version of an existing event log, from 1 to `latest`.

    Raises:
        DatabaseNewer: A newer FaceNetGrid made it.
        DatabaseDamaged: It is a database, but none of ours.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if owner != APPLICATION_ID or version < 1:
        raise DatabaseDamaged(
            "This database is no event log of FaceNetGrid: move it elsewhere, or restore a backup."
        )
    if version > latest:
        raise DatabaseNewer(
            f"The database is of version {version}, this FaceNetGrid knows up to {latest}: "
            "install the newer FaceNetGrid. Nothing was changed."
        )
    return version


def is_sealed(head: bytes) -> bool:
    """Whether a file that begins so (72 bytes at least) is a history whose names are sealed.

    Version and owner stand where https://www.sqlite.org/fileformat.html, 1.3 says: told without
    the key, and without opening what may be damaged.
    """
    version, owner = (int.from_bytes(head[at : at + 4], "big") for at in (60, 68))
    return owner == APPLICATION_ID and version >= SEALED_SINCE


def upgrade(
    connection: sqlite3.Connection,
    cipher: Cipher,
    *,
    steps: Mapping[int, Step] = STEPS,
    latest: int = LATEST,
    tell: TellUpgrade = tell_nobody,
) -> int:
    """Brings the database to `latest` in one transaction; returns the number of steps taken.

    The caller has made a backup before. When a step fails nothing has changed.
    """
    version = version_of(connection, latest=latest)
    if version == latest:
        return 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version, latest):
            step = steps[number]
            if isinstance(step, str):
                for statement in statements(step):
                    connection.execute(statement)
            else:
                step(connection, cipher, tell)
        connection.execute(f"PRAGMA user_version = {latest}")
        tell(UpgradeProgress("What was changed is written to the disk"))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return latest - version
