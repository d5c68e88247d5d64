"""Every row of the history is proven as a whole: what is changed, added or exchanged shows."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from database import chores, proofs, rows
from database.cipher import keyed
from database.errors import IdempotencyConflict
from database.log import EventLog
from database.reader import EventReader
from database.transactions import Store
from tests.database.examples import CIPHER, KEY, MadeUpCipher, event, in_memory

OTHER = MadeUpCipher(b"o" * 32)
GRACE, EILEEN = "a" * 32, "b" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A history of four events, closed; the third says nothing of anybody."""
    path = tmp_path / "match_history.db"
    nobody = dict.fromkeys(("subject_id", "display_name", "nearest_subject_id", "nearest_name"))
    eileen = {"subject_id": EILEEN, "display_name": "Eileen Collins"}
    with EventLog(path, CIPHER, backup_folder=tmp_path) as log:
        for record in (event(), event(**eileen), event(**nobody, outcome="no_face"), event()):
            log.append(record).result(20)
    return path


def told(path: Path, cipher: MadeUpCipher = CIPHER) -> list[int]:
    """Numbers of the events that are said to be changed."""
    reader = EventReader(path, cipher)
    try:
        return [one.sequence or 0 for one in reversed(reader.query().rows) if one.changed]
    finally:
        reader.close()


def execute(path: Path, *statements: str) -> None:
    """What somebody does who may write the file and has no key."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("column", rows.PROVEN_COLUMNS)
def test_a_change_of_any_column_shows(path: Path, column: str) -> None:
    """The number of the row too; the others stay proven."""
    values = {
        "sequence": "9",
        "event_id": f"'{'7' * 32}'",
        "outcome": "'ambiguous'",
        "decided_by": "'checkpoint'",
        "quality": "'garbage'",
        "flaws": "'[1, 2'",
        "grounds": "'7'",
    }
    ordinary = f"iif({column} IS NULL OR typeof({column}) = 'text', 'x', 1 - {column})"
    if column in ("latency_ms", "nearest_distance", "runner_up_distance", "threshold", "margin"):
        ordinary = "NULL"
    if column == "offline_name_id":
        ordinary = "1"
    execute(path, f"UPDATE events SET {column} = {values.get(column, ordinary)} WHERE sequence = 4")
    assert told(path) == [9 if column == "sequence" else 4]


def test_a_text_that_is_none_is_shown_and_changed(path: Path) -> None:
    """In each column: the page, the others on it, and the person's own events are there."""
    connection = sqlite3.connect(path)
    kinds = connection.execute("SELECT name FROM pragma_table_info('events') WHERE type = 'TEXT'")
    columns = [name for (name,) in kinds]
    connection.close()
    assert "reason" in columns
    for column in columns:
        execute(
            path,
            "PRAGMA ignore_check_constraints = ON",
            f"UPDATE events SET {column} = CAST(x'ff' AS TEXT) WHERE sequence = 4",
        )
        assert told(path) == [4], column


@pytest.mark.parametrize(
    ("statements", "shown"),
    [
        # Two events change places.
        (
            (
                "UPDATE events SET sequence = -1 WHERE sequence = 1",
                "UPDATE events SET sequence = 1 WHERE sequence = 2",
                "UPDATE events SET sequence = 2 WHERE sequence = -1",
            ),
            [1, 2],
        ),
        # A copy under another number and id, with its proof.
        (
            (
                "CREATE TEMP TABLE one AS SELECT * FROM events WHERE sequence = 1",
                f"UPDATE one SET sequence = 5, event_id = '{'5' * 32}'",
                "INSERT INTO events SELECT * FROM one",
            ),
            [5],
        ),
        # The whole content of one in the place of another, but for what has to be its own.
        (
            (
                (
                    "UPDATE events SET subject_id = other.subject_id, name_id = other.name_id, "
                    "proof = other.proof FROM events AS other "
                    "WHERE events.sequence = 1 AND other.sequence = 2"
                ),
            ),
            [1],
        ),
        (("UPDATE events SET proof = x''",), [1, 2, 3, 4]),
        # Somebody else's name under the number of hers, sealed as it should be for them.
        (
            (
                (
                    "UPDATE subject_names SET subject_id = other.subject_id, sealed = other.sealed "
                    "FROM subject_names AS other "
                    f"WHERE subject_names.subject_id = '{GRACE}' AND other.subject_id = '{EILEEN}'"
                ),
            ),
            [1, 2, 4],
        ),
        ((f"UPDATE subject_names SET sealed = x'00' WHERE subject_id = '{GRACE}'",), [1, 2, 4]),
    ],
)
def test_whoever_adds_copies_or_exchanges_shows(
    path: Path, statements: tuple[str, ...], shown: list[int]
) -> None:
    """A proof is of one row in one place."""
    assert told(path) == []
    execute(path, *statements)
    assert told(path) == shown


def test_a_changed_row_that_cannot_be_read_is_shown_as_one(path: Path) -> None:
    """It does not keep the others from being read; its time is what is left of it."""
    execute(path, "UPDATE events SET checkpoint_name = hex(zeroblob(2000)) WHERE sequence = 2")
    reader = EventReader(path, CIPHER)
    found = reader.query().rows
    assert [(one.sequence, one.changed) for one in found] == [
        (4, False),
        (3, False),
        (2, True),
        (1, False),
    ]
    assert (found[2].checkpoint_name, found[2].recorded_at_ms) == ("", found[1].recorded_at_ms)
    reader.close()


def test_without_a_key_nothing_is_said(path: Path) -> None:
    """Who reads the file without the vault takes it as it is."""
    execute(path, "UPDATE events SET proof = x''")
    reader = EventReader(path, None)
    assert not any(one.changed for one in reader.query().rows)
    reader.close()


def test_the_bytes_that_are_proven_stay_the_same(path: Path) -> None:
    """By another version of the library all would look changed: this is what it has to give."""
    made = []

    class Watching(MadeUpCipher):
        def prove(self, plain: bytes) -> bytes:
            made.append(plain)
            return super().prove(plain)

    proofs.proof_of(Watching(), [7, "é", 0.25, None, -3, 2**40])
    assert made == [bytes.fromhex("9607a2c3a9cb3fd0000000000000c0fdcf0000010000000000")]
    assert msgspec.msgpack.decode(made[0]) == [7, "é", 0.25, None, -3, 2**40]


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty event log in memory."""
    made = in_memory()
    yield made
    made.connection.close()


def unproven(store: Store) -> list[int]:
    """Numbers of the rows that are not proven."""
    found = store.connection.execute(f"{rows.SELECT_EVENT} ORDER BY sequence").fetchall()
    return [row[0] for row in found if row[-1] != proofs.proof_of(store.cipher, row[:-1])]


def test_numbers_are_proven_as_sqlite_gives_them_back(store: Store) -> None:
    """It knows no -0.0, keeps whole numbers of a REAL column as floats, and has no bool."""
    odd = event(nearest_distance=0, threshold=-0.0, margin=True, automatic=False)
    store.add(rows.new_row(odd, KEY))
    assert unproven(store) == []


def test_what_the_program_changes_itself_stays_proven(store: Store) -> None:
    """Who was erased, and what a checkpoint tells later; a changed row stays a changed one."""
    first, second, third = (event() for _ in range(3))
    store.add_all([rows.new_row(record, KEY) for record in (first, second, third)])
    alone = {"decided_by": "checkpoint", "offline_outcome": "identified"}
    store.add(rows.new_row(replace(first, **alone), KEY))  # type: ignore[arg-type]
    assert unproven(store) == []
    store.connection.execute("UPDATE events SET latency_ms = 1 WHERE sequence = 2")
    scrub = chores.scrub_statement("= :who")
    store.connection.execute(scrub, {"who": GRACE, "from": 0, "to": 3})
    assert store.connection.execute("SELECT count(subject_id) FROM events").fetchone() == (0,)
    assert unproven(store) == [2]


def test_every_row_can_be_proven_by_another_key(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch at a time; nothing wrong becomes right, and content hashes get a key more."""
    monkeypatch.setattr(proofs, "ROWS_AT_ONCE", 4)
    store.add_all([rows.new_row(event(), KEY) for _ in range(11)])
    connection = store.connection
    connection.execute("DELETE FROM events WHERE sequence < 3")
    proofs.note_forgotten(connection, CIPHER, 2)
    connection.execute("UPDATE events SET frames = 99 WHERE sequence IN (4, 9)")
    (plain,) = connection.execute("SELECT content_hash FROM events WHERE sequence = 5").fetchone()
    done = proofs.prove_rows(connection, OTHER, before=CIPHER, fresh=b"f" * 32)
    assert list(done) == [(4, 9), (8, 9), (9, 9)]
    (kept,) = connection.execute("SELECT content_hash FROM events WHERE sequence = 5").fetchone()
    assert kept == keyed(plain, b"f" * 32) != plain
    store.cipher = OTHER
    assert unproven(store) == [4, 9]
    assert proofs.forgotten_of(connection, OTHER) == 2


def test_a_text_that_is_none_keeps_nobody_from_working_on_the_others(store: Store) -> None:
    """A person is erased from it and proven rows stay proven; another key proves it no more."""
    connection = store.connection
    records = [event() for _ in range(3)]
    store.add_all([rows.new_row(record, KEY) for record in records])
    connection.execute("UPDATE events SET reason = CAST(x'ff' AS TEXT) WHERE sequence = 2")
    with pytest.raises(IdempotencyConflict, match="changed outside"):
        store.add(rows.new_row(records[1], KEY))
    scrub = chores.scrub_statement("= :who")
    connection.execute(scrub, {"who": GRACE, "from": 0, "to": 3})
    assert connection.execute("SELECT count(subject_id) FROM events").fetchone() == (0,)
    assert unproven(store) == [2]
    list(proofs.prove_rows(connection, OTHER, before=CIPHER, fresh=b"f" * 32))
    store.cipher = OTHER
    assert unproven(store) == [2]
    connection.execute("UPDATE events SET proof = x''")
    list(proofs.prove_rows(connection, OTHER))
    assert unproven(store) == [2]


def test_the_count_of_deleted_events_is_proven(store: Store) -> None:
    """Who raises it to hide what they deleted leaves no count at all, for good."""
    connection = store.connection
    assert proofs.forgotten_of(connection, CIPHER) == 0
    proofs.note_forgotten(connection, CIPHER, 3)
    proofs.note_forgotten(connection, CIPHER, 4)
    assert proofs.forgotten_of(connection, CIPHER) == 7
    connection.execute("UPDATE forgotten SET events = 9")
    proofs.note_forgotten(connection, CIPHER, 1)
    assert proofs.forgotten_of(connection, CIPHER) is None
    connection.execute("DELETE FROM forgotten")
    assert proofs.forgotten_of(connection, CIPHER) is None
