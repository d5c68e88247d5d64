"""A look at every row tells what was changed and what is missing, and nothing else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from database import verifying
from database.errors import DatabaseDamaged, IdempotencyConflict
from database.log import EventLog
from database.rows import PROVEN_COLUMNS
from database.verifying import RowsLooked, look_at_rows
from tests.database.examples import CIPHER, NOON_MS, add, event

GRACE, EILEEN = "a" * 32, "b" * 32
WAIT_S = 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "match_history.db"


@pytest.fixture
def log(path: Path) -> Iterator[EventLog]:
    """With ten events, one in a second, of which the three oldest were deleted by their age.

    An event that came again and one with other content took up no number.
    """
    with EventLog(path, CIPHER, backup_folder=path.parent) as opened:
        records = [event(recorded_at_ms=NOON_MS + number * 1_000) for number in range(10)]
        for record in (*records, records[4]):
            opened.append(record).result(WAIT_S)
        with pytest.raises(IdempotencyConflict):
            opened.append(replace(records[5], content_hash="other")).result(WAIT_S)
        opened.forget_before(NOON_MS + 3_000).result(WAIT_S)
        yield opened


def execute(path: Path, *statements: str) -> None:
    """What somebody does who may write the file and has no key."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def look(path: Path) -> RowsLooked:
    return look_at_rows(path, CIPHER)


def test_a_history_in_use_is_whole(
    log: EventLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted by age, erased, told again: none of that is a finding. It says how far it is."""
    monkeypatch.setattr(verifying, "_ROWS_AT_ONCE", 3)
    log.erase_subject(GRACE).result(WAIT_S)
    log.append(event(subject_id=EILEEN, display_name="Eileen Collins")).result(WAIT_S)
    said: list[tuple[int, int]] = []
    found = look_at_rows(path, CIPHER, progress=lambda *far: said.append(far))
    assert found == RowsLooked(looked=8, there=8, oldest=4, newest=11)
    assert said == [(3, 8), (6, 8), (8, 8)]


def test_rows_that_were_deleted_are_counted_and_placed(log: EventLog, path: Path) -> None:
    """In the middle between two events; of the oldest and the newest the number alone is known."""
    del log
    execute(path, "DELETE FROM events WHERE sequence IN (6, 7)")
    found = look(path)
    assert found.missing == 2
    ((before, after),) = found.gaps
    assert (before.sequence, after.sequence, after.recorded_at_ms) == (5, 8, NOON_MS + 7_000)
    assert found.absent == [(6, 7)]
    execute(path, "DELETE FROM events WHERE sequence IN (4, 10)")
    found = look(path)
    assert (found.missing, found.absent) == (4, [(6, 7), (10, 10)])
    # Whoever sets back the number that was given last hides only the newest of them.
    execute(path, "UPDATE sqlite_sequence SET seq = 9 WHERE name = 'events'")
    assert (look(path).missing, look(path).newest) == (3, 9)


def test_what_hides_deleted_rows_shows(log: EventLog, path: Path) -> None:
    """A count of what was deleted by age, raised by hand, or an event of then put back."""
    before = path.with_name("before.db")
    execute(path, f"VACUUM INTO '{before}'")
    log.forget_before(NOON_MS + 5_000).result(WAIT_S)
    log.close()
    execute(
        path,
        f"ATTACH '{before}' AS before",
        "INSERT INTO events SELECT * FROM before.events WHERE sequence = 4",
    )
    assert (look(path).missing, look(path).changed_count) == (-1, 0)
    execute(path, "UPDATE forgotten SET events = 4")
    assert look(path).missing is None


def test_where_every_event_grew_old_no_number_is_behind_the_oldest(
    log: EventLog, path: Path
) -> None:
    """What was accepted to be missing among them goes on being known: nothing came to it."""
    execute(path, "DELETE FROM events WHERE sequence IN (6, 7)")
    log.forget_before(NOON_MS + 60_000).result(WAIT_S)
    found = look(path)
    assert (found.looked, found.missing, found.absent) == (0, 2, [])
    assert found.oldest > found.newest


def test_changed_rows_are_named_up_to_a_number(
    log: EventLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By id and time; of the others how many. A time that is none does no harm."""
    log.close()
    execute(path, f"UPDATE events SET recorded_at_ms = {2**62} WHERE sequence = 9")
    ((only,), count) = (look(path).changed, look(path).changed_count)
    assert (only.sequence, only.recorded_at_ms, len(only.event_id), count) == (9, 0, 32, 1)
    monkeypatch.setattr(verifying, "NAMED", 2)
    execute(path, "UPDATE events SET subject_id = NULL")
    found = look(path)
    assert ([one.sequence for one in found.changed], found.changed_count) == ([4, 5], 7)
    assert len(look_at_rows(path, CIPHER, named=6).changed) == 6


@pytest.mark.parametrize("column", ["event_id", "reason", "quality", "subject_id", "content_hash"])
def test_a_text_that_cannot_be_read_hides_no_other_row(
    log: EventLog, path: Path, column: str
) -> None:
    """It is a changed one; what else was changed, and how many are gone, is told as ever."""
    log.close()
    execute(
        path,
        "PRAGMA ignore_check_constraints = ON",
        f"UPDATE events SET {column} = CAST(x'61ff' AS TEXT) WHERE sequence = 5",
        "UPDATE events SET frames = 99 WHERE sequence = 7",
        "DELETE FROM events WHERE sequence = 8",
    )
    found = look(path)
    assert ([one.sequence for one in found.changed], found.missing) == ([5, 7], 1)


def test_names_that_somebody_deleted_are_missed(log: EventLog, path: Path) -> None:
    """Whose they were is known by the rows."""
    del log
    execute(path, f"DELETE FROM subject_names WHERE subject_id = '{GRACE}'")
    found = look(path)
    assert (found.nameless, found.changed_count) == ({GRACE}, 0)
    execute(path, "DELETE FROM sealing")
    with pytest.raises(DatabaseDamaged, match="lacks the key"):
        look(path)


def test_a_trigger_in_the_file_gets_nothing_proven(log: EventLog, path: Path) -> None:
    """The program's own statements would run it, with the function that makes proofs at hand."""
    columns = ", ".join(f"NEW.{name}" for name in PROVEN_COLUMNS)
    execute(
        path,
        "CREATE TRIGGER other AFTER INSERT ON events BEGIN "
        "UPDATE events SET outcome = 'identified', "
        f"proof = row_proof({columns}) WHERE sequence = NEW.sequence; END",
    )
    problem = log.append(event(outcome="no_face")).exception(WAIT_S)
    assert "trigger other put in" in str(problem)
    assert look(path) == RowsLooked(strange=("trigger other put in",))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="unsafe use of row_proof"):
            add(connection, event(outcome="no_face"))
        connection.execute("DROP TRIGGER other")
    assert look(path).looked == 7
    log.append(event()).result(WAIT_S)


def test_a_look_can_be_ended(log: EventLog, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a server that stops."""
    del log
    monkeypatch.setattr(verifying, "_ROWS_AT_ONCE", 2)
    given_up = look_at_rows(path, CIPHER, stop=lambda: True)
    assert given_up.looked == 2
    assert given_up.there == look_at_rows(path, CIPHER).looked > 2


def test_what_is_no_history_is_a_sentence(tmp_path: Path) -> None:
    """As everywhere."""
    (tmp_path / "bad.db").write_bytes(b"no database at all, " * 500)
    with pytest.raises(DatabaseDamaged, match=r"bad\.db"):
        look(tmp_path / "bad.db")
