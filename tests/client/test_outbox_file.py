"""Tests of the outbox in a file."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.keeping import open_outbox
from client.outbox import KeptEvent, OutboxFull
from client.outbox_file import UNREADABLE, FileOutbox
from tests.client.test_errands import probe

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the outbox is."""
    return tmp_path / "lobby-outbox.db"


@pytest.fixture
def outbox(path: Path) -> Iterator[FileOutbox]:
    """One that is open."""
    opened = open_outbox(path, KEY, capacity=5)
    yield opened
    opened.close()


def report(number: int) -> KeptEvent:
    """A small event."""
    return KeptEvent(f"{number:032x}", number, automatic=True, report="no_face")


def times(outbox: FileOutbox) -> list[int]:
    """What waits, oldest first."""
    return [event.captured_at_ms for event in outbox.oldest(99)]


def test_events_and_their_order_survive_the_program(path: Path) -> None:
    """Exactly as they were; what was acknowledged is gone, what failed is counted."""
    first = open_outbox(path, KEY)
    for number in (3, 1, 2):
        first.put(probe(number, late=number == 1))
    first.put(probe(3))
    first.failed([probe(1).event_id, "f" * 32], "The connection broke.")
    first.remove(probe(2).event_id)
    first.remove(probe(2).event_id)
    first.close()
    again = open_outbox(path, KEY)
    assert again.oldest(9) == (probe(3), probe(1, late=True))
    assert len(again) == 2
    assert again.get(probe(1).event_id) == probe(1, late=True)
    assert again.get(probe(2).event_id) is None
    again.bury(probe(1).event_id, "bad_message", 77)
    (letter,) = again.dead()
    assert (letter.attempts, letter.last_error) == (1, "The connection broke.")
    again.close()


def test_nothing_of_a_face_is_readable_on_the_disk(path: Path, outbox: FileOutbox) -> None:
    """Sealed: neither the words nor the numbers of an event are in any of its files."""
    outbox.put(probe(1))
    outbox.put(report(2))
    data = b"".join(each.read_bytes() for each in path.parent.iterdir())
    assert probe(1).event_id.encode() in data
    for word in (b"size_px", b"no_face", b"captured", b"encoding"):
        assert word not in data


def test_f6_full_refuses_the_newest_and_keeps_the_rest(path: Path, outbox: FileOutbox) -> None:
    """F6: by number; those put aside count, and discarding them makes room."""
    for number in range(5):
        outbox.put(report(number))
    assert outbox.full
    with pytest.raises(OutboxFull, match="5 events"):
        outbox.put(report(9))
    outbox.put(report(4))  # it is there: nothing to add
    outbox.bury(report(0).event_id, "bad_message", 1)
    with pytest.raises(OutboxFull):
        outbox.put(report(9))
    outbox.discard([report(0).event_id, report(1).event_id])
    assert times(outbox) == [1, 2, 3, 4]  # one that waits is not discarded
    outbox.put(report(9))
    assert times(outbox) == [1, 2, 3, 4, 9]


def test_f6_full_by_bytes(path: Path) -> None:
    """F6: wide encodings fill it before the number does; room comes back."""
    outbox = open_outbox(path, KEY, max_bytes=4000)
    outbox.put(probe(1))
    outbox.put(probe(2))
    with pytest.raises(OutboxFull, match="MB of events"):
        outbox.put(probe(3))
    outbox.remove(probe(1).event_id)
    outbox.put(probe(3))
    outbox.close()


def test_f6_a_full_disk_is_said_and_mended_without_a_restart(
    outbox: FileOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F6: SQLITE_FULL. What was acknowledged meanwhile is not offered again."""
    monkeypatch.setattr("client.outbox_database.MEND_EVERY_S", 0.0)
    outbox.put(probe(1))
    outbox.put(probe(2))
    (pages,) = outbox._db.connection.execute("PRAGMA page_count").fetchone()
    outbox._db.connection.execute(f"PRAGMA max_page_count = {pages}")
    big = KeptEvent("e" * 32, 5, automatic=True, encoding=(1.0,) * 40_000)
    with pytest.raises(OutboxFull, match="the disk of this checkpoint is full"):
        outbox.put(big)
    assert outbox.full
    assert outbox.trouble == "The disk of this checkpoint is full."
    assert len(outbox) == 2
    outbox._db.connection.execute("PRAGMA max_page_count = 100000")
    outbox.mend()
    assert (outbox.trouble, outbox.full) == ("", False)
    outbox.put(big)
    assert times(outbox) == [1001, 1002, 5]


_REFUSED = """
import resource, sys
from pathlib import Path
from client import outbox_database
from client.keeping import open_outbox
from client.outbox import OutboxFull
from tests.client.test_errands import probe
outbox_database.MEND_EVERY_S = 0.0
outbox = open_outbox(Path(sys.argv[1]), bytes(range(32)))
none, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
kept = 0
try:
    while True:
        outbox.put(probe(kept))
        kept += 1
except OutboxFull as error:
    print(error)
assert outbox.full and len(outbox) == kept > 5, kept
outbox.remove(probe(0).event_id)   # acknowledged, and the disk does not take that either
outbox.bury(probe(1).event_id, "bad_message", 1)
assert outbox.oldest(1) == (probe(2),), outbox.oldest(1)
assert (len(outbox), outbox.dead_count) == (kept - 2, 1)
outbox.mend()
assert outbox.trouble
resource.setrlimit(resource.RLIMIT_FSIZE, (none, hard))
outbox.mend()
assert not outbox.trouble and not outbox._later
assert outbox.oldest(1) == (probe(2),) and outbox.dead_count == 1
outbox.put(probe(0))
assert outbox.oldest(kept + 9)[-1] == probe(0)
outbox.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is of POSIX")
def test_f6_a_refused_write_is_a_full_disk_too(path: Path) -> None:
    """F6: SQLITE_IOERR_WRITE; acknowledging goes on in memory and is written down afterwards."""
    done = subprocess.run(
        [sys.executable, "-c", _REFUSED, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "disk of this checkpoint" in done.stdout


def test_dead_letters_stay_until_they_are_discarded(path: Path) -> None:
    """Over a restart, with reason and times; they never are sent again."""
    outbox = open_outbox(path, KEY)
    for number in (1, 2):
        outbox.put(report(number))
    outbox.bury(report(1).event_id, "idempotency_conflict", 99)
    outbox.bury(report(1).event_id, "busy", 100)
    outbox.bury("f" * 32, "busy", 100)
    outbox.close()
    outbox = open_outbox(path, KEY)
    (letter,) = outbox.dead()
    assert (letter.code, letter.captured_at_ms, letter.died_at_ms) == (
        "idempotency_conflict",
        1,
        99,
    )
    assert (outbox.dead_count, len(outbox), times(outbox)) == (1, 1, [2])
    outbox.discard([letter.event_id])
    assert (outbox.dead_count, outbox.dead()) == (0, ())
    outbox.close()


def test_a_changed_or_moved_event_is_put_aside_and_never_sent(path: Path) -> None:
    """Sealed bytes are bound to their id: two that changed places are both noticed."""
    outbox = open_outbox(path, KEY)
    for number in (1, 2, 3):
        outbox.put(report(number))
    outbox.close()
    with sqlite3.connect(path) as db:
        one, two, _three = [row[0] for row in db.execute("SELECT sealed FROM waiting")]
        db.execute("UPDATE waiting SET sealed = ? WHERE place = 1", (two,))
        db.execute("UPDATE waiting SET sealed = ? WHERE place = 2", (one,))
    db.close()
    outbox = open_outbox(path, KEY)
    assert times(outbox) == [3]
    assert "changed on the disk" in outbox.take_notice()
    assert [letter.code for letter in outbox.dead()] == [UNREADABLE, UNREADABLE]
    outbox.close()
