"""From version 3 to 4: every name sealed, every sentence without one, nothing else lost."""

import sqlite3
from pathlib import Path

import pytest

from database import migrations, opening
from database.backups import list_backups
from database.reader import EventFilter, EventReader
from database.records import hash_content
from database.upgrade_3 import without_names
from tests.database.examples import CIPHER, NOON_MS, add, event, open_it
from tests.database.test_migrations import make_old

NAMES = ("Grace Hopper", "Eileen Collins", "Katherine Johnson")
SAID = "Grace Hopper is nearest at distance 0.25, the next person is at 0.75; the limit is 0.50."
# id, outcome, named, nearest, runner-up, reason
ROWS = (
    ("a" * 32, "identified", 0, 0, 1, SAID),
    ("b" * 32, "not_enrolled", None, 2, 0, "The nearest person is at distance 0.61."),
    ("c" * 32, "spoof_suspected", None, 0, None, f"Too flat. The face alone: {SAID}"),
    ("d" * 32, "no_face", None, None, None, "No face was in view."),
)
_INSERT = """
    INSERT INTO events (event_id, content_hash, captured_at_ms, recorded_at_ms, checkpoint_id,
        checkpoint_name, outcome, subject_id, display_name, nearest_subject_id, nearest_name,
        runner_up_subject_id, runner_up_name, encoder, quality, flaws, frames, automatic, late,
        reason, search_text)
    VALUES (?, ?, ?, ?, 'lobby', 'Lobby', ?, ?, ?, ?, ?, ?, ?, 'e', '{}', '[]', 1, 1, 0, ?, ?)
"""


def person(number: int | None) -> tuple[str | None, str | None]:
    return (None, None) if number is None else (f"{number}" * 32, NAMES[number])


def make_version_3(path: Path) -> None:
    """A history as version 3 left it, closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    make_old(connection, 3)
    for event_id, outcome, named, nearest, runner_up, reason in ROWS:
        people = (*person(named), *person(nearest), *person(runner_up))
        connection.execute(
            _INSERT,
            (event_id, hash_content({"id": event_id}), NOON_MS + 90_000, NOON_MS, outcome, *people,
             reason, f"{people[1] or ''}\nlobby\n{reason}".casefold()),
        )  # fmt: skip
    # Rows that were deleted leave their names in free pages.
    connection.execute("DELETE FROM events WHERE event_id = ?", ("d" * 32,))
    connection.execute(
        _INSERT,
        ("d" * 32, "h", NOON_MS, NOON_MS, "no_face", *(None,) * 6, ROWS[3][5], "lobby\nno face"),
    )
    connection.close()


def traces(folder: Path) -> list[str]:
    """Files below a folder that hold a part of a name in clear."""
    parts = [part for name in NAMES for part in name.casefold().split()]
    return [
        file.name
        for file in sorted(folder.rglob("*"))
        if file.is_file() and any(part.encode() in file.read_bytes().lower() for part in parts)
    ]


def test_no_name_is_left_in_clear_in_any_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows, search texts, sentences, free pages, the journal, and the backups of before."""
    path = tmp_path / "match_history.db"
    make_version_3(path)
    backups = tmp_path / "backups"
    backups.mkdir()
    old = backups / "match_history-daily-20260901T000000000.db"
    source = sqlite3.connect(path)
    with sqlite3.connect(old) as copy:
        source.backup(copy)
    copy.close()
    source.close()
    torn = backups / "match_history-daily-20260902T000000000.db"
    torn.write_bytes(old.read_bytes()[:4096] + b"Grace Hopper" * 900)
    assert set(traces(tmp_path)) == {path.name, old.name, torn.name}

    connection = open_it(path)
    assert traces(tmp_path) == []
    assert "2 older backups of the history were made again" in caplog.text
    assert torn.name in caplog.text
    assert not torn.exists()
    assert {backup.kind for backup in list_backups(backups)} == {"daily", "before-upgrade"}
    connection.close()
    for backup in list_backups(backups):
        reader = EventReader(backup.path, CIPHER)
        assert [row.event_id for row in reader.query(EventFilter(text="hopper")).rows] == ["a" * 32]
        reader.close()


def test_everything_is_found_as_before(tmp_path: Path) -> None:
    """Names come back, search finds them, and an event sent again is known."""
    path = tmp_path / "match_history.db"
    make_version_3(path)
    connection = open_it(path)
    reader = EventReader(path, CIPHER)
    rows = {row.event_id[0]: row for row in reader.query().rows}
    assert (rows["a"].display_name, rows["a"].nearest_name, rows["a"].runner_up_name) == (
        "Grace Hopper", "Grace Hopper", "Eileen Collins",
    )  # fmt: skip
    assert rows["b"].nearest_name == "Katherine Johnson"
    assert rows["a"].reason == SAID.replace("Grace Hopper is nearest", "The nearest person is")
    assert rows["c"].reason.endswith("The face alone: " + rows["a"].reason)
    assert [row.event_id[0] for row in reader.query(EventFilter(text="HÖPPER")).rows] == ["a"]
    assert reader.count(EventFilter(text="johnson")) == 0, "a stranger found by somebody's name"
    assert rows["a"].clock_skew
    assert not rows["d"].clock_skew
    # The plain hash was turned into the keyed one, so that the same event still is the same.
    key = opening.content_key_of(connection, path, CIPHER)
    again = event(event_id="a" * 32, content_hash=hash_content({"id": "a" * 32}))
    assert add(connection, again, key).duplicate
    reader.close()
    connection.close()


def test_an_upgrade_that_is_cut_off_leaves_version_3(tmp_path: Path) -> None:
    """A cipher that fails in the middle: nothing has changed, and the next opening does it."""
    path = tmp_path / "match_history.db"
    make_version_3(path)

    class Failing:
        def seal(self, plain: bytes, about: bytes) -> bytes:
            if b"Eileen" in plain:
                raise MemoryError
            return CIPHER.seal(plain, about)

        unseal, prove = CIPHER.unseal, CIPHER.prove

    with pytest.raises(MemoryError):
        opening.open_for_writing(
            path, Failing(), backup_folder=tmp_path / "b", now_ms=NOON_MS, lock_wait_s=1
        )
    before = sqlite3.connect(path)
    assert migrations.version_of(before) == 3
    assert before.execute("SELECT count(*) FROM events").fetchone() == (4,)
    before.close()
    open_it(path).close()
    assert traces(path.parent / "backups") == []


@pytest.mark.parametrize(
    ("reason", "names", "left"),
    [
        (SAID, ["Grace Hopper"], SAID.replace("Grace Hopper is nearest", "The nearest person is")),
        ("Like Ann, not Annabel.", ["Ann", None], "Like this person, not Annabel."),
        ("(a+b) is nearest at 0.2", ["(a+b)"], "The nearest person is at 0.2"),
        ("Nothing.", [None, ""], "Nothing."),
    ],
)
def test_sentences_without_names(reason: str, names: list[str | None], left: str) -> None:
    """Whole names, whatever signs they hold."""
    assert without_names(reason, *names) == left
