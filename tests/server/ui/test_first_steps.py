"""Tests of the three first steps."""

from desktop.ui import theme
from desktop.ui.palette import DARK
from server.ui.window import ServerWindow


def test_adding_people_is_the_first_step(empty_window: ServerWindow) -> None:
    """The first button opens the dialog for photos, and the badges follow the theme."""
    window = empty_window
    steps = window.dashboard.first_steps
    steps.buttons[0].invoke()
    assert window.page == "People"
    assert window.people.photos is not None
    theme.switch(window.root, "dark")
    assert str(steps._badges[0].cget("background")) == DARK.surface
