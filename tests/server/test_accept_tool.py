"""A history that somebody changed is accepted: it is in the log, and verify is content again."""

import io
import sqlite3
from pathlib import Path

import pytest

from server import accept_tool, audit_tool
from server.account_tool import books_of
from server.data_folder import DataFolder
from server.history_accepted import FOUND
from tests.database.examples import event
from tests.server.looked_at import opened, start, verify
from tests.server.test_audit_tool import parsed


def told(folder: DataFolder, *words: str, typed: str = "") -> tuple[int, str]:
    """The exit code and all that was said."""
    said = io.StringIO()
    code = audit_tool.run(parsed(*words), folder, ask=lambda _: typed, out=said, err=said)
    return code, said.getvalue()


def change(folder: DataFolder, statement: str) -> None:
    """As somebody with a tool of their own."""
    connection = sqlite3.connect(folder.database)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_changed_and_a_missing_event_are_accepted(tmp_path: Path) -> None:
    """Verify names them with who accepted them; what is changed next is found as before."""
    folder = DataFolder(tmp_path)
    with opened(tmp_path) as one:
        for _ in range(4):
            one.data.log.append(event()).result(10)
    assert "and 4 entries of the history: nothing was" in told(folder, "verify")[1]
    assert told(folder, "accept")[1].startswith("Nothing is wrong")
    change(folder, "UPDATE events SET frames = 99 WHERE sequence = 2")
    change(folder, "DELETE FROM events WHERE sequence = 1")
    code, said = told(folder, "verify")
    assert (code, "take it as it is: python3 run.py server audit accept" in said) == (3, True)
    for typed in ("", "yes"):
        code, said = told(folder, "accept", typed=typed)
        assert (code, "Nothing was accepted" in said) == (1, True)
        assert told(folder, "verify")[0] == 3
    code, said = told(folder, "accept", typed="Accept")
    assert (code, "Accepted, in 2 records of the audit log." in said) == (0, True)
    code, said = told(folder, "verify")
    assert code == 0
    assert said.count(", accepted on ") == 2
    assert "nothing else was changed" in said
    assert (start(tmp_path), verify(tmp_path)) == ("", "")
    change(folder, "UPDATE events SET frames = 98 WHERE sequence = 3")
    code, said = told(folder, "verify")
    assert (code, "(number 3, " in said) == (3, True)
    assert told(folder, "accept", "--yes")[0] == 0
    assert told(folder, "verify")[0] == 0


def test_an_alarm_is_told_at_every_start_until_it_is_dealt_with(tmp_path: Path) -> None:
    """What the daily look found stands in the log."""
    folder = DataFolder(tmp_path)
    with opened(tmp_path) as one:
        one.data.log.append(event()).result(10)
    change(folder, "UPDATE events SET frames = 99")
    with books_of(folder) as books:
        books.note(FOUND, {"what": "An event was changed."})
    for _ in range(2):
        assert start(tmp_path) == "An event was changed."
    assert told(folder, "accept", "--yes")[0] == 0
    assert start(tmp_path) == ""


def test_more_than_can_be_accepted_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup is what helps then."""
    monkeypatch.setattr(accept_tool, "MOST_EVENTS", 1)
    folder = DataFolder(tmp_path)
    with opened(tmp_path) as one:
        for _ in range(2):
            one.data.log.append(event()).result(10)
    change(folder, "UPDATE events SET frames = 99")
    code, said = told(folder, "accept", "--yes")
    assert (code, "restore a backup" in said) == (1, True)
    assert told(folder, "verify")[0] == 3


def test_a_history_made_otherwise_is_not_accepted(tmp_path: Path) -> None:
    """What throws events away has to go; nobody can say what it did."""
    folder = DataFolder(tmp_path)
    with opened(tmp_path) as one:
        one.data.log.append(event()).result(10)
    change(folder, "CREATE TRIGGER t BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END")
    code, said = told(folder, "verify")
    assert (code, "audit accept" in said, "were not looked at" in said) == (3, False, True)
    code, said = told(folder, "accept", "--yes")
    assert (code, "That cannot be accepted." in said) == (1, True)
