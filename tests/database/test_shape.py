"""Whatever a history is made of beside what this program makes is named; our own never is."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from database import migrations, shape
from database.errors import DatabaseDamaged
from database.log import EventLog, LogState
from database.verifying import look_at_rows
from tests.database.examples import CIPHER, event
from tests.database.test_migrations import make_old

WAIT_S = 20
IGNORE = "BEGIN SELECT RAISE(IGNORE); END"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """An empty database in memory."""
    made = sqlite3.connect(":memory:", isolation_level=None)
    yield made
    made.close()


@pytest.fixture
def ours(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A history as this version makes it."""
    migrations.create(connection, CIPHER)
    return connection


def rewritten(table: str, old: str, new: str) -> str:
    """The statement of a table changed in the file, past SQLite."""
    old, new = (text.replace("'", "''") for text in (old, new))
    return (
        f"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '{old}', "
        f"'{new}') WHERE name = '{table}'"
    )


STRANGE: tuple[tuple[str, tuple[str, ...]], ...] = (
    *(
        (f"CREATE TRIGGER t BEFORE {what} BEGIN SELECT RAISE(IGNORE); END", ("trigger t put in",))
        for what in (
            "INSERT ON events",
            "UPDATE ON events",
            "DELETE ON events",
            "DELETE ON subject_names",
            "UPDATE ON forgotten",
            "INSERT ON checkpoints",
        )
    ),
    ("CREATE VIEW other AS SELECT 1", ("view other put in",)),
    ("CREATE TABLE other (a)", ("table other put in",)),
    ("CREATE INDEX other ON events (reason)", ("index other put in",)),
    ("DROP INDEX events_by_time", ("index events_by_time gone",)),
    (
        (
            "DROP INDEX events_by_filter; CREATE INDEX events_by_filter "
            "ON events (sequence, outcome) WHERE outcome <> 'no_face'"
        ),
        ("index events_by_filter changed",),
    ),
    (
        "DROP TABLE checkpoints; CREATE VIEW checkpoints AS SELECT 1 AS checkpoint_id",
        (
            "view checkpoints put in",
            "index sqlite_autoindex_checkpoints_1 gone",
            "table checkpoints gone",
        ),
    ),
    ("ALTER TABLE events ADD COLUMN more INTEGER AS (frames + 1)", ("table events changed",)),
    ("ALTER TABLE sealing ADD COLUMN more INTEGER DEFAULT 3", ("table sealing changed",)),
    (rewritten("events", "CHECK (late IN (0, 1))", ""), ("table events changed",)),
    (rewritten("sealing", "CHECK (one = 1)", "/*CHECK (one = 1)*/"), ("table sealing changed",)),
    (rewritten("events", "'no_face'", "'no_face--'"), ("table events changed",)),
    (rewritten("checkpoints", "STRICT", "STRICT, WITHOUT ROWID"), ("table checkpoints changed",)),
    (
        (
            "PRAGMA writable_schema = ON;"
            "INSERT INTO sqlite_schema SELECT type, CAST(x'74ff' AS TEXT), tbl_name, 0, sql "
            "FROM sqlite_schema WHERE name = 'sealing'"
        ),
        (r"table t\\xff put in",),
    ),
    (
        "".join(f"CREATE TABLE other_{number} (a);" for number in range(8)),
        (*(f"table other_{number} put in" for number in range(5)), "3 more"),
    ),
)


@pytest.mark.parametrize(("statements", "told"), STRANGE)
def test_what_is_not_ours_is_named(
    ours: sqlite3.Connection, statements: str, told: tuple[str, ...]
) -> None:
    """Put in, changed or gone; a name that does not print does no harm."""
    ours.executescript(statements)
    assert shape.strange_in(ours) == told
    with pytest.raises(DatabaseDamaged, match="It is not made as this program makes it"):
        shape.check(ours, "It")


def test_comments_and_blanks_do_not_count(ours: sqlite3.Connection) -> None:
    """Those of other releases were others; quotation marks hide none."""
    ours.executescript(rewritten("events", "frames  ", "frames\n/* how many */ -- of them\n"))
    assert shape.strange_in(ours) == ()


@pytest.mark.parametrize("version", [1, 3, 4, 5])
def test_an_older_history_is_ours_before_and_after_its_upgrade(
    connection: sqlite3.Connection, version: int
) -> None:
    """Whichever it was made by."""
    make_old(connection, version)
    shape.upgrade_checked(connection, CIPHER, "It")
    assert migrations.version_of(connection) == migrations.LATEST
    assert shape.strange_in(connection) == ()


@pytest.mark.parametrize("kind", ["trigger", "table"])
def test_nothing_of_an_older_history_runs_while_it_is_upgraded(
    connection: sqlite3.Connection, kind: str
) -> None:
    """Not even a trigger that is called a table: the upgrade has not begun."""
    make_old(connection, 4)
    connection.executescript(
        f"CREATE TRIGGER t BEFORE UPDATE ON events {IGNORE}; PRAGMA writable_schema = ON;"
        f"UPDATE sqlite_schema SET type = '{kind}' WHERE name = 't'"
    )
    with pytest.raises(DatabaseDamaged, match=f"{kind} t put in"):
        shape.upgrade_checked(connection, CIPHER, "It")
    assert migrations.version_of(connection) == 4


def test_a_table_of_an_older_history_is_looked_at_after_the_upgrade(
    connection: sqlite3.Connection,
) -> None:
    """Until then nobody knows how it was made."""
    make_old(connection, 4)
    connection.execute("CREATE TABLE other (a)")
    with pytest.raises(DatabaseDamaged, match="table other put in"):
        shape.upgrade_checked(connection, CIPHER, "It")


def test_a_file_is_looked_at_beside_its_server(tmp_path: Path) -> None:
    """By `audit verify`; what is no database is a sentence."""
    path = tmp_path / "match_history.db"
    made = sqlite3.connect(path, isolation_level=None)
    migrations.create(made, CIPHER)
    assert shape.look_at_shape(path) == ()
    made.execute("CREATE VIEW other AS SELECT 1")
    assert shape.look_at_shape(path) == ("view other put in",)
    made.close()
    path.write_bytes(b"no database at all, " * 500)
    with pytest.raises(DatabaseDamaged, match=r"match_history\.db"):
        shape.look_at_shape(path)


def test_a_trigger_that_throws_events_away_is_told_at_once(tmp_path: Path) -> None:
    """Nothing is acknowledged while it is there; when it is gone recording goes on by itself."""
    path = tmp_path / "match_history.db"
    states: list[tuple[LogState, str]] = []
    with EventLog(
        path, CIPHER, backup_folder=path.parent, on_state=lambda *state: states.append(state)
    ) as log:
        log.append(event()).result(WAIT_S)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("CREATE TRIGGER t BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END")
        both = [log.append(event()), log.append_all([event(), event()])]
        assert [str(one.exception(WAIT_S)) for one in both] == [states[-1][1]] * 2
        assert "trigger t put in" in states[-1][1]
        other.execute("DROP TRIGGER t")
        other.close()
        log.append(event()).result(WAIT_S)
    assert [state for state, _ in states[:3]] == [
        LogState.RECORDING,
        LogState.FAILING,
        LogState.RECORDING,
    ]
    assert look_at_rows(path, CIPHER).looked == 2


def test_a_trigger_that_was_hidden_from_the_writer_does_nothing(tmp_path: Path) -> None:
    """SQLite looks by the same number whether there is a trigger; the next start finds it."""
    path = tmp_path / "match_history.db"
    with EventLog(path, CIPHER, backup_folder=path.parent) as log:
        log.append(event()).result(WAIT_S)
        other = sqlite3.connect(path, isolation_level=None)
        (number,) = other.execute("PRAGMA schema_version").fetchone()
        other.execute("CREATE TRIGGER t BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END")
        other.execute(f"PRAGMA schema_version = {number}")
        other.close()
        assert log.append(event()).result(WAIT_S).record.sequence == 2
    with closing(sqlite3.connect(path)) as again:
        assert again.execute("SELECT count(*) FROM events").fetchone() == (2,)
    assert look_at_rows(path, CIPHER).strange == ("trigger t put in",)
    with pytest.raises(DatabaseDamaged, match="trigger t put in"):
        EventLog(path, CIPHER, backup_folder=path.parent).open()
