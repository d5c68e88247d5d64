"""Every state of the server has its words, and every button somewhere to lead."""

import pytest

from database.log_state import UpgradeProgress
from server.events import GridState, ServerStateChanged
from server.state_words import OFFERS, STATES, Action, reason_of, upgrading


@pytest.mark.parametrize("state", list(GridState))
def test_every_state_has_words(state: GridState) -> None:
    """A tone, a word, an icon, and a line but for the one that needs none."""
    tone, word, icon, line = STATES[state]
    assert tone in ("good", "bad", "warn", "info", "neutral")
    assert word
    assert icon
    assert bool(line) == (state is not GridState.RUNNING)


def test_buttons_that_show_something_lead_to_a_page() -> None:
    """And no other does."""
    pages = {action: action.page for action in Action if action.page}
    assert pages == {
        Action.SHOW_CHECKPOINTS: "Checkpoints",
        Action.SHOW_PEOPLE: "People",
        Action.SHOW_LOG: "Log",
        Action.SHOW_AUDIT: "Audit",
    }
    assert all(offer.word for offers in OFFERS.values() for offer in offers)


@pytest.mark.parametrize("backups", [0, 2])
@pytest.mark.parametrize("which", ["the latest", "a"])
def test_a_damaged_database_is_not_told_twice_what_to_do(backups: int, which: str) -> None:
    """The button restores: the sentence does not ask for it, still less without a backup."""
    sentence = f"h.db is damaged (row 7): set it aside and restore {which} backup."
    reason = reason_of(ServerStateChanged(GridState.DATABASE_DAMAGED, sentence, backups=backups))
    assert reason.startswith("h.db is damaged (row 7). ")
    assert "set it aside" not in reason


def test_stopped_says_what_still_works() -> None:
    """Under the big line stands more than the big line."""
    reason = reason_of(ServerStateChanged(GridState.STOPPED, "The server is stopped."))
    assert "history can be read" in reason


def test_an_upgrade_says_how_long_it_may_take_and_what_not_to_do() -> None:
    """With numbers where there are some."""
    words = upgrading(UpgradeProgress("A copy of it is made first"))
    assert words.startswith("A copy of it is made first. A long history takes a minute")
    assert "Do not switch the computer off" in words
    assert upgrading(UpgradeProgress("Done", 1, 2)).startswith("Done: 1 of 2. ")
