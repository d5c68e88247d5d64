"""Backups: made while in use, listed, pruned, restored."""

import sqlite3
from pathlib import Path

import pytest

from database import backups, migrations, opening
from database.errors import DatabaseDamaged, DatabaseNewer, DatabaseProblem
from tests.database.examples import CIPHER, NOON_MS, add, event


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed database with one event."""
    path = tmp_path / "match_history.db"
    connection = opening.open_for_writing(
        path, CIPHER, backup_folder=tmp_path / "other", now_ms=NOON_MS, lock_wait_s=1
    )
    add(connection, event())
    connection.close()
    return path


def events_of(path: Path) -> int:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
    finally:
        connection.close()


def test_a_backup_while_somebody_writes_is_whole(path: Path, tmp_path: Path) -> None:
    """An open transaction is not in it; the writer is not disturbed."""
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    add(writer, event())
    made = backups.back_up(path, tmp_path / "b", made_at_ms=NOON_MS)
    writer.execute("COMMIT")
    writer.close()
    assert events_of(made) == 1
    assert events_of(path) == 2
    assert [p.name for p in (tmp_path / "b").iterdir()] == [made.name]


def test_the_list_is_newest_first_and_ignores_other_files(path: Path, tmp_path: Path) -> None:
    """Names of other forms and impossible times are left out."""
    folder = tmp_path / "b"
    times = [NOON_MS, NOON_MS + 5, NOON_MS - 1_000]
    made = [backups.back_up(path, folder, made_at_ms=time_ms) for time_ms in times]
    (folder / "notes.txt").write_text("no backup")
    (folder / "match_history-daily-20269999T999999999.db").write_text("no such day")
    found = backups.list_backups(folder)
    assert [backup.path for backup in found] == [made[1], made[0], made[2]]
    assert [backup.made_at_ms for backup in found] == sorted(times, reverse=True)
    assert found[0].kind == "by-hand"
    assert found[0].size_bytes > 0
    assert backups.list_backups(tmp_path / "none") == ()


def test_a_name_tells_when_it_was_made() -> None:
    """Of a copy of the history, a backup of everything, a folder set aside; None of another."""
    for name in ("match_history-daily-{}.db", "facenetgrid-{}.tar", "set-aside-{}"):
        assert backups.made_at_ms(Path(name.format(backups.stamp(NOON_MS + 7)))) == NOON_MS + 7
    for name in ("notes.txt", "facenetgrid-20269999T999999999.tar", "set-aside-20260101T000000"):
        assert backups.made_at_ms(Path(name)) is None


def test_f11_a_backup_of_a_day_that_is_to_come_is_the_oldest() -> None:
    """F11: a wrong clock made it. With a clock that is behind all are, and keep their order."""
    day_ms = backups.DAY_MS
    paths = [Path(f"daily-{backups.stamp(NOON_MS + days * day_ms)}.tar") for days in (3650, 0, 1)]
    right = sorted(paths, key=lambda path: backups.by_age(path, NOON_MS + day_ms))
    behind = sorted(paths, key=lambda path: backups.by_age(path, 0))
    assert (right, behind) == (paths, [*paths[1:], paths[0]])


def test_two_files_set_aside_in_the_same_moment_keep_apart(tmp_path: Path) -> None:
    """Nothing that was set aside is ever written over."""
    path = tmp_path / "match_history.db"
    kept = []
    for content in ("one", "two"):
        path.write_text(content)
        path.with_name("match_history.db-wal").write_text("its journal")
        kept += backups.set_aside_damaged(path, now_ms=NOON_MS)
    assert sorted(p.read_text() for p in kept) == ["its journal", "its journal", "one", "two"]
    assert not path.exists()


def test_a_bad_backup_is_refused_and_the_database_stays(path: Path, tmp_path: Path) -> None:
    """Damaged, newer, or no backup at all: nothing is touched."""
    good = backups.back_up(path, tmp_path / "b", made_at_ms=NOON_MS)
    before = path.read_bytes()
    newer = tmp_path / "newer.db"
    newer.write_bytes(good.read_bytes())
    connection = sqlite3.connect(newer)
    connection.execute(f"PRAGMA user_version = {migrations.LATEST + 1}")
    connection.close()
    torn = tmp_path / "torn.db"
    content = bytearray(good.read_bytes())
    content[4096:8192] = b"\xee" * 4096
    torn.write_bytes(content)
    cases: list[tuple[Path, type[DatabaseProblem]]] = [
        (newer, DatabaseNewer),
        (torn, DatabaseDamaged),
        (tmp_path / "missing.db", DatabaseProblem),
    ]
    for backup, kind in cases:
        with pytest.raises(kind):
            backups.restore_backup(path, backup, now_ms=NOON_MS)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*damaged*"))
    assert not list(tmp_path.glob("*.restoring*"))


@pytest.mark.parametrize("version", [migrations.LATEST, 4])
def test_a_backup_with_a_trigger_is_neither_made_nor_restored(
    path: Path, tmp_path: Path, version: int
) -> None:
    """An older one is not upgraded with it; the good backups stay the newest ones."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TRIGGER t BEFORE DELETE ON events BEGIN SELECT RAISE(IGNORE); END")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    target = tmp_path / "copy.db"
    with pytest.raises(DatabaseDamaged, match="trigger t put in"):
        backups.snapshot(path, target)
    assert not target.exists()
    with pytest.raises(DatabaseDamaged, match="trigger t put in"):
        backups.restore_backup(tmp_path / "other.db", path, now_ms=NOON_MS)


def test_a_stamp_is_a_time_in_utc() -> None:
    """Sorted by name is sorted by time."""
    assert backups.stamp(0) == "19700101T000000000"
    assert backups.stamp(1_795_325_400_123) == "20261122T053000123"
