"""Tests of the question whether the clock is right."""

import time

import pytest

from server.events import GridState, ServerStateChanged
from server.permissions import Action as Right
from server.retention import EvenClock
from server.state_words import Action
from server.ui import clock_question
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until

NOW_MS = time.time_ns() // 1_000_000


def test_the_banner_leads_to_a_question(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The careful answer has the keyboard and changes nothing; only who may is asked."""
    grid = made_up(window)
    grid.clock = EvenClock(lambda: NOW_MS, last_ms=0)
    assert not grid.clock.believed()
    grid.show(ServerStateChanged(GridState.CLOCK_DOUBTED, "It says 2031."))
    wait_until(lambda: "clock may be wrong" in window.banner.text, window=window.root)
    agrees, asked = False, list[str]()

    def answer(dialog: clock_question.Confirmation, first: object) -> None:
        assert first is dialog.decline
        asked.append(dialog.title())
        (dialog.agree if agrees else dialog.decline).invoke()

    monkeypatch.setattr(clock_question.Confirmation, "wait_for_answer", answer)
    with monkeypatch.context() as patch:
        patch.setattr(window.desk, "may", lambda right: right is not Right.CONFIRM_CLOCK)
        window.act(Action.CONFIRM_CLOCK)
        assert asked == []
    window.act(Action.CONFIRM_CLOCK)
    assert asked == ["Confirm the clock"]
    assert grid.clock.doubt is not None
    agrees = True
    window.act(Action.CONFIRM_CLOCK)
    wait_until(lambda: window.desk.toast.text == "The clock is believed.", window=window.root)
    assert grid.clock.doubt is None
