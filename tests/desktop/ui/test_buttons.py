"""Tests of the push buttons on a real window."""

from collections.abc import Iterator
from tkinter import ttk

import pytest
import ttkbootstrap

from desktop.ui import theme
from desktop.ui.buttons import button, set_icon
from desktop.ui.palette import DARK, LIGHT


@pytest.fixture
def window(screen: str, tk_errors: list[BaseException]) -> Iterator[ttkbootstrap.App]:
    """A light window."""
    root = theme.open_window(title="Test", size=(400, 200), minsize=(200, 100), theme="light")
    root.update()
    yield root
    root.update_idletasks()
    root.destroy()


@pytest.mark.parametrize("key", ["<space>", "<Return>"])
def test_a_button_is_pressed_from_the_keyboard(window: ttkbootstrap.App, key: str) -> None:
    """Space and Return press the button that has the keyboard, once."""
    pressed: list[int] = []
    made = button(window, text="Go", command=lambda: pressed.append(1), icon_name="play-fill")
    made.pack()
    window.update()
    made.focus_force()
    window.update()
    made.event_generate(key)
    window.update()
    assert pressed == [1]


def test_what_cannot_be_pressed_can_still_be_seen(window: ttkbootstrap.App) -> None:
    """The grey of a disabled button is the palette's own, in both themes."""
    made = button(window, text="Save", command=lambda: None)
    style = ttk.Style(window)
    for colours in (LIGHT, DARK):
        theme.switch(window, colours.name)
        window.update()
        name = str(made.cget("style"))
        assert style.lookup(name, "foreground", ["disabled"]) == colours.faint


def test_an_icon_can_be_changed(window: ttkbootstrap.App) -> None:
    """Another icon takes the place of the first; an unknown one is an error."""
    made = button(window, text="Start", command=lambda: None, icon_name="play")
    set_icon(made, "stop-circle")
    with pytest.raises(ValueError, match="no-such-icon"):
        set_icon(made, "no-such-icon")
