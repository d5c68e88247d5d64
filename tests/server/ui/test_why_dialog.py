"""Tests of the answer to "Why?"."""

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
