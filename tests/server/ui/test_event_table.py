"""Tests of the live table of events."""

import tkinter
from collections.abc import Iterator
from tkinter import font

import pytest
from msgspec.structs import replace

from database.records import EventRecord
from desktop.ui import theme
from server.settings import ServerSettings
from server.ui.event_table import MOST_ROWS, EventTable, key_of
from server.ui.made_up import MadeUpGrid
from tests.support import wait_until


@pytest.fixture
def grid() -> MadeUpGrid:
    """Makes events."""
    return MadeUpGrid(ServerSettings(), lambda _event: None, full=False)


@pytest.fixture
def asked() -> list[EventRecord]:
    """The events that were asked about."""
    return []


@pytest.fixture
def table(
    screen: str, tk_errors: list[BaseException], asked: list[EventRecord]
) -> Iterator[EventTable]:
    """A table in a window."""
    root = theme.open_window(title="T", size=(900, 300), minsize=(300, 200), theme="light")
    made = EventTable(root, why=asked.append)
    made.pack(fill="both", expand=True)
    root.update()
    yield made
    root.update_idletasks()
    root.destroy()


def _window(table: EventTable) -> tkinter.Misc:
    return table.winfo_toplevel()


def test_new_events_come_on_top(table: EventTable, grid: MadeUpGrid) -> None:
    """Newest first, put in by the batch."""
    events = [grid.happen() for _ in range(30)]
    for record in events:
        table.add_live(record)
    wait_until(lambda: len(table.records) == 30, window=_window(table))
    assert table.records == events[::-1]
    assert table.oldest_sequence == events[0].sequence


def test_f11_the_mark_of_clocks_that_differ_has_room(table: EventTable, grid: MadeUpGrid) -> None:
    """F11: it stands behind the seconds, where a column that is too narrow cuts it off."""
    table.show([replace(grid.happen(), clock_skew=True)])
    (iid,) = table.table.get_children()
    time_shown = table.table.cells(iid)[0]
    assert time_shown.endswith(" !")
    beside = 8  # Tk's own, on both sides of a cell
    for text in (time_shown, "2025-12-28 22:38 !"):  # of another year
        text_px = font.nametofont("TkDefaultFont", root=table).measure(text)
        assert text_px + beside <= table.table.column("c0", "width")


def test_the_same_event_is_shown_once(table: EventTable, grid: MadeUpGrid) -> None:
    """An event that the page had already and that is then posted is one row."""
    record, later = grid.happen(), grid.happen()
    table.show([record])
    table.add_live(record)
    table.add_live(later)
    wait_until(lambda: len(table.records) == 2, window=_window(table))


def test_rows_are_capped(table: EventTable, grid: MadeUpGrid) -> None:
    """At most 1,000 rows, the newest of them, also after more than that at once."""
    events = [grid.happen() for _ in range(MOST_ROWS + 300)]
    table.show(events[:600][::-1])
    for record in events[600:]:
        table.add_live(record)
    wait_until(lambda: table.records[0] is events[-1], window=_window(table))
    assert len(table.records) == MOST_ROWS
    more = [grid.happen() for _ in range(MOST_ROWS + 50)]
    for record in more:
        table.add_live(record)
    wait_until(lambda: table.records[0] is more[-1], window=_window(table))
    assert len(table.records) == MOST_ROWS


def test_older_rows_make_the_newest_go(table: EventTable, grid: MadeUpGrid) -> None:
    """Paging into the past beyond the cap says that the newest rows are gone."""
    events = [grid.happen() for _ in range(1_400)]
    table.show(events[600:][::-1])
    assert table.add_older(events[400:600][::-1]) is False
    assert table.add_older(events[200:400][::-1]) is True
    assert len(table.records) == MOST_ROWS
    assert table.records[-1] is events[200]


def test_scrolled_rows_stay_and_new_ones_wait(table: EventTable, grid: MadeUpGrid) -> None:
    """While somebody reads further down, nothing moves; back at the top it catches up."""
    waiting: list[int] = []
    table._waiting_changed = waiting.append
    table.show([grid.happen() for _ in range(200)][::-1])
    _window(table).update()
    table.table.yview_moveto(0.5)
    _window(table).update()
    for _ in range(3):
        table.add_live(grid.happen())
    wait_until(lambda: waiting[-1:] == [3], window=_window(table))
    assert len(table.records) == 200
    table.table.yview_moveto(0)
    wait_until(lambda: len(table.records) == 203, window=_window(table))
    assert waiting[-1] == 0


def test_what_waits_survives_a_page_of_the_database(table: EventTable, grid: MadeUpGrid) -> None:
    """An event stored after the question and before its answer is not lost."""
    first, second = grid.happen(), grid.happen()
    table.add_live(second)
    table.show([first])
    wait_until(lambda: table.records == [second, first], window=_window(table))


@pytest.mark.parametrize("how", ["<Return>", "<Double-1>"])
def test_why_by_key_and_by_mouse(
    table: EventTable, grid: MadeUpGrid, asked: list[EventRecord], how: str
) -> None:
    """Return and a double click ask about the chosen row."""
    record = grid.happen()
    table.show([record])
    table.table.selection_set((key_of(record),))
    _window(table).update()
    table.table.focus_force()
    _window(table).update()
    if how == "<Return>":
        table.table.event_generate(how)
    else:
        for _ in range(2):
            table.table.event_generate("<ButtonPress-1>", x=20, y=30)
            table.table.event_generate("<ButtonRelease-1>", x=20, y=30)
    _window(table).update()
    assert asked == [record]


def test_what_is_shown_alone_stays_alone(table: EventTable, grid: MadeUpGrid) -> None:
    """What waited is forgotten, newer or not."""
    older, newer = grid.happen(), grid.happen()
    table.following = False
    table.add_live(newer)
    table.show_alone([older])
    table.following = True
    table.catch_up()
    assert table.records == [older]


def test_two_rows_of_one_id_are_two_rows(table: EventTable, grid: MadeUpGrid) -> None:
    """Who changed one cannot have it hidden behind another."""
    one, other = grid.happen(), grid.happen()
    twin = replace(other, event_id=one.event_id, changed=True)
    table.show([twin, one])
    assert table.records == [twin, one]
