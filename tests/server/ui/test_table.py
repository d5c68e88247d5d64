"""Tests of the table: every text literally, tones in both themes, rows kept in place."""

import tkinter
from collections.abc import Iterator

import pytest

from desktop.ui import theme
from desktop.ui.palette import DARK, LIGHT, TONES
from server.ui.table import Column, Table

HOSTILE = (
    "[exit]",
    "{",
    "}",
    "{}",
    "a {b",
    "$x",
    "$::env(HOME)",
    "a\\",
    "\\",
    '"',
    '"a b',
    "%s",
    "; destroy .",
    "#",
    "-values",
    " leading",
    "007",
    "1e5",
    "",
    "#{[}",
)


@pytest.fixture
def root(screen: str, tk_errors: list[BaseException]) -> Iterator[tkinter.Tk]:
    """A light window."""
    opened = theme.open_window(title="T", size=(500, 300), minsize=(300, 200), theme="light")
    yield opened
    opened.update_idletasks()
    opened.destroy()


@pytest.fixture
def table(root: tkinter.Tk) -> Table:
    """A table of two columns."""
    made = Table(root, (Column("A", 100), Column("B", 100, stretch=True)))
    made.pack(fill="both", expand=True)
    return made


@pytest.mark.parametrize("text", HOSTILE)
def test_b16_tcl_specials_are_shown_literally(table: Table, text: str) -> None:
    """B16: whatever a name has in it, the cell holds exactly that, put in or changed."""
    table.put("one", (text, "second"))
    assert table.cells("one") == (text, "second")
    table.change("one", ("first", text))
    assert table.cells("one") == ("first", text)
    table.update()


def test_tones_follow_the_theme(table: Table, root: tkinter.Tk) -> None:
    """The colours of rows are applied again on a switch, since tags do not follow by themselves."""
    for colours in (LIGHT, DARK):
        theme.switch(root, colours.name)
        for tone in TONES:
            assert str(table.tag_configure(tone, "foreground")) == colours.as_text(tone)


def test_replacing_keeps_the_selection(table: Table) -> None:
    """The chosen row stays chosen when it is still there."""
    rows = [(str(number), (str(number), "x"), "plain") for number in range(50)]
    table.replace(rows)
    table.selection_set("7")
    table.replace(rows[5:])
    assert table.chosen == "7"
    table.replace(rows[20:])
    assert table.chosen is None
    table.clear()
    assert table.get_children() == ()


def test_the_keyboard_gets_a_row_to_start_from(table: Table, root: tkinter.Tk) -> None:
    """Coming in with Tab chooses the first row."""
    table.put("one", ("1", "2"))
    root.update()
    table.focus_force()
    root.update()
    assert table.chosen == "one"
