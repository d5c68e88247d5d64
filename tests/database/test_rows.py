"""Rows hold everything of a record."""

import dataclasses
import sqlite3

import pytest

from database import migrations, rows
from database.records import CheckpointRecord, EventRecord
from tests.database.examples import NOON_MS, event


@pytest.fixture
def connection() -> sqlite3.Connection:
    """An empty event log in memory."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrations.create(made)
    yield made
    made.close()


def test_every_field_comes_back(connection: sqlite3.Connection) -> None:
    """What was stored is what is read, and the sequence is the row's."""
    record = event(flaws=("blurred", "too_dark"), automatic=False, late=True)
    sequence = rows.insert_event(connection, record)
    assert rows.find_event(connection, record.event_id) == dataclasses.replace(
        record, sequence=sequence
    )


def test_every_field_may_be_absent(connection: sqlite3.Connection) -> None:
    """A report without a face has neither person nor distances."""
    record = EventRecord(
        event_id="0" * 32,
        captured_at_ms=1,
        recorded_at_ms=2,
        checkpoint_id="a",
        checkpoint_name="A",
        outcome="no_face",
        content_hash="x",
    )
    rows.insert_event(connection, record)
    assert rows.find_event(connection, "0" * 32) == dataclasses.replace(record, sequence=1)


def test_an_unknown_id_finds_nothing(connection: sqlite3.Connection) -> None:
    """None, not an error."""
    assert rows.find_event(connection, "0" * 32) is None


def test_every_field_of_a_record_has_a_column() -> None:
    """A field added to the record cannot be forgotten here."""
    names = {field.name for field in dataclasses.fields(EventRecord)}
    assert names == {*rows.EVENT_COLUMNS, "sequence"}


def test_the_nearest_of_a_stranger_is_not_searched(connection: sqlite3.Connection) -> None:
    """Searching for a person lists no strangers."""
    stranger = event(outcome="not_enrolled", subject_id=None, display_name=None, reason="Too far.")
    assert "hopper" not in rows.search_text(stranger)


def test_a_checkpoint_keeps_its_first_time(connection: sqlite3.Connection) -> None:
    """Seen again: name and last time change, the first time stays."""
    first = CheckpointRecord(
        checkpoint_id="a", name="Old", first_seen_ms=NOON_MS, last_seen_ms=NOON_MS, software="1"
    )
    again = dataclasses.replace(first, name="New", first_seen_ms=NOON_MS + 9, last_seen_ms=NOON_MS)
    rows.upsert_checkpoint(connection, first)
    rows.upsert_checkpoint(connection, again)
    found = [rows.checkpoint_of(row) for row in connection.execute("SELECT * FROM checkpoints")]
    assert found == [dataclasses.replace(again, first_seen_ms=NOON_MS)]
