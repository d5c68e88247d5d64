"""`restore` without a backup: a damaged history is replaced, a sound one stays."""

import io
import sqlite3
from pathlib import Path

from database.log import EventLog
from server.backup_tool import back_up
from server.data_folder import DataFolder
from server.history_cipher import HistoryCipher
from server.mend_tool import mend
from server.vault import open_vault
from tests.database.examples import event


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
    connection = sqlite3.connect(folder.database)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)
    connection.close()


def test_f8_restore_without_a_backup(tmp_path: Path) -> None:
    """The damaged file is set aside, and it is said that an empty history follows."""
    folder = DataFolder(tmp_path / "data")
    folder.database.parent.mkdir(parents=True)
    folder.database.write_bytes(b"")
    out = io.StringIO()
    assert mend(folder, out=out) == 0
    assert "empty history" in out.getvalue()
    assert not folder.database.exists()
