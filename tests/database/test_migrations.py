"""Versions of the schema: fresh, upgraded, newer, foreign."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from database import migrations
from database.errors import DatabaseDamaged, DatabaseNewer

# A version 0 as the tests imagine it: events had no latency and no index by outcome.
_OLD = migrations.fresh_schema().replace("    latency_ms           INTEGER,\n", "")
_OLD = _OLD.replace("CREATE INDEX events_by_outcome ON events (outcome, sequence);\n", "")
_OLD = _OLD.replace(", late, latency_ms);", ");")
_TO_FRESH = f"""
-- A column in the middle: the table is made anew and filled.
ALTER TABLE events RENAME TO old_events;
DROP INDEX events_by_time; DROP INDEX events_by_checkpoint; DROP INDEX events_by_subject;
{next(s for s in migrations.statements(migrations.fresh_schema()) if "TABLE events" in s)}
INSERT INTO events SELECT sequence, event_id, content_hash, captured_at_ms, recorded_at_ms,
    checkpoint_id, checkpoint_name, outcome, subject_id, display_name, nearest_distance,
    nearest_subject_id, nearest_name, runner_up_distance, runner_up_subject_id, runner_up_name,
    threshold, margin, encoder, quality, flaws, frames, automatic, late, NULL, reason, search_text,
    grounds
    FROM old_events;
DROP TABLE old_events;
CREATE INDEX events_by_time ON events (recorded_at_ms, outcome, late, latency_ms);
CREATE INDEX events_by_checkpoint ON events (checkpoint_id, sequence);
CREATE INDEX events_by_subject ON events (subject_id, sequence);
CREATE INDEX events_by_outcome ON events (outcome, sequence);
"""


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """An empty database in memory."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    yield made
    made.close()


def make_old(connection: sqlite3.Connection) -> None:
    """The imagined old schema, called version 1, with one event."""
    for statement in migrations.statements(_OLD):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.execute(
        "INSERT INTO events VALUES (7, ?, 'h', 1, 2, 'c', 'C', 'no_face', NULL, NULL, NULL, NULL,"
        " NULL, NULL, NULL, NULL, NULL, NULL, 'e', '{}', '[]', 0, 1, 0, 'r', 's', '{}')",
        ("0" * 32,),
    )


def test_an_upgraded_schema_equals_the_fresh_one(connection: sqlite3.Connection) -> None:
    """Whoever upgrades has the same tables and indexes as whoever begins, and keeps the rows."""
    make_old(connection)
    assert migrations.upgrade(connection, steps={1: _TO_FRESH}, latest=2) == 1
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    migrations.create(fresh)
    assert migrations.schema_of(connection) == migrations.schema_of(fresh)
    fresh.close()
    assert migrations.version_of(connection, latest=2) == 2
    assert connection.execute("SELECT sequence, latency_ms FROM events").fetchall() == [(7, None)]


def test_a_failing_step_changes_nothing(connection: sqlite3.Connection) -> None:
    """All steps are one transaction."""
    make_old(connection)
    before = migrations.schema_of(connection)
    with pytest.raises(sqlite3.OperationalError):
        migrations.upgrade(connection, steps={1: _TO_FRESH, 2: "DROP TABLE not_there;"}, latest=3)
    assert migrations.schema_of(connection) == before
    assert migrations.version_of(connection) == 1


def test_version_1_becomes_the_latest(connection: sqlite3.Connection) -> None:
    """A database of the first release: same schema as a fresh one, same rows, numbers go on."""
    first = Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8")
    for statement in migrations.statements(first):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    values = "?, 'h', 1, 2, 'c', 'C', ?, 's', 'Ann', 0.1, 's', 'Ann', 0.7, 't', 'Bob', 0.4, 0.6"
    insert = (
        f"INSERT INTO events VALUES ({{}}, {values}, 'e', '{{{{}}}}', '[]', 2, 1, 0, 9, 'r', 'a')"
    )
    for sequence, outcome in ((7, "identified"), (8, "no_face"), (9, "ambiguous")):
        connection.execute(insert.format(sequence), (f"{sequence:032x}", outcome))
    before = connection.execute("SELECT * FROM events WHERE sequence < 9").fetchall()
    connection.execute("DELETE FROM events WHERE sequence = 9")
    spoof = ("f" * 32, "spoof_suspected")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute(insert.format("NULL"), spoof)

    assert migrations.upgrade(connection) == migrations.LATEST - 1
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    migrations.create(fresh)
    assert migrations.schema_of(connection) == migrations.schema_of(fresh)
    fresh.close()
    # Nothing was noted of what their limits came from.
    assert connection.execute("SELECT * FROM events").fetchall() == [(*row, "{}") for row in before]
    connection.execute(insert.format("NULL").replace(", 'a')", ", 'a', '{}')"), spoof)
    (newest,) = connection.execute("SELECT max(sequence) FROM events").fetchone()
    assert newest == 10, "the number of a deleted row was given again"
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_every_version_has_its_step() -> None:
    """From version 1 to the latest there is no gap."""
    assert sorted(migrations.STEPS) == list(range(1, migrations.LATEST))


def test_the_latest_version_is_left_alone(connection: sqlite3.Connection) -> None:
    """No step is taken."""
    migrations.create(connection)
    assert migrations.upgrade(connection) == 0


def test_a_newer_version_is_refused_with_a_sentence(connection: sqlite3.Connection) -> None:
    """It names both versions and says what to do."""
    migrations.create(connection)
    connection.execute(f"PRAGMA user_version = {migrations.LATEST + 1}")
    with pytest.raises(DatabaseNewer, match="install the newer FaceNetGrid"):
        migrations.upgrade(connection)


def test_another_programs_database_is_refused(connection: sqlite3.Connection) -> None:
    """A database that is sound but not ours is not written into."""
    connection.execute("CREATE TABLE bookmarks (address TEXT)")
    with pytest.raises(DatabaseDamaged, match="no event log"):
        migrations.version_of(connection)


def test_a_script_that_ends_in_the_middle_is_an_error() -> None:
    """A forgotten semicolon would otherwise drop the last statement silently."""
    script = "-- one; two\nSELECT ';'; SELECT 2;\n-- the end\n"
    assert list(migrations.statements(script)) == ["-- one; two\nSELECT ';';", "SELECT 2;"]
    with pytest.raises(ValueError, match="middle"):
        list(migrations.statements("SELECT 1;\nSELECT 2"))
