"""Tests of the pairing code on the screen."""

import time
from dataclasses import replace

import pytest

from protocol.sign_in import WhoEnrols
from server.events import PairingWindow
from server.pairing import WRONG_CODES
from server.ui import pairing_code_view
from server.ui.made_up_pairing import CODE
from server.ui.pairing_code_view import PairingCodeView, lines_of
from server.ui.window import ServerWindow

OPEN = PairingWindow(CODE, "192.168.1.20:5050", time.time_ns() // 1_000_000 + 600_000)


def test_the_code_is_in_groups_in_lines_that_are_read_aloud() -> None:
    """Eight groups, four a line; nothing of the code is lost."""
    assert [line.count("-") for line in lines_of(CODE)] == [3, 3]
    assert "-".join(lines_of(CODE)) == CODE


def test_tries_are_counted_as_the_service_counts_them(window: ServerWindow) -> None:
    """What is said of the tries left is true."""
    assert pairing_code_view.TRIES == WRONG_CODES
    view = PairingCodeView(window.root, OPEN, who_enrols=WhoEnrols.NOBODY)
    view.show(replace(OPEN, wrong=WRONG_CODES - 1), "A wrong code came.")
    assert str(view.told.cget("text")).strip() == "A wrong code came. 1 try is left."
    view.show(replace(OPEN, wrong=2), "")
    assert "3 tries are left" in str(view.told.cget("text"))


def test_the_time_runs_and_ends(window: ServerWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes and seconds; at the end it says so."""
    view = PairingCodeView(window.root, OPEN, who_enrols=WhoEnrols.ANYBODY)
    now = [OPEN.expires_at_ms - 61_000]
    monkeypatch.setattr(pairing_code_view, "now_ms", lambda: now[0])
    assert view.tick()
    assert "Valid for 1:01" in str(view.left.cget("text"))
    now[0] = OPEN.expires_at_ms
    assert not view.tick()
    assert "over" in str(view.left.cget("text"))
