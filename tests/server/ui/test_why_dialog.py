"""Tests of the answer to "Why?"."""

from dataclasses import replace

from database.records import OUTCOMES
from server.ui.why_dialog import WhyDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up


def test_every_outcome_is_explained(window: ServerWindow) -> None:
    """Each has a sentence and facts; distances are there only where a search was made."""
    for outcome in OUTCOMES:
        record = made_up(window).event(1_795_000_000_000, outcome)
        dialog = WhyDialog(window.root, record)
        dialog.present(dialog.close_button)
        dialog.update()
        assert dialog.sentence.cget("text"), outcome
        assert ("Nearest" in dialog.facts) == (record.nearest_distance is not None), outcome
        assert dialog.winfo_height() < window.root.winfo_height(), outcome
        dialog.cancel()


def test_the_longest_answer_is_on_a_small_screen(window: ServerWindow) -> None:
    """With everything that can be said of the limit and of clocks, on a screen 640 high."""
    record = made_up(window).event(1_795_000_000_000, "identified")
    grounds = {"lowered": 0.01, "target_per_1000": 3.0, "people": 9.0, "largest_limit": 0.3}
    dialog = WhyDialog(window.root, replace(record, grounds=grounds, reason="word " * 70))
    dialog.present(dialog.close_button)
    dialog.update()
    assert {"Crowd", "Target"} <= set(dialog.facts)
    assert dialog.winfo_reqheight() <= 620
    dialog.cancel()
