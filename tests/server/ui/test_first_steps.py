"""Tests of the three first steps."""

from desktop.ui import theme
from desktop.ui.palette import DARK
from server.ui.window import ServerWindow
from tests.support import wait_until


def test_adding_people_is_the_first_step(empty_window: ServerWindow) -> None:
    """The first button opens the dialog for photos, and the badges follow the theme."""
    window = empty_window
    steps = window.dashboard.first_steps
    steps.buttons[0].invoke()
    assert window.page == "People"
    assert window.people.photos is not None
    theme.switch(window.root, "dark")
    assert str(steps._badges[0].cget("background")) == DARK.surface


def test_the_command_names_the_port_that_is_not_the_usual(empty_window: ServerWindow) -> None:
    """The text and what is copied connect to where the server listens now."""
    window = empty_window
    steps = window.dashboard.first_steps
    assert "python3 run.py client\nIt" in str(steps._texts[1].cget("text"))
    window.desk.grid.start(port=5063)  # type: ignore[union-attr]
    wait_until(lambda: window.presenter.address.endswith(":5063"), window=window.root)
    window.dashboard.refresh()
    command = "python3 run.py client --server 127.0.0.1:5063"
    assert command in str(steps._texts[1].cget("text"))
    steps.buttons[1].invoke()
    assert window.root.clipboard_get() == command
