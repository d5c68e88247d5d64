"""A server's window on a made-up grid, for the tests of its pages."""

import math
import time
import tkinter
from collections.abc import Iterator
from typing import cast

import pytest

from desktop.ui import theme
from desktop.ui.widgets import Confirmation
from server.data_folder import DataFolder
from server.permissions import Action, Role
from server.settings import ServerSettings
from server.ui.made_up import MadeUpGrid
from server.ui.made_up_books import MADE_UP_PASSWORD
from server.ui.window import ServerWindow
from tests.support import QUICK_MS, wait_until


def made_up(window: ServerWindow) -> MadeUpGrid:
    """The window's grid."""
    return cast("MadeUpGrid", window.grid)


def open_on(*, full: bool, role: Role = Role.ADMINISTRATOR, quick: bool = True) -> ServerWindow:
    """A light window whose made-up grid runs, given to a role, its first page filled.

    `quick` has it look for news more often than it needs to; nobody waits for it so often as tests.
    """
    settings = ServerSettings()
    window = ServerWindow(settings, data_folder=DataFolder.default().root)
    if quick:
        window.pump._period_ms = QUICK_MS
    grid = MadeUpGrid(settings, window.mailbox.post, full=full)
    window.take_grid(grid)
    wait_until(lambda: window.presenter.address, window=window.root)
    window.sign_in(grid.sign_in(role))
    wait_until(lambda: window.presenter.people is not None, window=window.root)
    if full and window.desk.may(Action.VIEW_HISTORY):
        wait_until(window.dashboard.events.table.get_children, window=window.root)
    return window


def answered(window: ServerWindow, *, yes: bool) -> list[str]:
    """Answers the next question when it comes; what it asked."""
    asked: list[str] = []

    def answer() -> None:
        found = [one for one in window.root.winfo_children() if isinstance(one, Confirmation)]
        if not found:
            window.root.after(10, answer)
            return
        asked.append(found[0].title())
        asked.extend(words(found[0]))
        (found[0].agree if yes else found[0].decline).invoke()

    window.root.after(10, answer)
    return asked


def words(widget: tkinter.Misc) -> list[str]:
    """Every sentence of a dialog."""
    own = [str(widget.cget("text"))] if widget.winfo_class() == "TLabel" else []
    return [word for word in own if word] + [
        word for child in widget.winfo_children() for word in words(child)
    ]


def set_first_password(window: ServerWindow) -> None:
    """What an administrator does at the first start of a real server."""
    page = window.sign_in_page
    wait_until(lambda: page.ready and page.first_start, window=window.root, timeout_s=20)
    page.passwords.first.insert(0, MADE_UP_PASSWORD)
    page.passwords.again.insert(0, MADE_UP_PASSWORD)
    page.button.invoke()
    wait_until(lambda: window.signed_in, window=window.root)


@pytest.fixture(scope="session", autouse=True)
def _one_hour_for_several_windows() -> Iterator[None]:
    """The hour of events that a made-up grid begins with is made anew when it is 5 s old."""
    make = MadeUpGrid._fill
    made_s, rows, dice = -math.inf, (), ()

    def fill(grid: MadeUpGrid) -> None:
        nonlocal made_s, rows, dice
        if time.monotonic() - made_s < 5:
            grid.history.rows.extend(rows)
            grid._random.setstate(dice)
            return
        make(grid)
        made_s, rows, dice = time.monotonic(), tuple(grid.history.rows), grid._random.getstate()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MadeUpGrid, "_fill", fill)
        yield


@pytest.fixture
def window(screen: str, tk_errors: list[BaseException]) -> Iterator[ServerWindow]:
    """A window with people, checkpoints and an hour of events."""
    opened = open_on(full=True)
    yield opened
    opened.destroy()


@pytest.fixture(scope="module")
def surface(screen: str) -> Iterator[tkinter.Misc]:
    """A light window with nothing in it, for the parts that stand in one."""
    root = theme.open_window(title="T", size=(1280, 720), minsize=(300, 200), theme="light")
    root.update()
    yield root
    root.update_idletasks()
    root.destroy()


@pytest.fixture
def empty_window(screen: str, tk_errors: list[BaseException]) -> Iterator[ServerWindow]:
    """A window as on the first day."""
    opened = open_on(full=False)
    yield opened
    opened.destroy()
