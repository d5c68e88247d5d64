"""What is asked before something ends: nothing happens without a yes."""

from collections.abc import Callable

import pytest

from database.log_state import UpgradeProgress
from server.events import GridState, ServerStateChanged
from server.ui.questions import may_break_off, may_lose_draft
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
