"""Tests of the pairing code on the screen."""

import time
from dataclasses import replace

import pytest

from protocol.sign_in import WhoEnrols
from server.events import PairingWindow
from server.pairing import WRONG_CODES, wrong_words
from server.ui import pairing_code_view
from server.ui.made_up_pairing import CODE
from server.ui.pairing_code_view import PairingCodeView, lines_of
from server.ui.window import ServerWindow

OPEN = PairingWindow(CODE, "192.168.1.20:5050", time.time_ns() // 1_000_000 + 600_000)


def test_the_code_is_in_groups_in_lines_that_are_read_aloud() -> None:
    """Eight groups, four a line; nothing of the code is lost."""
    assert [line.count("-") for line in lines_of(CODE)] == [3, 3]
    assert "-".join(lines_of(CODE)) == CODE


def test_a_wrong_code_is_told_in_the_services_words(window: ServerWindow) -> None:
    """Where from, and what that means; not before there was one."""
    view = PairingCodeView(window.root, OPEN, who_enrols=WhoEnrols.NOBODY)
    view.show(OPEN, "A code is shown.")
    assert str(view.told.cget("text")).strip() == "Waiting for the checkpoint…"
    for count in (1, WRONG_CODES):
        view.show(replace(OPEN, wrong=count), wrong_words("10.0.0.7", count))
        assert str(view.told.cget("text")).strip() == wrong_words("10.0.0.7", count)


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
