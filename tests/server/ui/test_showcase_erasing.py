"""The states about keys and erasing can be shown, with nobody real in them."""

import pytest

from desktop.ui.widgets import Dialog
from server.ui import showcase_erasing
from server.ui.window import ServerWindow


@pytest.mark.parametrize("name", ["erase", "receipt", "passphrase", "keeping"])
def test_each_state_is_a_dialog(window: ServerWindow, name: str) -> None:
    """One, over the window, and it can be put away."""
    getattr(showcase_erasing, name)(window)
    (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, Dialog)]
    assert dialog.winfo_viewable()
    dialog.cancel()
