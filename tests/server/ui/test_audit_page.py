"""The audit page: what was done, whether it is whole, filtered and written out."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from database.log import EventLog
from security.chain import Finding
from server.audit_records import Entry, Verified
from server.history_cipher import HistoryCipher
from server.stand_records import NOTED
from server.ui.audit_page import _tag, _verdict
from server.ui.made_up_books import STAFF
from server.ui.window import ServerWindow
from tests.database.examples import event
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def verdict(window: ServerWindow) -> str:
    """The line over the list."""
    return str(window.audit.verdict.cget("text"))


def opened(window: ServerWindow) -> None:
    """Goes there, with a morning's records."""
    made_up(window).work_a_morning()
    window.go("Audit")
    wait_until(window.audit.table.get_children, window=window.root)


def test_records_are_read_with_names_of_accounts(window: ServerWindow) -> None:
    """The newest first; the log has ids, the page says whose they are."""
    opened(window)
    assert "Verified up to record" in verdict(window)
    table = window.audit.table
    rows = [table.cells(iid) for iid in table.get_children()]
    assert int(rows[0][0]) > int(rows[-1][0])
    assert ("front desk", "stop server", "allowed") in [row[2:5] for row in rows]
    assert ("night guard", "export people", "refused") in [row[2:5] for row in rows]
    content = made_up(window).books.audit.path.read_text(encoding="utf-8")
    assert "front desk" not in content
    assert all(f'"{name}"' not in content for name, _ in STAFF[1:] if " " in name)


def test_a_record_is_read_whole(window: ServerWindow) -> None:
    """Its cells are cut where the window is narrow; the line below the list is not."""
    opened(window)
    table = window.audit.table
    assert "Choose a record" in window.audit.whole.cget("text")
    first = table.get_children()[0]
    table.selection_set(first)
    window.root.update()
    assert all(cell in window.audit.whole.cget("text") for cell in table.cells(first))


def test_what_the_server_notes_by_itself_is_quieter() -> None:
    """It is not what anybody did."""
    record = Entry(1, 0, "server", "", "", NOTED, "allowed", "", {})
    assert (_tag(record), _tag(replace(record, outcome="failed"))) == ("muted", "bad")
    assert _tag(replace(record, action="rename person")) == "plain"


def test_the_filter_leaves_what_was_asked_for(window: ServerWindow) -> None:
    """By a word, and by how it ended."""
    opened(window)
    window.audit.search.set("rename")
    table = window.audit.table
    wait_until(lambda: len(table.get_children()) == 1, window=window.root)
    window.audit.search.set("")
    window.audit.outcome.choose("refused")
    window.audit._fill()
    assert {table.cells(iid)[4] for iid in table.get_children()} == {"refused"}


def test_a_changed_log_is_said_in_red(window: ServerWindow) -> None:
    """With the record at which it was."""
    grid = made_up(window)
    grid.work_a_morning()
    path = grid.books.audit.path
    path.write_bytes(path.read_bytes().replace(b"rename person", b"delete person", 1))
    window.go("Audit")
    wait_until(lambda: "The log was changed. Record " in verdict(window), window=window.root)


def test_verify_now_looks_at_the_history_too(window: ServerWindow) -> None:
    """As the command does: a changed event is red, with what to do; coming here is no green."""
    opened(window)
    assert "The history was not looked at" in verdict(window)
    window.audit.verify.invoke()
    assert window.audit.verify.instate(["disabled"])
    wait_until(
        lambda: "and 0 entries of the history: nothing was" in verdict(window), window=window.root
    )
    books = made_up(window).books
    log = EventLog(
        books.folder.database,
        HistoryCipher(books.vault),
        backup_folder=books.folder.backups,
    )
    with log:
        log.append(event()).result(10)
    connection = sqlite3.connect(books.folder.database)
    connection.execute("UPDATE events SET frames = 99")
    connection.commit()
    connection.close()
    window.audit.verify.invoke()
    wait_until(lambda: "(number 1, " in verdict(window), window=window.root)
    assert "The data or the log were changed.\nEvent " in verdict(window)
    assert "take the history as it is: " in verdict(window)


def test_a_history_that_cannot_be_read_is_red() -> None:
    """Alone with how far the log is right, or after what is wrong with the log."""
    trouble = "The history was not verified. match_history.db is empty (0 bytes)."
    looked = Verified((), (), None, trouble=trouble)
    said, tone = _verdict(looked, Path("data"), everything=True)
    assert said.startswith(f"{trouble}\nVerified up to record 0 of the audit log: ")
    assert tone == "bad"
    looked = replace(looked, findings=(Finding(7, "Record 7 was changed."),))
    said, tone = _verdict(looked, Path("data"), everything=True)
    assert said.endswith(f"Record 7 was changed.\n{trouble}")
    assert tone == "bad"


def test_a_look_that_fails_is_said(window: ServerWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """And can be tried again."""
    opened(window)

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk")

    monkeypatch.setattr("server.books.Books.look_at_data", fail)
    window.audit.verify.invoke()
    wait_until(lambda: "could not be verified: the disk" in verdict(window), window=window.root)
    assert window.audit.verify.instate(["!disabled"])


def test_it_is_written_out(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The signed lines, as they are."""
    opened(window)
    target = tmp_path / "audit.jsonl"
    monkeypatch.setattr(
        "server.ui.audit_page.filedialog.asksaveasfilename", lambda **_: str(target)
    )
    window.audit.export.invoke()
    wait_until(lambda: "audit.jsonl" in window.desk.toast.text, window=window.root)
    assert target.read_bytes() == made_up(window).books.audit.path.read_bytes()
