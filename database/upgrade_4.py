"""From version 4 of the event log to 5: every row gets a proof, and what was deleted a count."""

import logging
import sqlite3
import time

from database.cipher import Cipher
from database.log_state import TellUpgrade, UpgradeProgress
from database.proofs import prove_rows, write_forgotten

_LOGGER = logging.getLogger(__name__)
_SAY_EVERY_S = 5.0
_STATEMENTS = (
    "ALTER TABLE events ADD COLUMN proof BLOB NOT NULL DEFAULT x''",
    """
    CREATE TABLE forgotten (
        one    INTEGER PRIMARY KEY CHECK (one = 1),
        events INTEGER NOT NULL,
        proof  BLOB    NOT NULL
    ) STRICT
    """,
)
_MISSING = """
    SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) - count(*)
    FROM events
"""


def give_proofs(connection: sqlite3.Connection, cipher: Cipher, tell: TellUpgrade) -> None:
    """Does the step inside the transaction that is open.

    Rows are taken as they are: until now nothing told a changed one, or one that was deleted by
    somebody, from another.
    """
    for statement in _STATEMENTS:
        connection.execute(statement)
    (missing,) = connection.execute(_MISSING).fetchone()
    write_forgotten(connection, cipher, missing)
    said_s = time.monotonic()
    for done, total in prove_rows(connection, cipher):
        tell(UpgradeProgress("Every event gets its proof", done, total))
        if time.monotonic() - said_s >= _SAY_EVERY_S:
            said_s = time.monotonic()
            _LOGGER.warning("events of the history get a proof: %d of %d", done, total)
