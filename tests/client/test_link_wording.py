"""The sentences about the server: each state has one, with the button that mends it."""

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from client import link_wording
from client.events import LinkState, LinkStatus
from client.view_model import Action
from client.wording import READY
from tests.client.test_presenter import ready

TROUBLE = [state for state in LinkState if state is not LinkState.CONNECTED]
BUTTONS = {
    LinkState.NOT_PAIRED: Action.PAIR,
    LinkState.REVOKED: Action.PAIR_AGAIN,
    LinkState.SERVER_CHANGED: Action.PAIR_AGAIN,
    LinkState.REFUSED: Action.OPEN_SETTINGS,
    LinkState.UNREACHABLE: Action.OPEN_SETTINGS,
    LinkState.CONNECTING: None,
}


def test_every_state_has_a_line_and_icons_that_exist() -> None:
    """A state is told by a word and an icon, never by its colour alone."""
    path = files("ttkbootstrap") / "assets" / "icons" / "glyphmap.json"
    icons = set(json.loads(path.read_text("utf-8")))
    banners = [link_wording.banner(LinkStatus(state), 4) for state in TROUBLE]
    for banner in banners:
        assert banner.headline
        assert banner.icon in icons, banner.icon
    for state in LinkState:
        assert link_wording.badge(LinkStatus(state), None).icon in icons
    assert len({banner.headline for banner in banners}) == len(TROUBLE)


@pytest.mark.parametrize("state", TROUBLE)
def test_each_trouble_has_the_button_that_mends_it(state: LinkState) -> None:
    """Pairing is mended by pairing, an address in the settings."""
    assert link_wording.banner(LinkStatus(state), None).action is BUTTONS[state]


@pytest.mark.parametrize("state", [LinkState.REVOKED, LinkState.SERVER_CHANGED])
def test_a_guard_is_told_to_call_the_administrator(state: LinkState) -> None:
    """Neither is anything that a guard mends; what waits is named, too."""
    reason = link_wording.banner(LinkStatus(state, kept=3), None).reason
    assert "all the administrator" in reason
    assert "3 events kept" in reason
    assert "code" in reason


@pytest.mark.parametrize("state", TROUBLE)
def test_a_line_without_a_verdict_says_what_the_banner_says(state: LinkState) -> None:
    """A checkpoint that is refused is not called "unreachable" in the list beside."""
    word = link_wording.no_answer(state, "Server unreachable")
    blocked = link_wording.blocked(state)
    assert (word == "Server unreachable") is not blocked


def test_unreachable_says_when_it_tries_again_and_what_is_kept() -> None:
    """The line of screens.md: "Retrying in 4 s · 3 events kept"."""
    banner = link_wording.banner(LinkStatus(LinkState.UNREACHABLE, kept=3), 4)
    assert banner.headline == "Server unreachable"
    assert banner.reason == "Retrying in 4 s · 3 events kept"
    assert banner.tone == "warn"
    assert banner.action is Action.OPEN_SETTINGS


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (0, "Retrying now"), (1, "Retrying in 1 s")]
)
def test_retrying(seconds: int | None, words: str) -> None:
    """No attempt, one that begins, one that comes."""
    assert link_wording.retrying(seconds) == words


def test_badge_names_server_and_milliseconds() -> None:
    """Connected · lobby-server · TLS · 3 ms."""
    status = LinkStatus(LinkState.CONNECTED, server_name="lobby-server", latency_ms=2.6)
    badge = link_wording.badge(status, None)
    assert (badge.word, badge.detail) == ("Connected", "lobby-server · TLS · 3 ms")


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "1 min ahead of"), (-61, "1 h 1 min behind"), (0, "")]
)
def test_f11_a_wrong_clock_is_said(minutes: int, words: str) -> None:
    """F11: by how much and which way, in the corner and where the guard reads what to do."""
    status = LinkStatus(LinkState.CONNECTED, clock_ahead_min=minutes)
    badge = link_wording.badge(status, None)
    assert (badge.word, badge.tone) == (
        ("Wrong clock", "warn") if minutes else ("Connected", "good")
    )
    presenter = ready()
    presenter.handle(status, 0.0)
    reason = presenter.view(1.0).banner.reason
    said = f"This computer's clock is {words} the server's. Set the one that is wrong."
    assert reason == (said if minutes else READY.reason)


@pytest.mark.parametrize("state", LinkState)
def test_nobody_is_enrolled_without_the_server(state: LinkState) -> None:
    """It is said before anybody gives their name for nothing."""
    status = LinkStatus(state)
    assert bool(link_wording.no_enrolment(status)) is (state is not LinkState.CONNECTED)
    nobody = replace(status, who_enrols="nobody")
    assert link_wording.no_enrolment(nobody)
    assert not link_wording.no_enrolment(LinkStatus(LinkState.CONNECTED, who_enrols="signed_in"))
