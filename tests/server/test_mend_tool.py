"""`restore` without a backup: a damaged history is replaced, a sound one stays."""

import io
import sqlite3
from contextlib import closing
from pathlib import Path

from database.log import EventLog
from server.backup_tool import back_up
from server.data_folder import DataFolder
from server.history_cipher import HistoryCipher
from server.mend_tool import mend
from server.vault import open_vault
from tests.database.examples import event


def counted(folder: DataFolder) -> int:
    """Events in the history."""
    with closing(sqlite3.connect(folder.database)) as connection:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


def test_f8_restore_without_a_window(tmp_path: Path) -> None:
    """A damaged history is kept beside the newest backup that took its place; a sound one stays."""
    folder = DataFolder(tmp_path / "data")
    log = EventLog(folder.database, HistoryCipher(open_vault(folder)), backup_folder=folder.backups)
    log.open()
    log.append(event()).result(timeout=20)
    log.close(20)
    assert back_up(folder, None) == 0
    out = io.StringIO()
    assert mend(folder, out=out) == 0
    assert "nothing was changed" in out.getvalue()
    folder.database.write_bytes(b"garbage" * 1000)
    out = io.StringIO()
    assert mend(folder, out=out) == 0
    assert "the backup facenetgrid-" in out.getvalue()
    kept = [path for path in folder.database.parent.iterdir() if "damaged" in path.name]
    assert [path.read_bytes()[:7] for path in kept] == [b"garbage"]
    assert counted(folder) == 1
    for path in folder.database.parent.glob("match_history.db*"):
        path.unlink()
    out = io.StringIO()
    assert mend(folder, out=out) == 0
    assert out.getvalue().startswith(f"{folder.database} is gone.\nIn its place: the backup ")
    assert counted(folder) == 1


def test_f8_restore_without_a_backup(tmp_path: Path) -> None:
    """The damaged file is set aside, and it is said that an empty history follows."""
    folder = DataFolder(tmp_path / "data")
    open_vault(folder)
    folder.database.parent.mkdir(parents=True)
    folder.database.write_bytes(b"")
    out = io.StringIO()
    assert mend(folder, out=out) == 0
    assert "empty history" in out.getvalue()
    assert not folder.database.exists()


def test_where_nothing_was_nothing_is_made(tmp_path: Path) -> None:
    """Neither an empty history, nor a key."""
    folder = DataFolder(tmp_path / "data")
    err = io.StringIO()
    assert mend(folder, err=err) == 1
    assert "start the server once" in err.getvalue()
    assert not folder.vault.exists()
    open_vault(folder)
    err = io.StringIO()
    assert mend(folder, err=err) == 1
    assert "no backup to take it from" in err.getvalue()
    assert not folder.database.exists()
