"""Content that may be higher than its room."""

import tkinter
from collections.abc import Iterator
from functools import partial
from tkinter import ttk

import pytest
import ttkbootstrap

from desktop.ui import theme
from desktop.ui.scroll_area import ScrollArea
from tests.support import tab_stops, wait_until


@pytest.fixture
def window(screen: str, tk_errors: list[BaseException]) -> Iterator[ttkbootstrap.App]:
    """A small window."""
    root = theme.open_window(title="Test", size=(400, 300), minsize=(200, 100), theme="light")
    root.update()
    yield root
    root.update_idletasks()
    root.destroy()


def _in_sight(area: ScrollArea, widget: tkinter.Misc) -> bool:
    top, bottom = area.outer.winfo_rooty(), area.outer.winfo_rooty() + area.outer.winfo_height()
    return top <= widget.winfo_rooty() and widget.winfo_rooty() + widget.winfo_height() <= bottom


def test_it_scrolls_when_it_must_and_fills_the_room_when_not(window: ttkbootstrap.App) -> None:
    """The bar comes and goes; the keyboard is always in sight; the wheel chooses nothing."""
    area = ScrollArea(window)
    area.outer.pack(fill="both", expand=True)
    fields = [ttk.Entry(area.body) for _ in range(20)]
    box = ttk.Combobox(area.body, values=("one", "two", "three"), state="readonly")
    box.current(1)
    for field in fields:
        field.pack(fill="x", pady=4)
    box.pack(fill="x")
    window.update()
    assert area.scrolls
    assert not _in_sight(area, box)
    for field in (box, fields[0], fields[-1]):
        field.focus_force()
        wait_until(partial(_in_sight, area, field), window=window)
    wait_until(lambda: area.winfo_y() < 0, window=window)
    before = area.winfo_y()
    box.event_generate("<Button-4>")
    window.update()
    assert area.winfo_y() > before
    assert box.current() == 1
    for field in fields[2:]:
        field.pack_forget()
    wait_until(lambda: not area.scrolls, window=window)
    wait_until(lambda: area.body.winfo_width() == area.outer.winfo_width(), window=window)
    assert area.body.winfo_height() == area.outer.winfo_height()


def test_tab_goes_to_what_can_be_typed_into_and_not_to_words(window: ttkbootstrap.App) -> None:
    """Following the keyboard makes no stop of a label."""
    area = ScrollArea(window)
    area.outer.pack(fill="both", expand=True)
    fields: list[tkinter.Misc] = []
    for row in range(12):
        ttk.Label(area.body, text=f"Word {row}").pack()
        fields.append(ttk.Entry(area.body))
        fields[-1].pack(pady=4)
    window.update()
    assert [one for one in tab_stops(window) if one is not window] == fields
    fields[-1].focus_force()
    wait_until(partial(_in_sight, area, fields[-1]), window=window)
