"""The list of the last results."""

import time

import pytest
import ttkbootstrap

from client.ui.results import ResultList, clock
from client.view_model import ResultRow
from desktop.ui import theme
from desktop.ui.palette import PALETTES


def _row(
    number: int, who: str = "Ada", result: str = "Identified", tone: str = "good"
) -> ResultRow:
    return ResultRow(
        f"e{number}",
        1_000_000 + number,
        who,
        result,
        "250 ms",
        tone,
        "check-circle-fill",  # type: ignore[arg-type]
    )


@pytest.fixture
def results(root: ttkbootstrap.App) -> ResultList:
    """A list half as wide as the window."""
    made = ResultList(root)
    made.place(x=0, y=0, width=560, height=320)
    root.update()
    return made


def _names(results: ResultList) -> list[str]:
    return [results.table.item(i, "values")[0] for i in results.table.get_children()]


def test_empty_list_says_what_will_be_here(results: ResultList) -> None:
    """An empty white box explains nothing."""
    assert results._empty.winfo_manager() == "place"
    results.show((_row(1),))
    assert results._empty.winfo_manager() == ""


def test_newest_is_on_top_and_the_oldest_goes(results: ResultList) -> None:
    """New lines are added above, without writing the others anew."""
    results.show((_row(2, "B"), _row(1, "A")))
    kept = results.table.get_children()[0]
    results.show((_row(3, "C"), _row(2, "B")))
    assert _names(results) == ["C", "B"]
    assert results.table.get_children()[1] == kept


def test_a_changed_line_is_rewritten(results: ResultList) -> None:
    """The late answer to a kept event."""
    results.show((_row(2, "B"), _row(1, "–", "Server unreachable", "warn")))
    results.show((_row(2, "B"), _row(1, "Ada", "Server unreachable", "warn")))
    assert _names(results) == ["B", "Ada"]


def test_rows_have_an_icon_and_a_word_in_both_themes(
    root: ttkbootstrap.App, results: ResultList
) -> None:
    """Tags and icons follow a theme switch."""
    results.show((_row(1, "–", "Not enrolled", "bad"),))
    (item,) = results.table.get_children()
    before = results.table.item(item, "image")
    theme.switch(root, "dark")
    root.update()
    assert results.table.item(item, "values")[1] == "Not enrolled"
    assert results.table.item(item, "image") != before
    assert str(results.table.tag_configure("bad", "foreground")) == PALETTES["dark"].bad_text


def test_a_long_name_ends_with_an_ellipsis(results: ResultList) -> None:
    """It is not cut through a letter."""
    results.show((_row(1, "Maria Magdalena Theresia von Hohenberg-Schwarzenstein"),))
    assert _names(results)[0].endswith("…")


def test_names_with_tcl_characters_are_shown_literally(results: ResultList) -> None:
    """B16: braces, brackets and dollars mean nothing here."""
    name = "[exit] {$x} \\ ;"
    results.show((_row(1, name),))
    assert _names(results) == [name]


def test_scroll_bar_is_there_when_needed_only(root: ttkbootstrap.App, results: ResultList) -> None:
    """Three lines need none, fifty do."""
    results.show(tuple(_row(n) for n in range(3)))
    root.update()
    assert not results._bar.winfo_ismapped()
    results.show(tuple(_row(n) for n in range(50)))
    root.update()
    assert results._bar.winfo_ismapped()


@pytest.mark.parametrize(("width", "columns"), [(560, 3), (420, 2)])
def test_a_narrow_list_leaves_the_details_away(
    root: ttkbootstrap.App, results: ResultList, width: int, columns: int
) -> None:
    """Rather than cutting them through a letter."""
    results.place(x=0, y=0, width=width, height=320)
    root.update()
    assert len(results.table.cget("displaycolumns")) == columns


def test_clock_is_local_time() -> None:
    """Milliseconds since the epoch become the time on the wall."""
    now_ms = 1_795_335_160_000
    assert clock(now_ms) == time.strftime("%H:%M:%S", time.localtime(now_ms / 1000))
