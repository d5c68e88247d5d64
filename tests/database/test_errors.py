"""Errors of SQLite become sentences."""

import sqlite3
from pathlib import Path

import pytest

from database.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseProblem,
    DatabaseReadOnly,
    StorageFailed,
    StorageFull,
    is_busy,
    problem_of,
    what_is_wrong,
)


def failed(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("it did not work")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, StorageFull),
        (sqlite3.SQLITE_IOERR_WRITE, StorageFull),
        (sqlite3.SQLITE_IOERR_SHMSIZE, StorageFull),
        (sqlite3.SQLITE_IOERR_READ, StorageFailed),
        (sqlite3.SQLITE_BUSY, DatabaseLocked),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseLocked),
        (sqlite3.SQLITE_CORRUPT, DatabaseDamaged),
        (sqlite3.SQLITE_NOTADB, DatabaseDamaged),
        (sqlite3.SQLITE_READONLY, DatabaseReadOnly),
        (sqlite3.SQLITE_CANTOPEN, DatabaseReadOnly),
        (sqlite3.SQLITE_ERROR, StorageFailed),
    ],
)
def test_every_code_has_its_class_and_sentence(code: int, kind: type[DatabaseProblem]) -> None:
    """The class tells what to do, the sentence names the file and ends with a full stop."""
    problem = problem_of(failed(code), Path("/somewhere/match_history.db"))
    assert type(problem) is kind
    assert "match_history.db" in str(problem)
    assert str(problem).endswith(".")


def test_an_error_without_a_code_is_a_storage_failure() -> None:
    """sqlite3 raises some errors itself, without a result code of SQLite."""
    assert isinstance(problem_of(sqlite3.ProgrammingError("?"), Path("m.db")), StorageFailed)
    assert not is_busy(sqlite3.ProgrammingError("?"))


def test_a_full_disk_is_retryable_and_has_the_code_of_the_wire() -> None:
    """The peer is told `storage_full` and to try again."""
    assert StorageFull.code == "storage_full"
    assert StorageFull.retryable


def test_what_a_check_found_is_one_line() -> None:
    """Newer versions of SQLite put a heading over it."""
    answer = "*** in database main ***\nPage 7: btreeInitPage() returns error code 11"
    assert what_is_wrong(answer) == "Page 7: btreeInitPage() returns error code 11"
    assert what_is_wrong("row 7 missing") == "row 7 missing"
