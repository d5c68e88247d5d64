"""Tests of the pictures of pairing; that each can be shown, `test_showcase.py` asks."""

from server.ui import showcase
from server.ui.showcase_pairing import PAIRING


def test_they_are_in_the_showcase() -> None:
    """None is left out."""
    assert set(PAIRING) <= set(showcase.STATES)
