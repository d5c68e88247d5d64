"""The big state line: what it shows, that it fits, and that its button works."""

from itertools import pairwise

import pytest
import ttkbootstrap

from client import wording
from client.ui.banner import StateLine, elided
from client.view_model import Action, Banner
from desktop.ui import theme
from desktop.ui.palette import PALETTES


@pytest.fixture
def line(root: ttkbootstrap.App) -> StateLine:
    """A banner as wide as the window."""
    made = StateLine(root, lambda _action: None)
    made.pack(fill="x")
    root.update()
    return made


def test_shows_line_reason_and_colour(root: ttkbootstrap.App, line: StateLine) -> None:
    """A full fill in the tone's colour, its text in the colour that goes with it."""
    line.show(wording.SEVERAL)
    root.update()
    colours = PALETTES["light"]
    assert line._line.cget("text") == wording.SEVERAL.headline
    assert line._reason.cget("text") == wording.SEVERAL.reason
    assert line._line.cget("background") == colours.warn
    assert line._line.cget("foreground") == colours.on_warn


def test_colours_follow_a_theme_switch(root: ttkbootstrap.App, line: StateLine) -> None:
    """Live, without being shown anew."""
    line.show(wording.SEVERAL)
    theme.switch(root, "dark")
    root.update()
    assert line._line.cget("background") == PALETTES["dark"].warn


def test_button_does_what_it_says(root: ttkbootstrap.App) -> None:
    """By mouse and by Return; without an action there is no button."""
    pressed: list[Action] = []
    line = StateLine(root, pressed.append)
    line.pack(fill="x")
    line.show(Banner("bad", "x-circle-fill", "No camera", "", Action.CHOOSE_CAMERA))
    root.update()
    assert line.button.winfo_ismapped()
    assert "Choose another camera" in line.button.cget("text")
    line.button.invoke()
    line.button.focus_force()
    root.update()
    line.button.event_generate("<Return>")
    assert pressed == [Action.CHOOSE_CAMERA, Action.CHOOSE_CAMERA]
    line.show(wording.READY)
    root.update()
    assert not line.button.winfo_ismapped()


def test_height_stays_the_same(root: ttkbootstrap.App, line: StateLine) -> None:
    """The picture below does not jump when the state changes."""
    heights = set()
    for banner in (wording.READY, wording.CHECKING, Banner("warn", "search", "A", "b\nc")):
        line.show(banner)
        root.update()
        heights.add(line.winfo_height())
    assert len(heights) == 1


def test_a_name_of_a_hundred_wide_letters_stays_inside(
    root: ttkbootstrap.App, line: StateLine
) -> None:
    """In a smaller type, then with an ellipsis; never beyond the edge."""
    line.show(Banner("good", "search", "Welcome, " + "W" * 100, "x", Action.ENROL))
    root.update()
    edge = line._line.winfo_rootx() + line._line.winfo_reqwidth()
    assert edge <= line.button.winfo_rootx()
    assert str(line._line.cget("text")).endswith("…")


@pytest.mark.parametrize("room", [0, 1, 5, 20, 100])
def test_elided_text_never_takes_more_than_its_room(room: int) -> None:
    """At one unit a letter; the ellipsis alone is the least there is."""
    text = elided("Katherine Johnson", room, len)
    assert len(text) <= max(1, room)
    assert text == "Katherine Johnson" or text.endswith("…")


def test_elided_grows_with_the_room() -> None:
    """More room never shows less."""
    lengths = [len(elided("Katherine Johnson", room, len)) for room in range(1, 20)]
    assert all(a <= b for a, b in pairwise(lengths))
