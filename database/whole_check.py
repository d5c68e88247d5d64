"""Checks all of a large history after the start, beside the server that writes it.

A start looks at every page of it and leaves out whether the indexes say what their tables do
(`database/opening.py`). What is found here is noted beside the history: the next start checks all
of it too, and offers to restore a backup.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from database.errors import DatabaseDamaged, problem_of, what_is_wrong
from database.opening import FULL_CHECK_BYTES, suspicion_of

_STEPS = 100_000
"""Of SQLite's machine, between two looks at whether to stop: some milliseconds."""


def checked_in_part(path: Path) -> bool:
    """Whether the start that was left something of this history out."""
    return path.exists() and path.stat().st_size > FULL_CHECK_BYTES


def check_whole(path: Path, stopped: Callable[[], bool]) -> bool:
    """Checks all of it through a connection that only reads; seconds for each 100 MB.

    Args:
        path: The history; others may have it open.
        stopped: Asked again and again whether to give up.

    Returns:
        False when it was given up.

    Raises:
        DatabaseProblem: It is damaged, or cannot be read.
    """
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None
        )
        try:
            connection.set_progress_handler(stopped, _STEPS)
            answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        if stopped():
            return False
        problem = problem_of(error, path)
        if isinstance(problem, DatabaseDamaged):
            _note(path)
        raise problem from error
    if answer != "ok":
        _note(path)
        raise DatabaseDamaged(f"{path.name} is damaged ({what_is_wrong(answer)}).")
    return True


def _note(path: Path) -> None:
    with contextlib.suppress(OSError):  # who may only read it is told all the same
        suspicion_of(path).touch(mode=0o600)
