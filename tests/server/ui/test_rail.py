"""Tests of the rail."""

import pytest

from server.events import GridState, ServerStateChanged
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


@pytest.mark.parametrize("key", ["<Return>", "<space>"])
def test_pages_by_keyboard(window: ServerWindow, key: str) -> None:
    """An entry that has the keyboard is pressed with Return and with the space bar."""
    item = window.rail.items["People"]
    item.focus_force()
    window.root.update()
    item.event_generate(key)
    window.root.update()
    assert window.page == "People"


def test_neither_start_nor_stop_while_it_starts(window: ServerWindow) -> None:
    """The button is grey while starting, and the address is not claimed."""
    made_up(window).show(ServerStateChanged(GridState.STARTING, "Opening."))
    wait_until(lambda: window.rail.power.instate(["disabled"]), window=window.root)
    assert "not listening" in str(window.rail.address.cget("text"))
