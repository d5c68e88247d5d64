"""What is asked before something ends: nothing happens without a yes."""

from collections.abc import Callable

import pytest

from database.log_state import UpgradeProgress
from server.events import GridState, ServerStateChanged
from server.settings import ServerSettings
from server.ui.questions import may_break_off, may_lose_draft, may_stop
from server.ui.window import ServerWindow
from tests.server.ui.conftest import answered, made_up
from tests.support import wait_until


@pytest.mark.parametrize("ask", [may_lose_draft, may_break_off])
def test_only_a_yes_is_one(window: ServerWindow, ask: Callable[..., bool]) -> None:
    """Each says what would be lost, or that nothing would."""
    for yes in (True, False):
        asked = answered(window, yes=yes)
        assert ask(window.root) is yes
        assert "los" in asked[2]


def test_closing_during_an_upgrade_asks(window: ServerWindow) -> None:
    """Also before anybody has signed in; once the history is ready nothing is asked."""
    window.lock()
    made_up(window).show(ServerStateChanged(GridState.STARTING, "Opening the data."))
    window.mailbox.post(UpgradeProgress("Every event gets its proof", 3, 10))
    wait_until(window.banner.bar.winfo_ismapped, window=window.root)
    assert "3 of 10" in window.banner.text
    assert str(window.sign_in_page.words.cget("text")) == "No checkpoint is served now."
    asked = answered(window, yes=False)
    window.ask_close()
    assert "begins anew" in asked[2]
    assert not window.presenter.closing
    made_up(window).show(ServerStateChanged(GridState.STOPPED, "The data are open."))
    wait_until(lambda: not window.banner.bar.winfo_ismapped(), window=window.root)
    window.ask_close()
    assert window.presenter.closing


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (ServerSettings(), "Nobody is identified there without the server."),
        (ServerSettings(offline_hours=4), "by their copies of the people, for 4 hours at most."),
        (ServerSettings(offline_hours=4, liveness="active"), "that is set needs the server."),
    ],
)
def test_stopping_says_how_many_are_connected_and_what_they_do_meanwhile(
    window: ServerWindow, settings: ServerSettings, said: str
) -> None:
    """Without any nothing is asked."""
    asked = answered(window, yes=False)
    assert not may_stop(window.root, 1, settings)
    assert asked[1] == "Stop the server? 1 checkpoint is connected."
    assert said in asked[2]
    assert "sent once the server is back" in asked[2]
    assert may_stop(window.root, 0, settings)


def test_stopping_and_closing_ask_while_checkpoints_are_connected(window: ServerWindow) -> None:
    """A no leaves all as it is; once nobody is connected it closes without a word."""
    grid = made_up(window)
    grid.asked.clear()
    for act in (window.rail.power.invoke, window.ask_close):
        asked = answered(window, yes=False)
        act()
        assert asked[1].endswith("the server? 3 checkpoints are connected.")
    assert grid.asked == []
    assert not window.presenter.closing
    grid.checkpoints.hang_up()
    assert window.desk.grid is not None
    window.read_checkpoints(window.desk.grid)
    window.ask_close()
    assert window.presenter.closing
