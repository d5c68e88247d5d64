"""A copy of the history is sealed by another key; what it says, and what it knows again, stays."""

import sqlite3
from pathlib import Path

import pytest

from database.backups import snapshot
from database.errors import DatabaseDamaged, DatabaseSealed
from database.log import EventLog
from database.reader import EventReader
from database.resealing import reseal, rows_in
from tests.database.examples import CIPHER, MadeUpCipher, event

OTHER = MadeUpCipher(b"another key")
EVENTS = [event(), event(display_name="Grace B. Hopper"), event()]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a history with two names of one person."""
    path, copy = tmp_path / "history.db", tmp_path / "copy.db"
    with EventLog(path, CIPHER, backup_folder=tmp_path) as log:
        for record in EVENTS:
            log.append(record).result(20)
        snapshot(path, copy)
    return copy


def sealed_in(path: Path) -> set[bytes]:
    """Every sealed name, and every content hash."""
    connection = sqlite3.connect(path)
    found = {row[0] for row in connection.execute("SELECT sealed FROM subject_names")}
    found |= {row[0].encode() for row in connection.execute("SELECT content_hash FROM events")}
    connection.close()
    return found


def test_names_and_hashes_are_of_the_other_key(copy: Path, tmp_path: Path) -> None:
    """The same events are known again, twice renewed; other content under their ids is too."""
    told: list[int] = []
    before = sealed_in(copy)
    reseal(copy, CIPHER, OTHER, told.append)
    assert sum(told) == len(EVENTS) + 3, "rows and names"
    assert before.isdisjoint(sealed_in(copy))
    data = copy.read_bytes()
    assert [one for one in before if one in data] == [], "written over, in free pages too"
    third = MadeUpCipher(b"a third one")
    reseal(copy, OTHER, third, told.append)
    reader = EventReader(copy, third)
    assert [row.display_name for row in reader.query().rows] == [
        "Grace Hopper", "Grace B. Hopper", "Grace Hopper"]  # fmt: skip
    assert [row.changed for row in reader.query().rows] == [False] * 3
    reader.close()
    with EventLog(copy, third, backup_folder=tmp_path) as log:
        assert log.append(EVENTS[1]).result(20).duplicate
        assert not log.append(event()).result(20).duplicate
        assert log.append(event()).result(20).record.sequence == 5


def test_the_key_before_opens_it_no_more(copy: Path, tmp_path: Path) -> None:
    """Nor does a wrong one reseal it."""
    with pytest.raises(DatabaseSealed):
        reseal(copy, OTHER, CIPHER, print)
    reseal(copy, CIPHER, OTHER, lambda _count: None)
    log = EventLog(copy, CIPHER, backup_folder=tmp_path)
    with pytest.raises(DatabaseSealed):
        log.open()
    log.close(1)


def test_rows_are_counted_and_rubbish_is_named(copy: Path, tmp_path: Path) -> None:
    """By their numbers: to count would be to read all."""
    assert rows_in(copy) == len(EVENTS)
    rubbish = tmp_path / "rubbish.db"
    rubbish.write_bytes(b"no database" * 1000)
    with pytest.raises(DatabaseDamaged):
        rows_in(rubbish)


def test_a_history_that_is_not_ours_is_not_sealed_anew(copy: Path) -> None:
    """A trigger would run while everything in it is proven again."""
    connection = sqlite3.connect(copy, isolation_level=None)
    connection.execute("CREATE TRIGGER t BEFORE UPDATE ON events BEGIN SELECT RAISE(IGNORE); END")
    connection.close()
    with pytest.raises(DatabaseDamaged, match=r"copy\.db .*trigger t put in"):
        reseal(copy, CIPHER, OTHER, lambda _done: None)
