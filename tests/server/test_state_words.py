"""Every state of the server has its words, and every button somewhere to lead."""

import pytest

from server.events import GridState
from server.state_words import OFFERS, STATES, Action


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
