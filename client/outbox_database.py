"""The outbox's SQLite file: opened, checked, set aside when it is unusable; what the disk refuses.

One connection, used by one thread at a time. The disk may refuse at any time: that is told, in
`trouble`, and nothing is raised.
"""

import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from client.outbox import OutboxProblem
from client.outbox_schema import SCHEMA
from client.settings import set_aside
from desktop.logs import log_event
from security.sealing import SealBroken, Sealer

log = logging.getLogger(__name__)

MEND_EVERY_S = 2.0
"""A disk that refused is tried again no sooner."""

_FORMAT = 1
_KEY_CHECK = b"facenetgrid outbox"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Write = tuple[str, tuple[object, ...]]


class _Unusable(Exception):  # noqa: N818 - named for what happened
    """The file has to be set aside; the text goes on after its name."""


class OutboxDatabase:
    """The file, whole and of our key.

    Args:
        path: The file.
        sealer: Tells whether it is of our key; what is of another is set aside, never overwritten.
        read_only: Looks into the file without changing it.
        begun_anew: Called when a damaged file was set aside while the program runs.

    Attributes:
        connection: To the file that is in use now.
        trouble: Why the disk refuses, a sentence; "" while it takes what it is given.
        mend_s: `time.monotonic()` from which on a disk that refused may be tried again.
        notice: What has happened to the file, in sentences; whoever tells it takes it away.

    Raises:
        OutboxProblem: The disk refuses, or there is nothing to read with this key.
    """

    def __init__(
        self,
        path: Path,
        sealer: Sealer,
        *,
        read_only: bool,
        begun_anew: Callable[[], None],
    ) -> None:
        self._path = path
        self._sealer = sealer
        self._read_only = read_only
        self._begun_anew = begun_anew
        self.trouble = self.notice = ""
        self.mend_s = 0.0
        self.connection = self._open()

    def write(self, *writes: Write) -> bool:
        """Writes in one transaction; False when the disk refused, and `trouble` says why."""
        try:
            with self.connection:
                for sql, values in writes:
                    self.connection.execute(sql, values)
        except sqlite3.DatabaseError as error:
            return self._refused(error) and self.write(*writes)
        self.trouble = ""
        return True

    def read(self, sql: str, values: tuple[object, ...] = ()) -> list[Any]:
        """The rows of a question; none when the disk refused."""
        try:
            return self.connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            return self.read(sql, values) if self._refused(error) else []

    def touch(self, *writes: Write) -> bool:
        """As `write`, with a write that changes nothing: it tells whether there is room."""
        # The check value is written anew as it is.
        again: Write = ("UPDATE about SET value = value WHERE name = 'key check'", ())
        return self.write(*writes, again)

    def close(self) -> None:
        """Closes it."""
        self.connection.close()

    def _open(self) -> sqlite3.Connection:
        """The connection to a file that is whole and sealed with our key.

        Raises:
            OutboxProblem: The disk refuses.
        """
        if not self._read_only and self._path.exists() and not self._path.stat().st_size:
            self._set_aside("was emptied")  # which SQLite takes for a new one
        for _attempt in range(2):
            db: sqlite3.Connection | None = None
            try:
                db = self._connect()
                self._prepare(db)
            except _Unusable as error:
                reason = str(error)
            except sqlite3.DatabaseError as error:
                if _code(error) not in _DAMAGED:
                    if db is not None:
                        db.close()
                    problem = f"Events cannot be kept in {self._path}: {said(error)}."
                    raise OutboxProblem(problem) from error
                reason = "is damaged"
            else:
                return db
            if db is not None:
                db.close()
            if self._read_only:
                raise OutboxProblem(f"{self._path} {reason}. Nothing in it can be read.")
            self._set_aside(reason)
        raise OutboxProblem(f"Events cannot be kept in {self._path}.")

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self._read_only else "rwc"
        return sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level="IMMEDIATE",
            check_same_thread=False,
        )

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Makes the tables in a new file, looks at an old one.

        Raises:
            sqlite3.DatabaseError: It is damaged, or the disk refuses.
            _Unusable: It is damaged, or was sealed with another key.
            OutboxProblem: A newer version made it.
        """
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > _FORMAT:
            db.close()
            raise OutboxProblem(f"{self._path} is of a newer version of this program. Install it.")
        if not self._read_only:
            if not version:
                db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")
            self._path.chmod(0o600)
        if not version:
            check = self._sealer.seal(_KEY_CHECK, b"key check")
            with db:
                db.execute("BEGIN IMMEDIATE")
                for statement in SCHEMA.split(";\n"):
                    db.execute(statement)
                db.execute("INSERT INTO about VALUES ('key check', ?)", (check,))
                db.execute(f"PRAGMA user_version = {_FORMAT}")
        row = db.execute("SELECT value FROM about WHERE name = 'key check'").fetchone()
        try:
            self._sealer.unseal(row[0] if row is not None else b"", b"key check")
        except SealBroken as error:
            raise _Unusable("was sealed with another key") from error
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise _Unusable("is damaged")
        if not self._read_only:
            db.execute("PRAGMA incremental_vacuum")

    def _set_aside(self, reason: str) -> None:
        """Keeps a file that cannot be used under another name.

        Raises:
            OutboxProblem: It cannot be renamed; it is not touched then.
        """
        kept = set_aside(self._path, sides=("-wal", "-shm", "-journal"))
        if kept is None:
            raise OutboxProblem(
                f"{self._path} {reason} and cannot be renamed; it is left as it is."
            )
        self.notice = (
            f"The file of events that wait for the server {reason}. It is kept as {kept.name};"
            " a new one is begun. What happened in the meantime may be missing at the server."
        )
        log_event(log, "outbox_set_aside", level=logging.ERROR, reason=reason, kept=kept.name)

    def _refused(self, error: sqlite3.DatabaseError) -> bool:
        """Notes why the disk refused; True when a new file was begun and it can be tried again."""
        log_event(log, "outbox_refused", level=logging.ERROR, reason=str(error))
        if _code(error) not in _DAMAGED:
            reason = said(error)
            self.trouble = f"{reason[:1].upper()}{reason[1:]}."
            self.mend_s = time.monotonic() + MEND_EVERY_S
            return False
        self.connection.close()
        self._set_aside("is damaged")
        self.connection = self._open()
        self._begun_anew()
        return True


def said(error: sqlite3.DatabaseError) -> str:
    """Why the disk refused, in words; no capital and no full stop."""
    code = _code(error)
    if code == sqlite3.SQLITE_FULL:
        return "the disk of this checkpoint is full"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return "this program may not write to the disk"
    if code == sqlite3.SQLITE_BUSY:
        return "another program holds the file"
    return f"the disk of this checkpoint refuses ({error})"


def _code(error: sqlite3.DatabaseError) -> int:
    """SQLite's primary code; 0 for what the Python module itself says."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
