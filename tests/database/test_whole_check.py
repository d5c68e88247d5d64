"""What a start leaves out of a large history is found afterwards, and by the next start."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from database import opening, whole_check
from database.errors import DatabaseDamaged
from database.opening import suspicion_of
from database.whole_check import check_whole, checked_in_part
from tests.database.examples import open_it, several_pages


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history that counts as large, as a start has just opened it."""
    for module in (opening, whole_check):
        monkeypatch.setattr(module, "FULL_CHECK_BYTES", 0)
    return several_pages(tmp_path / "match_history.db")


def forget_a_row_behind_an_index(path: Path) -> None:
    """The row goes and the index still knows it: every page is whole."""
    index = "SELECT * FROM sqlite_schema WHERE name = 'events_by_filter'"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        entry = connection.execute(index).fetchone()
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_schema WHERE name = 'events_by_filter'")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM events WHERE sequence = 7")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", entry)


def test_what_a_start_does_not_see_is_found(path: Path) -> None:
    """And the next start sees it, too, until the history is another one."""
    assert checked_in_part(path)
    assert check_whole(path, lambda: False)
    assert not suspicion_of(path).exists()
    forget_a_row_behind_an_index(path)
    open_it(path).close()
    with pytest.raises(DatabaseDamaged, match="is damaged"):
        check_whole(path, lambda: False)
    assert suspicion_of(path).exists()
    with pytest.raises(DatabaseDamaged, match="restore the latest backup"):
        open_it(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("REINDEX")
    open_it(path).close()
    assert not suspicion_of(path).exists()


def test_damaged_pages_are_found_too_and_it_can_be_given_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends does not wait for it; what is no database has its sentence."""
    monkeypatch.setattr(whole_check, "_STEPS", 100)
    assert not check_whole(path, lambda: True)
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(DatabaseDamaged):
        check_whole(path, lambda: False)
    assert suspicion_of(path).exists()


def test_a_small_history_was_checked_by_the_start(tmp_path: Path) -> None:
    """And none is none."""
    path = tmp_path / "match_history.db"
    assert not checked_in_part(path)
    path.write_bytes(bytes(100))
    assert not checked_in_part(path)
