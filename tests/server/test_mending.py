"""A damaged history: the newest good daily copy in its place, or an empty one."""

import sqlite3
from pathlib import Path

from database.log import EventLog
from server.data_folder import DataFolder
from server.mending import mend_history
from tests.database.examples import CIPHER, event


def test_the_newest_good_copy_takes_its_place(tmp_path: Path) -> None:
    """Copies that are damaged too are passed over; what was there is kept."""
    folder = DataFolder(tmp_path)
    for _ in range(2):  # the second opening copies what is there
        log = EventLog(folder.database, CIPHER, backup_folder=folder.backups)
        log.open()
        log.append(event(event_id="1" * 32)).result(20)
        log.close(20)
    (good,) = folder.backups.iterdir()
    newer = good.with_name(good.name.replace("daily-2", "daily-3"))
    newer.write_bytes(b"garbage" * 1000)
    folder.database.write_bytes(b"garbage")
    restored, kept = mend_history(folder)
    assert restored == good
    assert [path.read_bytes() for path in kept] == [b"garbage"]
    connection = sqlite3.connect(folder.database)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)
    connection.close()


def test_without_a_copy_the_damaged_file_goes_aside(tmp_path: Path) -> None:
    """The next start begins an empty history."""
    folder = DataFolder(tmp_path)
    folder.database.parent.mkdir()
    folder.database.write_bytes(b"garbage")
    restored, kept = mend_history(folder)
    assert (restored, len(kept), folder.database.exists()) == (None, 1, False)
