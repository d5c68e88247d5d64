"""Tests of the answer to "Why?"."""

from pathlib import Path

from msgspec.structs import replace

from database.records import OUTCOMES
from server.ui.why_dialog import WhyDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up


def test_every_outcome_is_explained(window: ServerWindow) -> None:
    """Each has a sentence and facts; distances are there only where a search was made."""
    for outcome in OUTCOMES:
        record = made_up(window).event(1_795_000_000_000, outcome)
        dialog = WhyDialog(window.root, record, data_folder=window.desk.data_folder)
        dialog.present(dialog.close_button)
        dialog.update()
        assert dialog.sentence.cget("text"), outcome
        assert ("Nearest" in dialog.facts) == (record.nearest_distance is not None), outcome
        assert dialog.winfo_height() < window.root.winfo_height(), outcome
        dialog.cancel()


def test_an_entry_that_somebody_changed_says_so(window: ServerWindow) -> None:
    """Before everything else, and what it says now is not taken for the result."""
    record = made_up(window).event(1_795_000_000_000, "identified")
    for changed in (False, True):
        dialog = WhyDialog(
            window.root, replace(record, changed=changed), data_folder=Path("/srv/my grid")
        )
        dialog.present(dialog.close_button)
        dialog.update()
        assert (dialog.changed is not None) == changed
        assert ("Says now" in dialog.facts) == changed
        if dialog.changed is not None:
            assert "changed outside of the program" in dialog.changed.cget("text")
            assert "audit verify --data '/srv/my grid'" in dialog.changed.cget("text")
            assert dialog.facts["Says now"].cget("text") == "Identified"
            assert dialog.changed.winfo_y() < dialog.sentence.winfo_y()
        dialog.cancel()


def test_the_longest_answer_is_on_a_small_screen(window: ServerWindow) -> None:
    """With everything that can be said of the limit and of clocks, on a screen 640 high."""
    record = made_up(window).event(1_795_000_000_000, "identified")
    grounds = {"lowered": 0.01, "target_per_1000": 3.0, "people": 9.0, "largest_limit": 0.3}
    longest = replace(record, grounds=grounds, reason="word " * 70)
    # Of a changed one the grounds are not read, and there is a sentence more.
    for each in (longest, replace(longest, grounds={}, quality={}, changed=True)):
        dialog = WhyDialog(window.root, each, data_folder=window.desk.data_folder)
        dialog.present(dialog.close_button)
        dialog.update()
        assert ({"Crowd", "Target"} <= set(dialog.facts)) != each.changed
        assert dialog.winfo_reqheight() <= 620
        dialog.cancel()
