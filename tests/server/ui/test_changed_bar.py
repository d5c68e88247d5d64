"""Tests of the look for changed events: found, none, cancelled, failed, and told to whom."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace as replace_looked
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from database.log import EventLog
from database.reader import EventReader
from server.events import Fault
from server.permissions import Actor, Role
from server.ui import event_table, history_page
from server.ui.changed_bar import ChangedBar
from server.ui.csv_export import export_events
from server.ui.desk import GridLike
from server.ui.made_up import MadeUpHistory
from server.ui.window import ServerWindow
from tests.database.examples import CIPHER, event
from tests.server.ui.conftest import made_up, open_on
from tests.support import wait_until

ROWS = int(os.environ.get("FACENETGRID_CHANGED_ROWS", "1200"))
"""Of the real history that is looked at; 200000 for the whole, with how long the window stood."""


@pytest.fixture(scope="module")
def opened(screen: str) -> Iterator[ServerWindow]:
    """One window for all: another history is what each test begins with."""
    window = open_on(full=True)
    yield window
    window.destroy()


@pytest.fixture
def window(opened: ServerWindow, tk_errors: list[BaseException]) -> ServerWindow:
    """With forty events."""
    grid = made_up(opened)
    grid.history = MadeUpHistory()
    opened.go("Dashboard")
    opened.history.filter.clear()
    for _ in range(40):
        grid.happen("identified")
    return opened


def change(window: ServerWindow, *places: int) -> MadeUpHistory:
    """As somebody who writes in the file."""
    history = made_up(window).history
    for place in places:
        history.rows[place] = replace(history.rows[place], changed=True)
    return history


def looked(window: ServerWindow) -> ChangedBar:
    """Asks for changed events, and waits until they are there."""
    bar: ChangedBar = window.history.changed
    window.go("History")
    window.history.show_changed()
    wait_until(lambda: not bar.looking and shows_all(window), window=window.root)
    return bar


def shows_all(window: ServerWindow) -> bool:
    """Whether the events that a look found have come, as far as they are shown at once."""
    page = window.history
    return len(page.events.records) == min(len(page._numbers), history_page.PAGE_ROWS)


def test_changed_events_are_counted_and_shown(window: ServerWindow) -> None:
    """The newest first, however old; what is missing is said, and from here it is accepted."""
    change(window, 3, 30).missing = 1
    bar = looked(window)
    assert [one.sequence for one in window.history.events.records] == [31, 4]
    assert (bar.tone, bar.text.splitlines()[0]) == (
        "bad",
        "2 events were changed outside of the program",
    )
    assert "1 event is missing" in bar.text
    bar.button.invoke()
    assert window.page == "Audit"
    wait_until(lambda: "Verified up to" in window.audit.verdict.text, window=window.root)


def test_what_is_accepted_is_no_alarm_any_more(window: ServerWindow) -> None:
    """It is shown, and said to be known; what nobody accepted is as bad as before."""
    history = change(window, 3, 30)
    history.missing = 1
    grid = window.desk.grid
    assert grid is not None
    looked_at = history.changed(lambda _done, _total: None, lambda: False)
    grid.audit.accept(replace_looked(looked_at, changed=looked_at.changed[:1], changed_count=1))
    bar = looked(window)
    assert (bar.tone, "1 of them is known and accepted." in bar.text) == ("bad", True)
    assert "missing" not in bar.text
    grid.audit.accept(looked_at)
    bar = looked(window)
    assert (bar.tone, "All of them are known and accepted." in bar.text) == ("warn", True)
    assert len(window.history.events.records) == 2
    assert not bar.button.winfo_manager()


def test_older_changed_events_are_loaded_page_by_page(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The newest first, as with other filters; the export has all of them, shown or not."""
    monkeypatch.setattr(history_page, "PAGE_ROWS", 10)
    monkeypatch.setattr(event_table, "MOST_ROWS", 20)
    history = change(window, *range(3, 28))
    looked(window)
    page = window.history

    def shown() -> list[int | None]:
        return [one.sequence for one in page.events.records]

    assert shown() == list(range(28, 18, -1))
    assert "older ones can be loaded" in page._count.cget("text")
    assert not page.newer.winfo_manager()
    for oldest in (9, 4):
        page.older.invoke()
        assert page.older.instate(["disabled"]), "one page at a time"
        page.older.invoke()
        newest = 28 if oldest == 9 else 23
        wait_until(lambda: shown()[-1] == oldest, window=window.root)  # noqa: B023 - at once
        assert shown() == list(range(newest, oldest - 1, -1))
    assert page.older.instate(["disabled"])
    page.newer.invoke()
    wait_until(lambda: shown() == list(range(28, 18, -1)), window=window.root)
    path = tmp_path / "changed.csv"
    assert export_events(history_page._all_of(history, range(4, 29)), path) == 25
    page._save_as = lambda _name: str(path)
    page.export.invoke()
    wait_until(lambda: "25 events were written" in window.desk.toast.text, window=window.root)


def test_a_history_without_changes_is_green(window: ServerWindow) -> None:
    """With how many were looked at, and nothing to do."""
    bar = looked(window)
    assert (bar.tone, bar.text.splitlines()[0]) == ("good", "No event was changed")
    assert f"{len(made_up(window).history.rows)} were looked at" in bar.text
    assert not bar.button.winfo_manager()
    assert not window.history._empty.winfo_manager()


def test_a_look_is_cancelled_and_begun_again(window: ServerWindow) -> None:
    """What was found till then is shown, and is not taken for all of it."""
    history, bar, gate = change(window, 1, 30), window.history.changed, threading.Event()
    far = iter(range(40))
    history.slowly = lambda: gate.wait(20) if next(far) == 9 else None
    window.go("History")
    window.history.show_changed()
    wait_until(lambda: "9 of " in bar.text and "looked at." in bar.text, window=window.root)
    assert window.history._count.cget("text") == ""
    bar.button.invoke()
    gate.set()
    wait_until(lambda: "before it was cancelled" in bar.text, window=window.root)
    wait_until(lambda: len(window.history.events.records) == 1, window=window.root)
    assert bar.tone == "bad"
    history.slowly = lambda: None
    bar.button.invoke()
    wait_until(lambda: len(window.history.events.records) == 2, window=window.root)


def test_another_filter_gives_a_look_up_as_does_the_end(window: ServerWindow) -> None:
    """Its thread ends; what it finds is nobody's. A locked window takes its pages away."""
    history, gate = change(window, 1), threading.Event()
    history.slowly = lambda: gate.wait(20)
    window.go("History")
    bar = window.history.changed
    alone = ChangedBar(
        window.root, window.desk, found=bar._found, again=bar._again, verify=bar._verify
    )
    window.history.show_changed()
    alone.begin(cast("GridLike", window.desk.grid))
    looks = [bar._look, alone._look]
    window.history.filter.clear()
    alone.destroy()
    gate.set()
    assert [look is not None and look.cancelled.is_set() for look in looks] == [True, True]
    assert not bar.looking
    wait_until(lambda: len(window.history.events.records) == 40, window=window.root)


def test_a_look_that_fails_is_said(window: ServerWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """And can be tried again."""

    def fail(*_: object) -> None:
        raise OSError("the disk")

    with monkeypatch.context() as patch:
        patch.setattr(MadeUpHistory, "changed", fail)
        bar = looked(window)
        assert (bar.tone, "the disk" in bar.text) == ("bad", True)
    bar.button.invoke()
    wait_until(lambda: bar.tone == "good", window=window.root)


def test_who_cannot_accept_is_told_whom_to_tell(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A viewer sees the events, and has no audit page."""
    monkeypatch.setattr(window.desk, "may", Actor("account:1", Role.VIEWER).may)
    change(window, 3)
    bar = looked(window)
    assert "Tell the administrator." in bar.text
    assert not bar.button.winfo_manager()


def test_an_alarm_of_the_history_is_one_click_from_its_events(window: ServerWindow) -> None:
    """The banner's button shows them, from whatever page."""
    window.mailbox.post(Fault("An event was changed.", tampering=True, in_history=True))
    wait_until(window.banner.button.winfo_ismapped, window=window.root)
    assert window.banner.button.cget("text") == "Show changed events"
    window.banner.button.invoke()
    assert (window.page, window.history.filter.changed_alone) == ("History", True)
    wait_until(lambda: not window.history.changed.looking, window=window.root)
    window.banner.second.invoke()
    assert window.presenter.alarms == []


def test_a_history_of_many_rows_does_not_hold_up_the_window(
    window: ServerWindow, tmp_path: Path
) -> None:
    """The real one, proven row by row in a thread of its own while the window goes on."""
    path = tmp_path / "match_history.db"
    with EventLog(path, CIPHER, backup_folder=tmp_path) as log:
        for begin in range(0, ROWS, 5_000):  # more would be refused: the log is busy
            for done in [log.append(event()) for _ in range(min(5_000, ROWS - begin))]:
                done.result(60)
    with closing(sqlite3.connect(path)) as connection:
        # To another door and person: by neither of these filters it would be found.
        connection.execute(
            "UPDATE events SET checkpoint_id = 'x', subject_id = 'y' WHERE sequence = 2"
        )
        connection.commit()
    window.go("History")
    bar, reader = window.history.changed, EventReader(path, CIPHER)
    made_up(window).history = reader  # type: ignore[assignment]
    stalled_s, before_s = 0.0, time.monotonic()

    def over() -> bool:
        nonlocal stalled_s, before_s
        now_s = time.monotonic()
        stalled_s, before_s = max(stalled_s, now_s - before_s), now_s
        return not bar.looking

    try:
        window.history.show_changed()
        assert bar.looking, "another thread looks: this one has gone on"
        began_s = before_s = time.monotonic()
        wait_until(over, window=window.root, timeout_s=60)
        took_s = time.monotonic() - began_s
        print(
            f"{ROWS} rows: {took_s:.2f} s, the window stood for {1000 * stalled_s:.0f} ms at most"
        )
        wait_until(lambda: shows_all(window), window=window.root)
        assert [one.sequence for one in window.history.events.records] == [2]
        assert bar.text.startswith("1 event was changed")
    finally:
        reader.close()
