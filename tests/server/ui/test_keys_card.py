"""The card of the keys, and the recovery key that the first administrator is shown."""

from typing import cast

from server.permissions import Role
from server.ui.recovery_dialog import RecoveryDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up, set_first_password
from tests.support import wait_until


def _dialog(window: ServerWindow) -> RecoveryDialog:
    wait_until(lambda: window.data.key_card.dialog is not None, window=window.root)
    return cast("RecoveryDialog", window.data.key_card.dialog)


def test_the_first_administrator_is_shown_a_recovery_key(window: ServerWindow) -> None:
    """Right after the password; once it was written down nothing is urged any more."""
    grid = made_up(window)
    grid.forget_accounts()
    window.lock()
    set_first_password(window)
    dialog = _dialog(window)
    wait_until(dialog.winfo_viewable, window=window.root)
    assert window.rail.items["Data"].marked
    dialog.cover()
    dialog.field.insert(0, dialog._paper.key.groups[dialog.place])
    dialog.accept()
    wait_until(lambda: not dialog.winfo_exists(), window=window.root)
    assert grid.recovery == dialog._paper.key
    wait_until(lambda: not window.rail.items["Data"].marked, window=window.root)
    assert "Recovery key of" in window.data.key_card.state_label.cget("text")
    # At every other sign-in nothing is asked; a new one is made when somebody wants to.
    window.lock()
    window.sign_in(grid.sign_in(Role.ADMINISTRATOR))
    window.go("Data")
    card = window.data.key_card
    wait_until(lambda: not card.button.instate(["disabled"]), window=window.root)
    assert card.dialog is None
    card.button.invoke()
    assert "Keep the paper of before" in " ".join(_words(_dialog(window)))
    _dialog(window).cancel()
    assert grid.recovery == dialog._paper.key


def _words(dialog: RecoveryDialog) -> list[str]:
    return [str(one.cget("text")) for one in dialog.body.winfo_children() if "text" in one.keys()]  # noqa: SIM118 - a widget's options
