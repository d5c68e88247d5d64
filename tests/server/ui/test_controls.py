"""Tests of the small controls."""

import tkinter
from collections.abc import Iterator
from tkinter import ttk

import pytest

from desktop.ui import theme
from desktop.ui.palette import DARK, LIGHT
from server.ui.controls import Choice, ScrollBar, SearchField, enable, quiet_button, switch
from tests.support import wait_until


@pytest.fixture
def root(screen: str, tk_errors: list[BaseException]) -> Iterator[tkinter.Tk]:
    """A light window."""
    opened = theme.open_window(title="T", size=(500, 200), minsize=(300, 100), theme="light")
    yield opened
    opened.update_idletasks()
    opened.destroy()


def test_search_tells_after_a_pause_and_once(root: tkinter.Tk) -> None:
    """Quick typing is one search; the hint is there only while the field is empty."""
    told: list[str] = []
    field = SearchField(root, hint="Search", changed=told.append)
    field.pack()
    root.update()
    field.entry.focus_force()
    root.update()
    assert field._hint.winfo_ismapped()
    for letter in "ada":
        field.entry.event_generate("<KeyPress>", keysym=letter)
        field.entry.event_generate("<KeyRelease>", keysym=letter)
    wait_until(lambda: told == ["ada"], window=root)
    assert not field._hint.winfo_ismapped()
    field.entry.event_generate("<Escape>")
    root.update()
    assert told == ["ada", ""]


def test_choice_keeps_its_value_when_offered_anew(root: tkinter.Tk) -> None:
    """New options keep the chosen value; one that is gone falls back to the first."""
    choice = Choice(root, [("All", None), ("A", 1), ("B", 2)], changed=lambda: None)
    choice.choose(2)
    choice.offer([("All", None), ("B again", 2)])
    assert choice.value == 2
    choice.offer([("All", None)])
    assert choice.value is None


def test_words_of_a_choice_are_literal(root: tkinter.Tk) -> None:
    """B16: Tcl's signs in a word are shown."""
    choice = Choice(root, [("[exit] {$x\\", 1)], changed=lambda: None)
    assert choice.widget.get() == "[exit] {$x\\"


def test_switch_and_quiet_button_stand_on_the_surface(root: tkinter.Tk) -> None:
    """Their ground is that of the card, in both themes."""
    on = tkinter.BooleanVar(root, value=False)
    made = switch(root, text="Follow", on=on, on_card=True)
    quiet = quiet_button(root, text="Clear", command=lambda: None, icon_name="x-lg")
    made.pack()
    quiet.pack()
    style = ttk.Style(root)
    for colours in (DARK, LIGHT):
        theme.switch(root, colours.name)
        root.update()
        for widget in (made, quiet):
            assert style.lookup(str(widget.cget("style")), "background") == colours.surface
    made.invoke()
    assert on.get() is True
    enable(made, on=False)
    assert made.instate(["disabled"])


def test_a_scroll_bar_is_seen_only_when_there_is_something_to_scroll(root: tkinter.Tk) -> None:
    """It comes with the rows and goes with them; the columns stay where they are."""
    frame = ttk.Frame(root)
    frame.pack(fill="both", expand=True)
    tree = ttk.Treeview(frame, height=3)
    bar = ScrollBar(frame, tree)
    tree.configure(yscrollcommand=bar.set)
    root.update()
    width = tree.winfo_width()
    assert not bar.shown
    rows = [tree.insert("", "end", text=str(number)) for number in range(200)]
    wait_until(lambda: bar.shown, window=root)
    root.update()
    assert tree.winfo_width() == width
    tree.delete(*rows)
    wait_until(lambda: not bar.shown, window=root)
