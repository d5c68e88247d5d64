"""The pictures of signing in; that each can be shown, `test_showcase.py` asks."""

from client.ui.showcase import STATES
from client.ui.showcase_sign_in import NAME, SIGN_IN
from client.ui.window import CheckpointWindow


def test_they_are_in_the_showcase_and_show_what_they_say(window: CheckpointWindow) -> None:
    """None is left out; the last is the enrolment of somebody who signed in."""
    assert set(SIGN_IN) <= set(STATES)
    SIGN_IN["enrol-signed-in"](window)
    dialog = window.dialogs.enrol
    assert dialog is not None
    assert NAME in dialog.signed_in.text
    window.dialogs.close()
