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


@pytest.mark.parametrize("height", [560, 660, 720])
def test_every_button_is_in_sight(window: ServerWindow, height: int) -> None:
    """On a screen of 640 the window has 560: the pages move together, no button is cut."""
    window.root.minsize(1040, 500)
    window.root.geometry(f"1180x{height}")
    wait_until(lambda: window.rail.winfo_height() <= height, window=window.root)
    window.root.update()
    last = window.rail.items["Audit"]
    foot = window.rail._foot
    assert foot.winfo_y() >= last.winfo_y() + last.winfo_height() + window.rail._list.winfo_y()
    assert foot.winfo_y() + foot.winfo_reqheight() <= window.rail.winfo_height()
