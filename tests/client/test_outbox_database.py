"""Tests of the outbox's file: written through, and set aside when it cannot be used."""

import sqlite3
from pathlib import Path

import pytest

from client.keeping import open_outbox
from client.outbox import OutboxProblem
from client.outbox_database import said
from security.sealing import new_key
from tests.client.test_errands import probe
from tests.client.test_outbox_file import KEY, report, times
from tests.database.examples import sqlite_that_leaves_what_was_deleted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the outbox is."""
    return tmp_path / "lobby-outbox.db"


def test_written_through_to_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut after `put` takes nothing: WAL, every commit waits; deleted is written over."""
    sqlite_that_leaves_what_was_deleted(monkeypatch)
    outbox = open_outbox(path, KEY)
    mode = outbox._db.connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == ("wal",)
    assert outbox._db.connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert outbox._db.connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    assert path.stat().st_mode & 0o077 == 0
    outbox.close()


@pytest.mark.parametrize(
    "damage",
    [b"", b"SQLite format 3\0" + b"x" * 5000, b"no database at all" * 500],
    ids=["emptied", "garbage after the header", "garbage"],
)
def test_a_damaged_file_is_set_aside_told_and_a_new_one_begun(path: Path, damage: bytes) -> None:
    """Nothing of it is deleted; the next event is kept."""
    open_outbox(path, KEY).close()
    path.write_bytes(damage)
    outbox = open_outbox(path, KEY)
    notice = outbox.take_notice()
    (kept,) = path.parent.glob("lobby-outbox.db.unusable-*")
    assert kept.read_bytes() == damage
    assert kept.name in notice
    assert outbox.take_notice() == ""
    outbox.put(report(1))
    outbox.close()
    again = open_outbox(path, KEY)
    assert times(again) == [1]
    assert again.take_notice() == ""
    again.close()


def test_damage_that_shows_later_is_set_aside_while_the_program_runs(path: Path) -> None:
    """A page that was overwritten under it: told, and events go on being kept."""
    outbox = open_outbox(path, KEY)
    for number in range(400):
        outbox.put(probe(number))
    outbox.close()
    outbox = open_outbox(path, KEY)
    outbox._db.connection.execute("PRAGMA cache_size = 1")  # what is cached is not read again
    outbox._db.connection.execute("PRAGMA shrink_memory")
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xa5" * (len(data) - 8192)
    path.write_bytes(data)
    outbox.oldest(400)
    outbox.put(report(1))
    assert "is damaged" in outbox.take_notice()
    assert times(outbox) == [1]
    outbox.close()
    assert len(list(path.parent.glob("*.unusable-*[0-9]"))) == 1


def test_another_key_overwrites_nothing(path: Path) -> None:
    """The file is set aside whole, and can be read with its own key."""
    outbox = open_outbox(path, KEY)
    outbox.put(report(1))
    outbox.close()
    other = open_outbox(path, new_key())
    assert "sealed with another key" in other.take_notice()
    assert len(other) == 0
    other.put(report(2))
    other.close()
    (kept,) = path.parent.glob("lobby-outbox.db.unusable-*[0-9]")
    found = open_outbox(kept, KEY)
    assert times(found) == [1]
    found.close()


def test_a_newer_version_s_file_is_left_alone(path: Path) -> None:
    """Going back a version must not lose what the newer one kept."""
    open_outbox(path, KEY).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    before = path.read_bytes()
    with pytest.raises(OutboxProblem, match="newer version"):
        open_outbox(path, KEY)
    assert path.read_bytes() == before


def test_why_a_disk_refuses_is_said_in_words() -> None:
    """What SQLite does not number is told as it came."""
    assert said(sqlite3.DatabaseError("odd")) == "the disk of this checkpoint refuses (odd)"
