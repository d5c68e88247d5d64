"""Strangers of the made-up grid."""

from server.ui.made_up_strangers import MadeUpStrangers


def test_forgotten_once() -> None:
    """The sentence follows."""
    grid = MadeUpStrangers()
    assert "843" in grid.strangers_known
    assert grid.forget_strangers().result(timeout=0) == 843
    assert grid.forget_strangers().result(timeout=0) == 0
    assert grid.strangers_known == "No strangers known yet."
