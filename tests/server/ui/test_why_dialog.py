"""Tests of the answer to "Why?"."""

import pytest

from database.records import OUTCOMES, Outcome
from server.ui.why_dialog import WhyDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_explained(window: ServerWindow, outcome: Outcome) -> None:
    """Each has a sentence and facts; distances are there only where a search was made."""
    record = made_up(window).event(1_795_000_000_000, outcome)
    dialog = WhyDialog(window.root, record)
    dialog.present(dialog.close_button)
    dialog.update()
    assert dialog.sentence.cget("text")
    assert ("Nearest" in dialog.facts) == (record.nearest_distance is not None)
    assert dialog.winfo_height() < window.root.winfo_height()
    dialog.cancel()
