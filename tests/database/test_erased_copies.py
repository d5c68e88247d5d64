"""People are taken out of copies of the history, and nobody else is."""

import sqlite3
from pathlib import Path

import pytest

from database.backups import snapshot
from database.erased_copies import erase_in_copy, fold_journal
from database.errors import DatabaseDamaged
from database.log import EventLog
from database.reader import EventReader
from tests.database.examples import CIPHER, event, sqlite_that_leaves_what_was_deleted

GRACE, EILEEN = "a" * 32, "b" * 32


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a history with Grace in three rows, in one of them as the runner-up alone."""
    path = tmp_path / "history.db"
    eileen = {"subject_id": EILEEN, "display_name": "Eileen Collins"}
    eileen |= {"nearest_subject_id": EILEEN, "nearest_name": "Eileen Collins"}
    grace = {"runner_up_subject_id": GRACE, "runner_up_name": "Grace Hopper"}
    nobody = {"runner_up_subject_id": None, "runner_up_name": None}
    with EventLog(path, CIPHER, backup_folder=tmp_path) as log:
        for record in (event(), event(), event(**eileen, **grace), event(**eileen, **nobody)):
            log.append(record).result(20)
        copy = tmp_path / "copy.db"
        snapshot(path, copy)
    return copy


def names_in(path: Path) -> list[tuple[str | None, str | None]]:
    """Who was identified and who came next, of each row, the oldest first."""
    reader = EventReader(path, CIPHER)
    rows = reader.query().rows
    reader.close()
    return [(row.display_name, row.runner_up_name) for row in reversed(rows)]


def test_nothing_says_any_more_who_they_were(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows stay; the id and the sealed names are in no byte of the file; once is enough."""
    sqlite_that_leaves_what_was_deleted(monkeypatch)
    connection = sqlite3.connect(copy)
    (sealed,) = connection.execute(
        "SELECT sealed FROM subject_names WHERE subject_id = ?", (GRACE,)
    ).fetchone()
    connection.close()
    assert erase_in_copy(copy, [GRACE, "c" * 32], CIPHER) == 1 + 3
    assert names_in(copy) == [
        (None, "Eileen Collins"),
        (None, "Eileen Collins"),
        ("Eileen Collins", None),
        ("Eileen Collins", None),
    ]
    content = copy.read_bytes()
    assert GRACE.encode() not in content
    assert sealed not in content
    assert not list(copy.parent.glob("copy.db-*"))
    assert erase_in_copy(copy, [GRACE], CIPHER) == 0
    assert erase_in_copy(copy, [GRACE, EILEEN], CIPHER) == 1 + 4
    assert names_in(copy) == [(None, None)] * 4


def test_a_journal_left_beside_is_folded_in(copy: Path) -> None:
    """What a restore set aside has one, when the server was killed before."""
    connection = sqlite3.connect(copy, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("DELETE FROM events WHERE sequence = 4")
    beside = {path: path.read_bytes() for path in copy.parent.glob("copy.db*")}
    connection.close()
    for path, content in beside.items():
        path.write_bytes(content)
    fold_journal(copy)
    assert [path.name for path in copy.parent.glob("copy.db*")] == ["copy.db"]
    assert len(names_in(copy)) == 3


@pytest.mark.parametrize("content", [b"", b"garbage" * 3000])
def test_what_is_no_history_is_told(tmp_path: Path, content: bytes) -> None:
    """A damaged one cannot be cleaned: a sentence."""
    path = tmp_path / "match_history.damaged-1.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseDamaged):
        fold_journal(path)
    with pytest.raises(DatabaseDamaged):
        erase_in_copy(path, [GRACE], CIPHER)


def test_nobody_is_erased_from_a_copy_that_is_not_ours(copy: Path) -> None:
    """A trigger could keep who they were."""
    connection = sqlite3.connect(copy, isolation_level=None)
    connection.execute("CREATE TRIGGER t BEFORE UPDATE ON events BEGIN SELECT RAISE(IGNORE); END")
    connection.close()
    with pytest.raises(DatabaseDamaged, match="trigger t put in"):
        erase_in_copy(copy, [GRACE], CIPHER)
