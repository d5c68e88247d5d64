"""Rows hold everything of a record."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from database import rows
from database.records import CheckpointRecord, EventRecord
from database.transactions import Store
from tests.database.examples import KEY, NOON_MS, event, in_memory, read_back


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty event log in memory."""
    made = in_memory()
    yield made
    made.connection.close()


def stored(store: Store, record: EventRecord) -> EventRecord:
    return store.add(rows.new_row(record, KEY)).record


def test_every_field_comes_back(store: Store) -> None:
    """What was stored is what is read; the sequence is the row's, the hash is keyed."""
    record = event(
        flaws=("blurred", "too_dark"),
        automatic=False,
        late=True,
        decided_by="checkpoint",
        offline_outcome="identified",
        offline_subject_id="d" * 32,
        offline_name="Mary Jackson",
    )
    answer = stored(store, record)
    assert answer == read_back(store, record.event_id)
    assert answer == replace(record, sequence=1, content_hash=answer.content_hash)
    assert answer.content_hash != record.content_hash
    assert record.sequence is None, "the caller's own record was changed"


def test_every_field_may_be_absent(store: Store) -> None:
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
    answer = stored(store, record)
    assert read_back(store, "0" * 32) == answer
    assert answer == replace(record, sequence=1, content_hash=answer.content_hash)


def test_an_unknown_id_finds_nothing(store: Store) -> None:
    """None, not an error."""
    assert read_back(store, "0" * 32) is None


def test_every_field_of_a_record_has_a_column() -> None:
    """A field added to the record cannot be forgotten here."""
    fields = set(EventRecord.__struct_fields__)
    names = {name for _person, name in rows.NAMED.values()}
    assert fields - names == {*rows.EVENT_COLUMNS, "sequence", "changed"} - rows.NAMED.keys()
    assert names <= fields


def test_f11_clocks_apart_are_flagged_when_the_row_is_made() -> None:
    """A day off, either way; a late event is not taken for a wrong clock."""
    day_ms = 24 * 3_600_000
    for off_ms, latency_ms, flagged in (
        (day_ms, 180, True),
        (-day_ms, 180, True),
        (day_ms, day_ms, False),  # it waited a day in the outbox
        (-day_ms, None, True),
        (day_ms, None, False),  # a report: it may have waited
        (59_000, 0, False),
        (61_000, 0, True),
    ):
        record = event(captured_at_ms=NOON_MS - off_ms, latency_ms=latency_ms)
        assert rows.new_row(record, KEY).record.clock_skew is flagged, (off_ms, latency_ms)


def test_no_name_is_in_the_search_text() -> None:
    """Names are searched in memory: neither who was named nor who was near stands in the row."""
    text = rows.search_text(event())
    assert "lobby gate\nlobby-1\nthe nearest" in text
    assert "hopper" not in text
    assert "collins" not in text


def test_a_record_about_one_person_says_nothing_of_others() -> None:
    """For their own export."""
    record = event()
    for_grace, for_eileen = (rows.about_one(record, who * 32) for who in "ab")
    assert (for_grace.display_name, for_grace.runner_up_name) == ("Grace Hopper", None)
    assert (for_eileen.subject_id, for_eileen.runner_up_name) == (None, "Eileen Collins")
    assert for_eileen.outcome == record.outcome


def test_a_checkpoint_keeps_its_first_time(store: Store) -> None:
    """Seen again: name and last time change, the first time stays."""
    first = CheckpointRecord(
        checkpoint_id="a", name="Old", first_seen_ms=NOON_MS, last_seen_ms=NOON_MS, software="1"
    )
    again = replace(first, name="New", first_seen_ms=NOON_MS + 9, last_seen_ms=NOON_MS)
    for record in (first, again):
        rows.upsert_checkpoint(store.connection, record)
    found = [rows.checkpoint_of(r) for r in store.connection.execute("SELECT * FROM checkpoints")]
    assert found == [replace(again, first_seen_ms=NOON_MS)]
