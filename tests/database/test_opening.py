"""Opening the event log: fresh, damaged, newer, foreign, read-only, locked."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from database import migrations, opening
from database.backups import back_up, list_backups, restore_backup, set_aside_damaged
from database.errors import DatabaseDamaged, DatabaseLocked, DatabaseNewer, DatabaseReadOnly
from tests.database.examples import (
    NOON_MS,
    open_it,
    several_pages,
    sqlite_that_leaves_what_was_deleted,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with 300 events, closed properly, so several pages long."""
    return several_pages(tmp_path / "match_history.db")


def count(path: Path) -> int:
    connection = open_it(path, now_ms=NOON_MS + 1)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
    finally:
        connection.close()


def test_the_pragmas_that_safety_rests_on(tmp_path: Path) -> None:
    """WAL and synchronous=FULL (2): a commit is on the disk when it is acknowledged."""
    connection = open_it(tmp_path / "new" / "match_history.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA user_version").fetchone() == (migrations.LATEST,)
    connection.close()


def test_what_is_deleted_is_written_over(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever SQLite's build does by itself: no byte of a deleted name stays in a free page."""
    sqlite_that_leaves_what_was_deleted(monkeypatch)
    connection = open_it(path)
    assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    names = [bytes(row[0]) for row in connection.execute("SELECT sealed FROM subject_names")]
    assert names
    assert all(name in path.read_bytes() for name in names)
    connection.execute("DELETE FROM subject_names")
    assert opening.cut_journal(connection)
    connection.close()
    assert not any(name in path.read_bytes() for name in names)


@pytest.mark.parametrize(
    ("statement", "named"),
    [("DROP TABLE events", "events"), ("ALTER TABLE events DROP COLUMN reason", "events")],
)
def test_f8_a_missing_table_or_column_is_found_at_the_start(
    path: Path, statement: str, named: str
) -> None:
    """Sound pages with the wrong content would refuse the first event, hours later."""
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseDamaged, match=named):
        open_it(path)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_the_database_is_its_owners_alone(path: Path) -> None:
    """Who was where concerns nobody else: the database, its journals and its backups."""
    connection = open_it(path)
    connection.execute("UPDATE checkpoints SET name = name")
    back_up(path, path.parent / "backups", made_at_ms=NOON_MS)
    files = [path, *path.parent.glob("*.db-*"), *(path.parent / "backups").iterdir()]
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files}
    connection.close()
    assert len(modes) == 4
    assert set(modes.values()) == {0o600}, modes


def overwrite_a_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[3 * 4096 : 4 * 4096] = os.urandom(4096)
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def lose_the_database_only(path: Path) -> None:
    path.rename(path.with_name("match_history.db-wal"))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="zero bytes"),
        pytest.param(lambda path: path.write_bytes(os.urandom(20_000)), id="garbage"),
        pytest.param(lambda path: path.write_bytes(b"SQLite format 3\0" * 9), id="header only"),
        pytest.param(overwrite_a_page, id="overwritten page"),
        pytest.param(cut_off, id="cut off"),
        pytest.param(lose_the_database_only, id="journal alone"),
    ],
)
@pytest.mark.parametrize("full_check_bytes", [opening.FULL_CHECK_BYTES, 0])
def test_f8_damage_is_found_at_opening_and_a_backup_restores(
    path: Path,
    damage: Callable[[Path], object],
    full_check_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sentence, the damaged file kept aside, all back from the backup; a large one as well."""
    monkeypatch.setattr(opening, "FULL_CHECK_BYTES", full_check_bytes)
    assert count(path) == 300
    back_up(path, path.parent / "backups", made_at_ms=NOON_MS)
    damage(path)
    with pytest.raises(DatabaseDamaged, match="restore"):
        open_it(path)
    newest = list_backups(path.parent / "backups")[0]
    moved = restore_backup(path, newest.path, now_ms=NOON_MS + 2)
    assert moved
    assert all(kept.exists() for kept in moved)
    assert count(path) == 300


def test_f8_without_a_backup_a_new_database_begins(path: Path) -> None:
    """Set aside, never deleted; the next opening makes a fresh one."""
    path.write_bytes(b"")
    (kept,) = set_aside_damaged(path, now_ms=NOON_MS)
    assert kept.exists()
    assert count(path) == 0


def test_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    """Not one byte changes."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseNewer, match="version 99"):
        open_it(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """Sound, but not ours."""
    path = tmp_path / "match_history.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (address TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseDamaged, match="no event log"):
        open_it(path)
    assert path.read_bytes() == before


def test_a_folder_in_the_place_of_the_database(tmp_path: Path) -> None:
    """A sentence, not an error of the operating system."""
    (tmp_path / "match_history.db").mkdir()
    with pytest.raises(DatabaseDamaged, match="no file"):
        open_it(tmp_path / "match_history.db")


def test_an_old_version_is_backed_up_before_it_is_upgraded(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup is the old version with all its rows."""
    old_version, new_version = migrations.LATEST, migrations.LATEST + 1
    monkeypatch.setattr(migrations, "LATEST", new_version)
    monkeypatch.setattr(
        migrations,
        "upgrade",
        lambda c, _cipher, tell: c.execute(f"PRAGMA user_version = {new_version}").fetchone(),
    )
    monkeypatch.setattr(migrations, "version_of", lambda c: old_version)
    open_it(path).close()
    backups = list_backups(path.parent / "backups")
    (before,) = [backup for backup in backups if backup.kind == "before-upgrade"]
    old = sqlite3.connect(before.path)
    assert old.execute("PRAGMA user_version").fetchone() == (old_version,)
    assert old.execute("SELECT count(*) FROM events").fetchone() == (300,)
    old.close()


def test_f9_a_lock_that_stays_is_named(path: Path) -> None:
    """Within the wait, not for ever; nothing is changed."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLocked, match="Another program"):
        open_it(path)
    other.execute("ROLLBACK")
    other.close()
    assert count(path) == 300


_READ_ONLY = """
import os, sys
from pathlib import Path
from database import backups, opening
from database.errors import DatabaseReadOnly
from tests.database.examples import CIPHER
path = Path(sys.argv[1])
path.as_uri()  # loads what it needs while it may be read: a Python below /root is closed to others
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    opening.open_for_writing(
        path, CIPHER, backup_folder=path.parent, now_ms=0, lock_wait_s=0.3
    )
except DatabaseReadOnly as problem:
    print("refused:", problem)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
@pytest.mark.parametrize("what", ["file", "file and folder", "folder"])
def test_f7_a_read_only_database_is_refused(what: str) -> None:
    """An unprivileged process is told that the file, or the folder for a new one, is read-only."""
    with tempfile.TemporaryDirectory() as name:  # tmp_path is closed to other users
        path = Path(name) / "match_history.db"
        if what != "folder":
            open_it(path).close()
            path.chmod(0o444)
        # In a folder that can be written SQLite opens such a file, locks it, and fails later.
        Path(name).chmod(0o777 if what == "file" else 0o555)
        done = subprocess.run(
            [sys.executable, "-c", _READ_ONLY, str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        Path(name).chmod(0o755)
    assert done.stdout.startswith("refused:"), done.stderr
    assert "permissions" in done.stdout


def test_f7_a_file_system_error_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any OSError while the file is made."""

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DatabaseReadOnly, match="Read-only file system"):
        open_it(tmp_path / "none" / "match_history.db")


def test_a_crash_while_the_database_is_made_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a half-made one under its name, and nothing beside it."""
    monkeypatch.setattr(migrations, "fresh_schema", lambda: "CREATE TABLE a (b); SELECT nonsense;")
    with pytest.raises(Exception, match="nonsense"):
        open_it(tmp_path / "match_history.db")
    assert list(tmp_path.iterdir()) == []
