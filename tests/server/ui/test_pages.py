"""Tests that the pages are those of the rail."""

from server.events import EvaluationProgress, Fault
from server.ui import rail
from server.ui.window import ServerWindow


def test_every_entry_of_the_rail_has_its_page(window: ServerWindow) -> None:
    """Names and order are the same, and pages of later versions are not there."""
    assert list(window.pages) == [name for name, _ in rail.PAGES]
    assert not {"Drift", "Unknown review"} & set(window.pages)


def test_events_of_one_page_go_to_it(window: ServerWindow) -> None:
    """What no page takes is the window's."""
    pages = window.made
    assert pages is not None
    assert pages.take(EvaluationProgress("fitting the limits", 1, 2))
    assert "Fitting" in window.evaluation.step.cget("text")
    assert not pages.take(Fault("Something."))
