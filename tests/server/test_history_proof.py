"""What is done to the rows of the history, by whoever may write the file, is told."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from database.verifying import RowsLooked, Seen
from server.administration import command_line
from server.audit_records import ALLOWED
from server.books import open_books
from server.data_folder import DataFolder
from server.history_accepted import Accepted
from server.history_proof import daily_look, sentences_of
from server.permissions import Action
from server.vault import open_vault
from tests.database.examples import AS_VERSION_4, event
from tests.server.looked_at import opened, start, verify
from tests.server.office import CHEAP

NOON_MS = 1_790_000_000_000


def seen(number: int) -> Seen:
    return Seen(number, f"{number:032x}", NOON_MS + number * 60_000)


@pytest.mark.parametrize(
    ("looked", "said"),
    [
        (RowsLooked(looked=7, newest=9), []),
        (
            RowsLooked(changed=[seen(1), seen(2)], changed_count=25),
            [
                (
                    f"Event {1:032x} (number 1, 2026-09-21 14:14 UTC) was changed outside of the "
                    "program."
                ),
                (
                    f"Event {2:032x} (number 2, 2026-09-21 14:15 UTC) was changed outside of the "
                    "program."
                ),
                "So were 23 more events of the history.",
            ],
        ),
        (
            RowsLooked(newest=9, missing=2, gaps=[(seen(1), seen(3)), (seen(4), seen(6))]),
            [
                (
                    "2 events are missing in the history, which came to number 9: somebody deleted "
                    "rows. Numbers are missing between 1 (2026-09-21 14:14 UTC) and 3 (2026-09-21 "
                    "14:16 UTC); 4 (2026-09-21 14:17 UTC) and 6 (2026-09-21 14:19 UTC)."
                )
            ],
        ),
        (
            RowsLooked(newest=9, missing=1),
            [
                (
                    "1 event is missing in the history, which came to number 9: somebody deleted "
                    "rows. They were its oldest or its newest."
                )
            ],
        ),
        (
            RowsLooked(missing=-1),
            [
                (
                    "The history has 1 event more than there may be: somebody put back what was "
                    "deleted when its time was over."
                )
            ],
        ),
        (
            RowsLooked(strange=("trigger t put in", "table events changed"), missing=3),
            [
                (
                    "The history is not made as this program makes it (trigger t put in; table "
                    "events changed): somebody or another program changed it. Nothing that it "
                    "shows can be trusted: set it aside and restore the latest backup."
                )
            ],
        ),
        (
            RowsLooked(nameless={"a", "b", "c"}),
            ["Names of 2 people are missing in the history: somebody deleted them."],
        ),
    ],
)
def test_each_finding_is_a_sentence(looked: RowsLooked, said: list[str]) -> None:
    """With the event, its time, and what somebody did; of who was erased nothing is missing."""
    assert sentences_of(looked, erased={"c"}) == said


def test_a_count_that_cannot_be_trusted_is_said() -> None:
    """Whether rows are missing goes by it."""
    (said,) = sentences_of(RowsLooked(missing=None))
    assert "cannot be told" in said


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two events, closed."""
    root = tmp_path_factory.mktemp("data")
    with opened(root) as one:
        for _ in range(2):
            one.data.log.append(event()).result(10)
    assert verify(root) == ""
    return root


ROWS: tuple[tuple[str, str, str], ...] = (
    # What is done to the rows of the history, to the file alone, and what `audit verify` tells.
    (
        "changed",
        "UPDATE events SET outcome = 'not_enrolled' WHERE sequence = 2",
        r"^Event [0-9a-f]{32} \(number 2, 2026-09-21 14:13 UTC\) was changed outside",
    ),
    (
        "given to somebody else",
        (
            "UPDATE events SET subject_id = runner_up_subject_id, name_id = runner_up_name_id "
            "WHERE sequence = 1"
        ),
        r"^Event [0-9a-f]{32} \(number 1, .* changed outside of the program\.$",
    ),
    (
        "exchanged",
        (
            "UPDATE events SET sequence = 9 WHERE sequence = 1;"
            "UPDATE events SET sequence = 1 WHERE sequence = 2;"
            "UPDATE events SET sequence = 2 WHERE sequence = 9;"
            "UPDATE sqlite_sequence SET seq = 2 WHERE name = 'events'"
        ),
        r"number 1, (.|\n)*number 2, ",
    ),
    (
        "added",
        (
            "CREATE TEMP TABLE one AS SELECT * FROM events WHERE sequence = 2;"
            "UPDATE one SET sequence = 3, event_id = substr(event_id, 2) || 'f';"
            "INSERT INTO events SELECT * FROM one"
        ),
        r"^Event [0-9a-f]{32} \(number 3, .* changed outside of the program\.$",
    ),
    (
        "deleted, the oldest",
        "DELETE FROM events WHERE sequence = 1",
        "1 event is missing in the history, which came to number 2: somebody deleted rows. They",
    ),
    (
        "deleted, the newest, and the number set back",
        (
            "DELETE FROM events WHERE sequence = 2;"
            "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'events'"
        ),
        "The history is an older copy: it ends at number 1",
    ),
    (
        "their names deleted",
        "DELETE FROM subject_names",
        "Names of 2 people are missing in the history",
    ),
    (
        "the count of deleted ones changed",
        "UPDATE forgotten SET events = 1",
        "count of events that were deleted by their age was changed",
    ),
)


@pytest.mark.parametrize(("what", "statements", "told"), ROWS, ids=[one[0] for one in ROWS])
def test_what_is_done_to_rows_is_told(
    data: Path, tmp_path: Path, what: str, statements: str, told: str
) -> None:
    """By `audit verify`, which names the events; which those were that are gone nobody can say."""
    root = tmp_path / "data"
    shutil.copytree(data, root)
    _execute(DataFolder(root).database, statements)
    said = verify(root)
    assert re.search(told, said), (what, said)


MADE_OF = (
    # What is done to what the history is made of, and how a start and `audit verify` name it.
    (
        "CREATE TRIGGER t BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END",
        "trigger t put in",
    ),
    (
        (
            "CREATE TRIGGER t BEFORE DELETE ON subject_names BEGIN SELECT RAISE(IGNORE); END;"
            "PRAGMA user_version = 4"
        ),
        "trigger t put in",
    ),
    (
        "ALTER TABLE events RENAME TO other; CREATE VIEW events AS SELECT * FROM other",
        "view events put in",
    ),
    ("ALTER TABLE events ADD COLUMN other INTEGER AS (frames)", "table events changed"),
)


@pytest.mark.parametrize(("statements", "told"), MADE_OF)
def test_what_is_done_to_what_the_history_is_made_of_is_told(
    data: Path, tmp_path: Path, statements: str, told: str
) -> None:
    """By a start, which writes nothing, by `audit verify`, and by the daily look."""
    root = tmp_path / "data"
    shutil.copytree(data, root)
    folder = DataFolder(root)
    _execute(folder.database, statements)
    assert told in verify(root)
    assert told in daily_look(folder, open_vault(folder), stop=lambda: False, accepted=Accepted())
    assert told in start(root)
    assert told in verify(root)


def test_rows_are_proven_once(data: Path, tmp_path: Path) -> None:
    """Who takes the proofs away has rows proven as they are then: a start and a look tell it."""
    root = tmp_path / "data"
    shutil.copytree(data, root)
    _execute(
        DataFolder(root).database,
        f"UPDATE events SET outcome = 'not_enrolled'; {AS_VERSION_4}",
    )
    gone = "What proves the rows of the history is gone; it was there at record"
    assert gone in verify(root)
    for _ in range(2):
        assert gone in start(root)
        assert gone in verify(root)


def test_an_older_history_is_proven_without_a_word(data: Path, tmp_path: Path) -> None:
    """At the first start of this version, and again after a backup of before was restored."""
    root = tmp_path / "data"
    shutil.copytree(data, root)
    folder = DataFolder(root)
    _execute(folder.database, AS_VERSION_4)
    # As it stands in the log that a backup was restored: of the data of then.
    books = open_books(folder, open_vault(folder), passwords=CHEAP)
    books.audit.record(Action.RESTORE, command_line(), outcome=ALLOWED)
    for _ in range(2):
        assert (start(root), verify(root)) == ("", "")


def _execute(database: Path, statements: str) -> None:
    connection = sqlite3.connect(database)
    connection.executescript(statements)
    connection.close()
