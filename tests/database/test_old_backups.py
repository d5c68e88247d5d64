"""Backups of before names were sealed: sealed in their place, or left for the next start."""

import logging
import sqlite3
from pathlib import Path

import pytest

from database import old_backups
from database.backups import back_up
from tests.database.examples import CIPHER, NOON_MS
from tests.database.test_upgrade_3 import make_version_3, traces


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one backup of version 3."""
    path = tmp_path / "data" / "match_history.db"
    make_version_3(path)
    back_up(path, tmp_path / "backups", made_at_ms=NOON_MS)
    return tmp_path / "backups"


def test_a_backup_is_sealed_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Under its old name, with all its rows; the second time there is nothing to do."""
    (backup,) = folder.iterdir()
    assert traces(folder) == [backup.name]
    old_backups.seal_old_backups(folder, CIPHER)
    assert list(folder.iterdir()) == [backup]
    assert traces(folder) == []
    connection = sqlite3.connect(backup)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (4,)
    connection.close()
    assert caplog.text.count("made again") == 1
    before = backup.read_bytes()
    old_backups.seal_old_backups(folder, CIPHER)
    assert backup.read_bytes() == before


def test_a_disk_that_refuses_leaves_the_backup(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said, nothing is lost, and the next start does it."""
    (backup,) = folder.iterdir()
    before = backup.read_bytes()
    for error in (OSError(28, "No space left on device"), sqlite3.OperationalError("disk I/O")):

        def refuse(*_args: object, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(old_backups, "copy_whole", refuse)
            old_backups.seal_old_backups(folder, CIPHER)
        assert backup.read_bytes() == before
    assert caplog.text.count("could not be sealed yet") == 2
    old_backups.seal_old_backups(folder, CIPHER)
    assert traces(folder) == []


@pytest.mark.parametrize("content", [b"", b"Grace Hopper" * 500])
def test_a_damaged_backup_with_names_in_it_is_deleted(
    folder: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It could not be restored anyway; it is named."""
    caplog.set_level(logging.WARNING)
    damaged = folder / "match_history-daily-20260901T000000000.db"
    damaged.write_bytes(content)
    old_backups.seal_old_backups(folder, CIPHER)
    assert not damaged.exists()
    assert damaged.name in caplog.text
    assert len(list(folder.iterdir())) == 1
