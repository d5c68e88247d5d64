"""A server's window on a made-up grid, for the tests of its pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from server.settings import ServerSettings
from server.ui.made_up import MadeUpGrid
from server.ui.window import ServerWindow
from tests.support import wait_until


def made_up(window: ServerWindow) -> MadeUpGrid:
    """The window's grid."""
    return cast("MadeUpGrid", window.desk.grid)


def open_on(*, full: bool) -> ServerWindow:
    """A light window whose made-up grid runs and whose first page has been filled."""
    settings = ServerSettings()
    window = ServerWindow(settings, data_folder=Path("data"))
    window.take_grid(MadeUpGrid(settings, window.mailbox.post, full=full))
    wait_until(lambda: window.presenter.address, window=window.root)
    wait_until(lambda: window.presenter.people is not None, window=window.root)
    if full:
        wait_until(window.dashboard.events.table.get_children, window=window.root)
    return window


@pytest.fixture
def window(screen: str, tk_errors: list[BaseException]) -> Iterator[ServerWindow]:
    """A window with people, checkpoints and an hour of events."""
    opened = open_on(full=True)
    yield opened
    opened.destroy()


@pytest.fixture
def empty_window(screen: str, tk_errors: list[BaseException]) -> Iterator[ServerWindow]:
    """A window as on the first day."""
    opened = open_on(full=False)
    yield opened
    opened.destroy()
