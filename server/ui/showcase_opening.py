"""The window's states while the data are being opened, for pictures and tests."""

from collections.abc import Callable
from typing import cast

from database.log_state import UpgradeProgress
from server.events import GridState, ServerStateChanged
from server.ui.made_up import MadeUpGrid
from server.ui.window import ServerWindow


def _starting(window: ServerWindow) -> None:
    grid = cast("MadeUpGrid", window.grid)
    grid.ready = False
    grid.show(ServerStateChanged(GridState.STARTING, "Loading the people and the history."))


def _upgrading(window: ServerWindow) -> None:
    window.lock()  # nobody has signed in yet
    _starting(window)
    window.mailbox.post(UpgradeProgress("Every event gets its proof", 620_000, 1_000_000))


def _writing(window: ServerWindow) -> None:
    _starting(window)
    window.mailbox.post(UpgradeProgress("What was changed is written to the disk"))


STATES: dict[str, Callable[[ServerWindow], None]] = {
    "starting": _starting,
    "upgrading": _upgrading,
    "upgrade-written": _writing,
}
