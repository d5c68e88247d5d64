"""From version 4 to 5: every row is proven as it stands, once, and what is missing is counted."""

import logging
import sqlite3
from pathlib import Path

import pytest

from database import migrations, opening, proofs, upgrade_4
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


def make_version_4(path: Path, events: int = 12) -> None:
    """A history as version 4 left it, of which the two oldest events were deleted."""
    connection = sqlite3.connect(path, isolation_level=None)
    make_old(connection, 4)
    connection.execute(
        "INSERT INTO sealing (one, content_key, erasures) VALUES (1, ?, 0)",
        (CIPHER.seal(b"c" * 32, b"key of the content hashes"),),
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
    assert said[:2] == [
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

    with pytest.raises(MemoryError):
        opening.open_for_writing(
            path, Failing(), backup_folder=tmp_path / "b", now_ms=NOON_MS, lock_wait_s=1
        )
    before = sqlite3.connect(path)
    assert migrations.version_of(before) == 4
    assert before.execute("SELECT count(*) FROM events").fetchone() == (10,)
    before.close()
    connection = open_it(path)
    assert migrations.version_of(connection) == migrations.LATEST
    connection.close()
