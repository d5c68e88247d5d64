"""From version 4 to 5: every row is proven as it stands, once, and what is missing is counted."""

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from database import migrations, opening, proofs, upgrade_4
from database.backups import back_up, list_backups, newest_before_upgrade
from database.cipher import Cipher
from database.errors import StorageFull
from database.log import EventLog
from database.log_state import UpgradeProgress
from database.reader import EventReader
from tests.database.examples import CIPHER, NOON_MS, open_it
from tests.database.test_migrations import make_old

_INSERT = """
    INSERT INTO events (event_id, content_hash, captured_at_ms, recorded_at_ms, checkpoint_id,
        checkpoint_name, outcome, threshold, encoder, quality, flaws, frames, automatic, late,
        reason, search_text, grounds, decided_by, clock_skew)
    VALUES (?, 'h', ?, ?, 'lobby', 'Lobby', 'no_face', 0, 'e', '{}', '[]', 1, 1, 0, 'r', 's', '{}',
        'server', 0)
"""


def make_version_4(path: Path, events: int = 12, cipher: Cipher = CIPHER) -> None:
    """A history as version 4 left it, of which the two oldest events were deleted."""
    connection = sqlite3.connect(path, isolation_level=None)
    make_old(connection, 4)
    connection.execute(
        "INSERT INTO sealing (one, content_key, erasures) VALUES (1, ?, 0)",
        (cipher.seal(b"c" * 32, b"key of the content hashes"),),
    )
    for number in range(1, events + 1):
        connection.execute(_INSERT, (f"{number:032x}", NOON_MS, NOON_MS + number))
    connection.execute("DELETE FROM events WHERE sequence <= 2")
    connection.close()


def test_every_row_is_proven_and_it_is_said_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A batch at a time; deleted events were deleted before anybody could count them."""
    monkeypatch.setattr(proofs, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(upgrade_4, "_SAY_EVERY_S", 0)
    path = tmp_path / "match_history.db"
    make_version_4(path)
    with caplog.at_level(logging.WARNING):
        connection = open_it(path)
    said = [record.getMessage() for record in caplog.records]
    assert said[0].startswith("match_history.db is brought to this version: a copy of it first")
    assert said[1:3] == [
        "events of the history get a proof: 3 of 10",
        "events of the history get a proof: 6 of 10",
    ]
    assert migrations.version_of(connection) == migrations.LATEST
    assert proofs.forgotten_of(connection, CIPHER) == 2
    reader = EventReader(path, CIPHER)
    found = reader.query().rows
    assert ([one.sequence for one in found], any(one.changed for one in found)) == (
        list(range(12, 2, -1)),
        False,
    )
    reader.close()
    connection.close()


def test_whoever_watches_is_told_each_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy, the events by their number, the end of it; and nothing at the next start."""
    monkeypatch.setattr(proofs, "ROWS_AT_ONCE", 4)
    path = tmp_path / "match_history.db"
    make_version_4(path)
    told: list[UpgradeProgress] = []
    for _ in range(2):
        backups = tmp_path / "backups"
        with EventLog(path, CIPHER, backup_folder=backups, on_upgrade=told.append):
            assert told == [
                UpgradeProgress("A copy of it is made first"),
                UpgradeProgress("Every event gets its proof", 4, 10),
                UpgradeProgress("Every event gets its proof", 8, 10),
                UpgradeProgress("Every event gets its proof", 10, 10),
                UpgradeProgress("What was changed is written to the disk"),
            ]


def test_an_upgrade_that_is_cut_off_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has changed then: no row that is proven stands beside one that is not."""
    monkeypatch.setattr(proofs, "ROWS_AT_ONCE", 3)
    path = tmp_path / "match_history.db"
    make_version_4(path)

    class Failing:
        made = 0
        seal, unseal = CIPHER.seal, CIPHER.unseal

        def prove(self, plain: bytes) -> bytes:
            self.made += 1
            if self.made == 8:
                raise MemoryError
            return CIPHER.prove(plain)

    for later_ms in (0, 1):
        with pytest.raises(MemoryError):
            opening.open_for_writing(
                path,
                Failing(),
                backup_folder=tmp_path / "backups",
                now_ms=NOON_MS + later_ms,
                lock_wait_s=1,
            )
    before = sqlite3.connect(path)
    assert migrations.version_of(before) == 4
    assert before.execute("SELECT count(*) FROM events").fetchone() == (10,)
    before.close()
    half = tmp_path / "backups" / "match_history-before-upgrade-20261126T090734738.db.part"
    for ending in ("", "-journal"):
        half.with_name(half.name + ending).write_bytes(b"half of a copy")
    connection = open_it(path, now_ms=NOON_MS + 2)
    assert migrations.version_of(connection) == migrations.LATEST
    connection.close()
    assert len(list_backups(tmp_path / "backups")) == 1, "one copy, however often it was begun"
    assert len(list((tmp_path / "backups").iterdir())) == 1, "and no half of one"


def test_a_copy_of_another_moment_is_not_taken_for_this_one(tmp_path: Path) -> None:
    """Nor is one that cannot be read: a new one is made beside it."""
    path = tmp_path / "match_history.db"
    make_version_4(path)
    backup = back_up(path, tmp_path / "backups", made_at_ms=NOON_MS, kind="before-upgrade")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert newest_before_upgrade(connection, tmp_path / "backups") == backup
        connection.execute("DELETE FROM events WHERE sequence = 3")
        assert newest_before_upgrade(connection, tmp_path / "backups") is None
    backup.write_bytes(b"no database" * 100)
    open_it(path, now_ms=NOON_MS + 1).close()
    assert len(list_backups(tmp_path / "backups")) >= 1
    assert len({one.made_at_ms for one in list_backups(tmp_path / "backups")} - {NOON_MS}) == 1


def test_without_room_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how much is needed; the history is as it was, and no copy takes what there is."""
    path = tmp_path / "match_history.db"
    make_version_4(path)
    before = path.read_bytes()
    usage = shutil.disk_usage(tmp_path)._replace(free=10_000_000)
    monkeypatch.setattr(opening.shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(StorageFull, match="the disk has 10 MB: free some space and start again"):
        open_it(path)
    assert path.read_bytes() == before
    assert list_backups(tmp_path / "backups") == ()
