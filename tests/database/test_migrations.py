"""Versions of the schema: fresh, upgraded, newer, foreign."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from database import migrations, shape
from database.errors import DatabaseDamaged, DatabaseNewer
from database.reader import EventFilter, EventReader
from tests.database.examples import AS_VERSION_5, CIPHER, add, event, open_it


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """An empty database in memory."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    yield made
    made.close()


def make_old(connection: sqlite3.Connection, version: int) -> None:
    """The schema of a release, empty."""
    script = Path(__file__).with_name(f"version_{version}.sql").read_text(encoding="utf-8")
    for statement in migrations.statements(script):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {version}")


def test_a_failing_step_changes_nothing(connection: sqlite3.Connection) -> None:
    """All steps are one transaction."""
    make_old(connection, 1)
    before = shape.things_of(connection)
    broken = {1: migrations.STEPS[1], 2: "DROP TABLE not_there;"}
    with pytest.raises(sqlite3.OperationalError):
        migrations.upgrade(connection, CIPHER, steps=broken, latest=3)
    assert shape.things_of(connection) == before
    assert migrations.version_of(connection) == 1


def test_version_1_becomes_the_latest(connection: sqlite3.Connection) -> None:
    """A database of the first release: same schema as a fresh one, same rows, numbers go on."""
    make_old(connection, 1)
    values = "?, 'h', 1, 2, 'c', 'C', ?, 's', 'Ann', 0.1, 's', 'Ann', 0.7, 't', 'Bob', 0.4, 0.6"
    insert = (
        f"INSERT INTO events VALUES ({{}}, {values}, 'e', '{{{{}}}}', '[]', 2, 1, 0, 9, 'r', 'a')"
    )
    for sequence, outcome in ((7, "identified"), (8, "no_face"), (9, "ambiguous")):
        connection.execute(insert.format(sequence), (f"{sequence:032x}", outcome))
    connection.execute("DELETE FROM events WHERE sequence = 9")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute(insert.format("NULL"), ("f" * 32, "spoof_suspected"))

    assert migrations.upgrade(connection, CIPHER) == migrations.LATEST - 1
    shape.check(connection, "It")
    found = connection.execute(
        "SELECT sequence, event_id, outcome, subject_id, nearest_distance, runner_up_subject_id, "
        "threshold, frames, latency_ms, grounds, decided_by FROM events"
    ).fetchall()
    # Nothing was noted of what their limits came from.
    assert found == [
        (number, f"{number:032x}", outcome, "s", 0.1, "t", 0.4, 2, 9, "{}", "server")
        for number, outcome in ((7, "identified"), (8, "no_face"))
    ]
    spoof = add(connection, event(outcome="spoof_suspected")).record
    assert spoof.sequence == 10, "the number of a deleted row was given again"
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_rows_of_version_5_stay_as_they_were_and_are_found(tmp_path: Path) -> None:
    """With their proofs; the index that all filters look through is made of them."""
    path = tmp_path / "match_history.db"
    with closing(open_it(path)) as connection:
        for person, outcome in (("a", "identified"), ("b", "identified"), ("b", "no_face")):
            add(connection, event(subject_id=person * 32, outcome=outcome))
        rows = connection.execute("SELECT * FROM events").fetchall()
        connection.executescript(AS_VERSION_5)
    with closing(open_it(path)) as connection:
        assert migrations.version_of(connection) == migrations.LATEST
        assert connection.execute("SELECT * FROM events").fetchall() == rows
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(EventReader(path, CIPHER)) as reader:
        found = reader.query(EventFilter(subject_id="b" * 32, outcomes=("identified",))).rows
        assert [(one.sequence, one.changed) for one in found] == [(2, False)]


def test_every_version_has_its_step() -> None:
    """From version 1 to the latest there is no gap."""
    assert sorted(migrations.STEPS) == list(range(1, migrations.LATEST))


def test_the_latest_version_is_left_alone(connection: sqlite3.Connection) -> None:
    """No step is taken."""
    migrations.create(connection, CIPHER)
    assert migrations.upgrade(connection, CIPHER) == 0


def test_a_newer_version_is_refused_with_a_sentence(connection: sqlite3.Connection) -> None:
    """It names both versions and says what to do."""
    migrations.create(connection, CIPHER)
    connection.execute(f"PRAGMA user_version = {migrations.LATEST + 1}")
    with pytest.raises(DatabaseNewer, match="install the newer FaceNetGrid"):
        migrations.upgrade(connection, CIPHER)


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
