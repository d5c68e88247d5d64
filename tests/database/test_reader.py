"""Questions to the event log: pages, filters, search, counts."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from database import verifying
from database.errors import DatabaseDamaged, DatabaseProblem, StorageFailed
from database.log import EventLog
from database.reader import EventFilter, EventReader
from database.records import EventRecord
from tests.database.examples import CIPHER, NOON_MS, event
from tests.support import wait_until

Write = Callable[..., list[EventRecord]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "match_history.db"


@pytest.fixture
def write(path: Path) -> Iterator[Write]:
    """Stores events and gives them back as stored."""
    with EventLog(path, CIPHER, backup_folder=path.parent / "backups") as log:

        def store(*records: EventRecord) -> list[EventRecord]:
            return [log.append(record).result(20).record for record in records]

        yield store


@pytest.fixture
def reader(path: Path, write: Write) -> Iterator[EventReader]:
    """A reader of the open database."""
    made = EventReader(path, CIPHER)
    yield made
    made.close()


def test_pages_cover_every_event_once_while_new_ones_come(
    reader: EventReader, write: Write
) -> None:
    """Newest first; what is stored meanwhile shifts nothing."""
    stored = write(*(event() for _ in range(25)))
    seen = []
    page = reader.query(limit=10)
    while True:
        seen += page.rows
        write(event())
        if not page.more:
            break
        page = reader.query(limit=10, before_sequence=seen[-1].sequence)
    assert seen == stored[::-1]


def test_f11_order_is_that_of_storage_when_the_clock_jumps_back(
    reader: EventReader, write: Write
) -> None:
    """The server's clock back by an hour: the newer event is still first."""
    hour_ms = 3600 * 1000
    first, second = write(event(), event(recorded_at_ms=NOON_MS - hour_ms))
    assert reader.query().rows == (second, first)
    assert reader.after(first.sequence or 0) == (second,)


def test_each_filter_and_all_together(reader: EventReader, write: Write) -> None:
    """Only what matches everything that was asked for."""
    wanted, *_others = write(
        event(recorded_at_ms=NOON_MS + 1, checkpoint_id="gate", subject_id="c" * 32),
        event(recorded_at_ms=NOON_MS + 1, checkpoint_id="gate", outcome="ambiguous"),
        event(recorded_at_ms=NOON_MS + 2, checkpoint_id="gate"),
        event(recorded_at_ms=NOON_MS),
    )
    cases = {
        EventFilter(from_ms=NOON_MS + 1): 3,
        EventFilter(to_ms=NOON_MS + 2): 3,
        EventFilter(checkpoint_id="gate"): 3,
        EventFilter(subject_id="c" * 32): 1,
        EventFilter(outcomes=("ambiguous",)): 1,
        EventFilter(outcomes=("ambiguous", "identified")): 4,
        EventFilter(outcomes=("no_face",)): 0,
        EventFilter(): 4,
    }
    for where, expected in cases.items():
        assert reader.count(where) == expected, where
        assert len(reader.query(where).rows) == expected
    all_of_them = EventFilter(
        from_ms=NOON_MS + 1,
        to_ms=NOON_MS + 2,
        checkpoint_id="gate",
        subject_id="c" * 32,
        outcomes=("identified",),
        text="grace",
    )
    assert reader.query(all_of_them).rows == (wanted,)


@pytest.mark.parametrize(
    ("where", "plan"),
    [
        (EventFilter(from_ms=1), "SCAN events USING INDEX events_by_filter"),
        (EventFilter(to_ms=1), "SCAN events USING INDEX events_by_filter"),
        (EventFilter(checkpoint_id="x", text="y"), "SCAN events USING INDEX events_by_filter"),
        (EventFilter(subject_id="x"), "SCAN events USING INDEX events_by_filter"),
        (EventFilter(outcomes=("no_face",)), "SCAN events USING INDEX events_by_filter"),
        (EventFilter(text="y", reason="z", without=("q",)), "SCAN events"),
        (EventFilter(), "SCAN events"),
    ],
)
def test_no_filter_sorts_or_reads_rows_that_the_index_tells_from_others(
    reader: EventReader, write: Write, where: EventFilter, plan: str
) -> None:
    """The newest of a year are there at once; one after the other, the newest first."""
    write(event())
    connection, asked = reader._connection(), list[str]()
    connection.set_trace_callback(asked.append)
    reader.query(where)
    connection.set_trace_callback(None)
    (sql,) = (one for one in asked if "ORDER BY sequence DESC" in one)
    steps = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert next(step for step in steps if "json_each" not in step) == plan
    assert not any("TEMP B-TREE" in step for step in steps)


@pytest.mark.parametrize(
    ("name", "found", "missed"),
    [
        ("50% off", ["0% O", "%"], ["5%0", "_"]),
        ("under_score", ["r_s", "_"], ["%", "r.s"]),
        ("José Ångström", ["jose", "ANGSTROM", "é å"], ["josef"]),
        ("'; DROP TABLE events; --", ["'; drop", "--"], ['"']),
        ("back\\slash [a-z] *?", ["\\", "[a", "*?"], ["[b"]),
        ("李小龍", ["小"], ["大"]),
        ("nul\x00inside", ["inside"], ["outside"]),
    ],
)
def test_b17_search_takes_every_character_literally(
    reader: EventReader, write: Write, name: str, found: list[str], missed: list[str]
) -> None:
    """Neither % nor _ nor quotes mean anything; case and accents don't matter."""
    write(event(display_name=name), event(display_name="Somebody else", reason="Fine."))
    for text in found:
        assert [r.display_name for r in reader.query(EventFilter(text=text)).rows] == [name], text
    for text in missed:
        assert reader.count(EventFilter(text=text)) == 0, text


def test_search_looks_at_name_checkpoint_and_reason(reader: EventReader, write: Write) -> None:
    """But not across them, and half a character finds nothing instead of failing."""
    write(event(checkpoint_name="North door", reason="Too far away."))
    for text in ("hopper", "north", "lobby-1", "too far"):
        assert reader.count(EventFilter(text=text)) == 1
    assert reader.count(EventFilter(text="hopper north")) == 0
    assert reader.count(EventFilter(text="\ud800")) == 0
    assert reader.count(EventFilter(text="   ")) == 1


def test_a_reason_may_have_to_be_there_or_not(reader: EventReader, write: Write) -> None:
    """To the letter, and together with the outcome."""
    write(event(reason="Too many tries. No."), event(reason="Sent before."), event(reason="Flat."))
    assert [r.reason for r in reader.query(EventFilter(reason="Sent")).rows] == ["Sent before."]
    assert reader.count(EventFilter(reason="sent")) == 0
    assert reader.count(EventFilter(without=("Sent", "Too many"))) == 1
    assert reader.count(EventFilter(outcomes=("identified",), reason="Flat", without=("x",))) == 1


def test_the_newest_number_stays_when_its_event_is_deleted(
    reader: EventReader, path: Path, write: Write
) -> None:
    """By it an older copy in the history's place is noticed."""
    assert reader.newest() == 0
    write(event(), event())
    assert reader.newest() == 2
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM events")
    connection.commit()
    connection.close()
    assert (reader.count(), reader.newest()) == (0, 2)


def test_everybody_whom_the_history_names(reader: EventReader, write: Write) -> None:
    """By id, with the newest name."""
    assert reader.named() == {}
    write(event(subject_id="ann", display_name="Ann"), event(outcome="no_face"))
    write(event(subject_id="ann", display_name="Anne"))
    assert reader.named()["ann"] == "Anne"


def test_an_event_is_found_by_its_id(reader: EventReader, write: Write) -> None:
    """For "Why?" and for repeated requests."""
    (stored,) = write(event())
    assert reader.find(stored.event_id) == stored
    assert reader.find("0" * 32) is None


def test_counters_of_today(reader: EventReader, write: Write) -> None:
    """Each outcome from the caller's midnight on."""
    write(
        event(recorded_at_ms=NOON_MS - 1),
        event(),
        event(),
        event(outcome="not_enrolled"),
        event(outcome="poor_quality"),
    )
    counters = reader.today(NOON_MS)
    assert (counters.identified, counters.not_enrolled, counters.poor_quality) == (2, 1, 1)
    assert counters.total == 4


def test_events_of_each_minute(reader: EventReader, write: Write) -> None:
    """As many entries as minutes, the last one now, with zeros in between."""
    minute_ms = NOON_MS // 60_000 * 60_000
    write(
        event(recorded_at_ms=minute_ms - 3 * 60_000),
        event(recorded_at_ms=minute_ms - 60_001),
        event(recorded_at_ms=minute_ms, outcome="no_face"),
        event(recorded_at_ms=minute_ms + 59_999),
    )
    assert reader.per_minute(now_ms=minute_ms + 30_000, minutes=3) == [
        (minute_ms - 2 * 60_000, 1, 0),
        (minute_ms - 60_000, 0, 0),
        (minute_ms, 1, 1),
    ]


def test_the_percentile_of_latencies(reader: EventReader, write: Write) -> None:
    """Nearest rank; late answers and reports without a search don't count."""
    assert reader.latency_percentile(since_ms=0) is None
    write(*(event(latency_ms=ms) for ms in range(1, 101)))
    write(event(latency_ms=9_999, late=True), event(latency_ms=9_999, outcome="no_face"))
    assert reader.latency_percentile(0.95, since_ms=0) == 95
    assert reader.latency_percentile(0.5, since_ms=0) == 50
    assert reader.latency_percentile(1.0, since_ms=0) == 100
    assert reader.latency_percentile(0.0, since_ms=0) == 1
    assert reader.latency_percentile(0.95, since_ms=NOON_MS + 1) is None


def test_a_reader_cannot_write(reader: EventReader, write: Write) -> None:
    """Its connection is read-only, so that there is one read-write connection only."""
    write(event())
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection().execute("DELETE FROM events")


def test_a_page_has_a_largest_size(reader: EventReader, write: Write) -> None:
    """A window asking for a million rows gets a thousand at most, and one at least."""
    write(event(), event())
    assert len(reader.query(limit=10**9).rows) == 2
    assert len(reader.query(limit=0).rows) == 1


def test_threads_have_their_own_connections_and_leave_none(
    reader: EventReader, write: Write
) -> None:
    """Connections of threads that ended are closed when the next thread comes."""
    write(event())
    counts: list[int] = []
    for _ in range(20):
        thread = threading.Thread(target=lambda: counts.append(reader.count()))
        thread.start()
        thread.join()
    wait_until(lambda: len(counts) == 20)
    assert counts == [1] * 20
    assert len(reader._connections) == 1


def test_questions_after_closing_are_refused(reader: EventReader, write: Write) -> None:
    """With a sentence, also in a thread that had a connection."""
    reader.count()
    reader.close()
    with pytest.raises(StorageFailed, match="closed"):
        reader.count()


def test_a_missing_or_damaged_database_is_a_sentence(tmp_path: Path) -> None:
    """Nothing of sqlite3 reaches the window."""
    missing, damaged = (EventReader(tmp_path / name, CIPHER) for name in ("none.db", "bad.db"))
    (tmp_path / "bad.db").write_bytes(b"no database at all, " * 500)
    with pytest.raises(DatabaseProblem, match=r"none\.db"):
        missing.count()
    with pytest.raises(DatabaseDamaged, match=r"bad\.db"):
        damaged.query()
    missing.close()
    damaged.close()


def test_changed_events_are_found_whatever_they_say_now(
    path: Path, reader: EventReader, write: Write
) -> None:
    """Moved to another door, day and person: no filter shows them, and these are they."""
    stored = write(*(event() for _ in range(6)))
    far: list[tuple[int, int]] = []
    assert not reader.changed(lambda *one: far.append(one)).numbers
    assert far[-1] == (6, 6)
    connection = sqlite3.connect(path)
    connection.execute(
        "UPDATE events SET checkpoint_id = 'x', subject_id = NULL, recorded_at_ms = 5 "
        "WHERE sequence IN (2, 5)"
    )
    connection.execute("DELETE FROM events WHERE sequence = 3")
    connection.commit()
    connection.close()
    found = reader.changed()
    assert list(found.numbers) == [2, 5]
    rows = reader.numbered(found.numbers)
    assert [(one.sequence, one.changed) for one in rows] == [(5, True), (2, True)]
    assert [one.sequence for one in reader.numbered((1, 3, 4))] == [4, 1], "the third is gone"
    assert (found.changed_count, found.missing, found.looked) == (2, 1, 5)
    wheres = (
        EventFilter(checkpoint_id=stored[1].checkpoint_id),
        EventFilter(subject_id=stored[1].subject_id),
        EventFilter(from_ms=NOON_MS),
    )
    assert [reader.count(where) for where in wheres] == [3, 3, 3]


def test_a_look_for_changed_events_can_be_given_up(
    path: Path, reader: EventReader, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found till then is there; without a cipher nothing can be found."""
    monkeypatch.setattr(verifying, "_ROWS_AT_ONCE", 2)
    write(*(event() for _ in range(6)))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE events SET frames = 99")
    connection.commit()
    connection.close()
    far: list[int] = []
    found = reader.changed(lambda done, _total: far.append(done), lambda: far == [2, 4])
    assert (list(found.numbers), found.looked) == ([1, 2, 3, 4], 4)
    blind = EventReader(path, None)
    assert not blind.changed().numbers
    blind.close()
