"""What can go wrong with the event log, each with one sentence an operator can act on."""

import sqlite3
from pathlib import Path
from typing import ClassVar

# Extended result codes that a full disk gives instead of SQLITE_FULL: a refused write (EFBIG of
# RLIMIT_FSIZE, EDQUOT of a quota) and a shared-memory file that cannot grow.
_FULL_IO = frozenset({sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNWRITABLE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM})


class DatabaseProblem(Exception):  # noqa: N818 - the tree is named for what happened
    """Base of everything the event log raises; `str()` is a sentence for the screen."""

    code: ClassVar[str] = "storage_failed"
    """The code a peer is answered with (see `protocol`)."""
    retryable: ClassVar[bool] = True
    """Whether sending the same event again later can succeed."""


class DatabaseNewer(DatabaseProblem):
    """Raised when the file was written by a newer version of FaceNetGrid; nothing was changed."""

    retryable = False


class DatabaseDamaged(DatabaseProblem):
    """Raised when the file is empty, no database, not made as ours are, or fails its own check.

    `backups.set_aside_damaged` and `backups.restore_backup` mend it.
    """


class DatabaseSealed(DatabaseProblem):
    """Raised when the names in the file are sealed with another key than the one at hand."""

    retryable = False


class SealWrong(DatabaseProblem):
    """Raised by a cipher: bytes were sealed with another key, changed, or belong elsewhere."""


class DatabaseReadOnly(DatabaseProblem):
    """Raised when the file or its folder cannot be written, or not even opened."""


class DatabaseLocked(DatabaseProblem):
    """Raised when another program keeps the database locked longer than the wait allows."""

    code = "busy"


class IdempotencyConflict(DatabaseProblem):
    """Raised when an event id arrives again with other content than was stored under it."""

    code = "idempotency_conflict"
    retryable = False


class StorageFull(DatabaseProblem):
    """Raised when the disk had no room for the event: it is not stored, later it may be."""

    code = "storage_full"


class StorageBusy(DatabaseProblem):
    """Raised when more events wait to be written than the log is willing to hold."""

    code = "busy"


class StorageFailed(DatabaseProblem):
    """Raised when an event could not be stored for any other reason, or the log is closed."""


class RecordInvalid(DatabaseProblem):
    """Raised when a record could not be stored as it is: the sentence names the field."""

    code = "bad_message"
    retryable = False


def what_is_wrong(answer: str) -> str:
    """What SQLite's check of a file answered, in one line: without its heading of several."""
    return " ".join(answer.split()).removeprefix("*** in database main *** ")


def primary_code(error: Exception) -> int:
    """The low byte of SQLite's result code; 0 when the error did not come from SQLite itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_busy(error: Exception) -> bool:
    """Whether another connection's lock was the cause, so that waiting helps."""
    return primary_code(error) in _BUSY


def problem_of(error: sqlite3.Error | DatabaseProblem, path: Path) -> DatabaseProblem:
    """The sentence and class for an error of SQLite on the database at `path`."""
    if isinstance(error, DatabaseProblem):
        return error
    extended = getattr(error, "sqlite_errorcode", 0)
    primary = primary_code(error)
    name = path.name
    if primary == sqlite3.SQLITE_FULL or extended in _FULL_IO:
        return StorageFull(
            f"The disk has no room for {name}: free some space; recording goes on by itself."
        )
    if primary in _BUSY:
        return DatabaseLocked(f"Another program keeps {name} locked: close it and try again.")
    if primary in _DAMAGED:
        return DatabaseDamaged(
            f"{name} is damaged ({error}): set it aside and restore the latest backup."
        )
    if primary == sqlite3.SQLITE_CANTOPEN:
        return DatabaseReadOnly(
            f"{name} cannot be opened: check the permissions of the file and of its folder."
        )
    if primary in _UNWRITABLE:
        return DatabaseReadOnly(
            f"{name} cannot be written: check the permissions of the file and of its folder."
        )
    return StorageFailed(f"{name} could not be written ({error}): check the disk.")
