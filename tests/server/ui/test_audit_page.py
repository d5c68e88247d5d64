"""The audit page: what was done, whether it is whole, filtered and written out."""

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tkinter import font

import pytest

from database.log import EventLog
from server.acting_grid import ActingGrid
from server.audit_records import Entry, Verified
from server.audit_terms import WHAT
from server.books import Books
from server.events import Fault
from server.history_cipher import HistoryCipher
from server.permissions import Action
from server.stand_records import NOTED
from server.ui import audit_page
from server.ui.accept_history import Acceptance
from server.ui.audit_page import _tag
from server.ui.made_up_books import STAFF
from server.ui.record_dialog import RecordDialog
from server.ui.window import ServerWindow
from tests.database.examples import event
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def verdict(window: ServerWindow) -> str:
    """The line over the list."""
    return str(window.audit.verdict.text)


def opened(window: ServerWindow) -> None:
    """Goes there, with a morning's records."""
    made_up(window).work_a_morning()
    window.go("Audit")
    wait_until(window.audit.table.get_children, window=window.root)


def test_records_are_read_with_names_where_they_may_be(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest first; the log has ids. Enrolled people are named to who may see people alone."""
    grid, acting = made_up(window), window.desk.grid
    person = grid.people.list()[0]
    assert acting is not None
    acting.act(Action.RENAME_PERSON, lambda: None, target=person.subject_id)
    acting.act(Action.LET_TRY_AGAIN, lambda: None, target="lobby-gate")
    opened(window)
    assert "Verified up to record" in verdict(window)
    table = window.audit.table
    rows = [table.cells(iid) for iid in table.get_children()]
    assert int(rows[0][0]) > int(rows[-1][0])
    beside = 8  # Tk's own, on both sides of a cell
    what = [("c3", WHAT.get(act) or act) for act in (*Action, *WHAT)]
    last_year = ("c1", "2025-12-28 22:38")
    for column, text in (("c1", rows[0][1]), last_year, ("c2", "root (command line)"), *what):
        text_px = font.nametofont("TkDefaultFont", root=window.root).measure(text)
        assert text_px + beside <= table.column(column, "width"), text
    assert ("front desk", "stop server", "allowed") in [row[2:5] for row in rows]
    assert ("night guard", "export people", "refused") in [row[2:5] for row in rows]
    assert {"Lobby gate", person.display_name} <= {row[5] for row in rows}
    assert any(row[6].startswith("written anew: accounts") for row in rows)
    content = grid.books.audit.path.read_text(encoding="utf-8")
    assert all(name not in content for name in ("front desk", person.display_name))
    assert all(f'"{name}"' not in content for name, _ in STAFF[1:] if " " in name)
    as_others = ActingGrid.may
    monkeypatch.setattr(
        ActingGrid, "may", lambda acting, act: act != "view people" and as_others(acting, act)
    )
    window.go("Audit")
    wait_until(
        lambda: (
            f"person {person.subject_id[:6]}…" in [table.cells(i)[5] for i in table.get_children()]
        ),
        window=window.root,
    )


def test_a_record_is_read_whole(window: ServerWindow) -> None:
    """Below the list as far as words go; by button, Return or double click with all there is."""
    opened(window)
    page = window.audit
    assert "Choose a record" in page.whole.cget("text")
    assert page.details.instate(["disabled"])
    first = page.table.get_children()[0]
    page.table.selection_set(first)
    window.root.update()
    assert all(cell in page.whole.cget("text") for cell in page.table.cells(first))
    page.details.invoke()
    dialog = next(c for c in window.root.winfo_children() if isinstance(c, RecordDialog))
    assert "accounts=0 " in dialog.facts["Written as"].cget("text")
    assert "written anew: accounts" in dialog.facts["Details"].cget("text")
    dialog.cancel()


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
    window.audit.outcome.choose("people")
    window.audit._fill()
    assert "the server" not in {table.cells(iid)[2] for iid in table.get_children()}
    window.audit.search.set("nothing is called so")
    assert (table.get_children(), window.audit._empty.winfo_manager()) == ((), "place")


def test_a_changed_log_is_said_in_red(window: ServerWindow) -> None:
    """With the record at which it was."""
    grid = made_up(window)
    grid.work_a_morning()
    path = grid.books.audit.path
    path.write_bytes(path.read_bytes().replace(b"rename person", b"delete person", 1))
    window.go("Audit")
    wait_until(lambda: "The log was changed.\nRecord " in verdict(window), window=window.root)


def test_verify_now_looks_at_the_history_too(window: ServerWindow) -> None:
    """As the command does: a changed event is red, with what to do; coming here is no green."""
    opened(window)
    assert "The history was not looked at" in verdict(window)
    window.audit.verify.invoke()
    assert str(window.audit.verify.cget("text")) == "Cancel"
    wait_until(
        lambda: "and 0 entries of the history: nothing was" in verdict(window), window=window.root
    )
    change_an_event(window)
    window.audit.verify.invoke()
    wait_until(lambda: "1 event of the history was changed" in verdict(window), window=window.root)
    assert "The data or the log were changed.\n" in verdict(window)
    window.go("Dashboard")
    window.go("Audit")
    window.root.update()
    assert window.audit.verdict.offered == ("Show changed events", "Accept…")
    window.audit.verdict._show.invoke()
    assert (window.page, window.history.filter.changed_alone) == ("History", True)


def change_an_event(window: ServerWindow) -> None:
    """The real history of the made-up data gets an event, and somebody changes it."""
    books = made_up(window).books
    log = EventLog(
        books.folder.database, HistoryCipher(books.vault), backup_folder=books.folder.backups
    )
    with log:
        log.append(event()).result(10)
    connection = sqlite3.connect(books.folder.database)
    connection.execute("UPDATE events SET frames = 99")
    connection.commit()
    connection.close()


def test_a_changed_history_is_accepted_here(window: ServerWindow) -> None:
    """Asked plainly; then it is in the log, the alarm is over, and a look is content."""
    opened(window)
    change_an_event(window)
    window.mailbox.post(Fault("An event was changed.", tampering=True, in_history=True))
    window.audit.verify.invoke()
    wait_until(lambda: window.audit.verdict.offered, window=window.root)

    def answer(button: str) -> None:
        dialog = next(c for c in window.root.winfo_children() if isinstance(c, Acceptance))
        getattr(dialog, button).invoke()

    for button in ("decline", "agree"):
        assert window.presenter.alarms
        assert not made_up(window).books.audit.entries((Action.ACCEPT_HISTORY,))
        window.root.after(50, answer, button)
        window.audit.verdict._accept.invoke()
    wait_until(lambda: "known and accepted" in verdict(window), window=window.root)
    assert window.presenter.alarms == []
    (entry,) = made_up(window).books.audit.entries((Action.ACCEPT_HISTORY,))
    actor = window.desk.grid.actor if window.desk.grid is not None else None
    assert (entry.outcome, entry.actor) == ("allowed", actor and actor.name)
    assert "in 1 record of the audit log" in window.desk.toast.text


def test_a_look_that_fails_is_said(window: ServerWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """And can be tried again."""
    opened(window)

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk")

    monkeypatch.setattr("server.books.Books.look_at_data", fail)
    window.audit.verify.invoke()
    wait_until(lambda: "could not be verified: the disk" in verdict(window), window=window.root)
    assert window.audit.verify.instate(["!disabled"])


@pytest.mark.parametrize("listens", [True, False])
def test_a_look_is_cancelled_within_a_second(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch, *, listens: bool
) -> None:
    """It says what was looked at; what cannot be cut short is not waited for."""
    opened(window)
    ended = threading.Event()

    def look(
        _books: Books,
        verified: Verified,
        progress: Callable[[int, int], None],
        *,
        stop: Callable[[], bool],
        **_: object,
    ) -> Verified:
        progress(40, 900)
        until_s = time.monotonic() + 10
        while not ended.wait(0.005) and time.monotonic() < until_s and not (listens and stop()):
            pass
        return replace(verified, rows=40, there=900, cancelled=True)

    monkeypatch.setattr("server.books.Books.look_at_data", look)
    monkeypatch.setattr(audit_page, "_CANCELLED_WITHIN_MS", 900 if listens else 20)
    page = window.audit
    page.verify.invoke()
    wait_until(lambda: "40 of 900 entries" in verdict(window), window=window.root)
    page.verify.invoke()
    assert page.verify.instate(["disabled"])
    said = "Cancelled. Verified up to record" if listens else "nothing was verified"
    wait_until(lambda: said in verdict(window), window=window.root)
    assert ("40 of 900 entries of the history: nothing was changed" in verdict(window)) is listens
    assert str(page.verify.cget("text")) == "Verify now"
    assert page.verify.instate(["!disabled"])
    ended.set()


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
