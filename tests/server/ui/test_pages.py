"""Tests that the pages are those of the rail."""

from server.ui import rail
from server.ui.window import ServerWindow


def test_every_entry_of_the_rail_has_its_page(window: ServerWindow) -> None:
    """Names and order are the same, and pages of later versions are not there."""
    assert list(window.pages) == [name for name, _ in rail.PAGES]
    assert not {"Evaluation", "Drift", "Audit", "Unknown review"} & set(window.pages)
