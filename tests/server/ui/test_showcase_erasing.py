"""The states about keys and erasing can be shown, with nobody real in them."""

from desktop.ui.widgets import Dialog
from server.ui import showcase_erasing
from server.ui.window import ServerWindow


def test_who_was_deleted_is_listed(window: ServerWindow) -> None:
    """Somebody, nobody, and the question."""
    showcase_erasing.DELETED["deleted"](window)
    assert len(window.people.deleted.table.get_children()) == 3
    showcase_erasing.DELETED["deleted-erase"](window)
    (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, Dialog)]
    dialog.cancel()


def test_each_state_is_a_dialog(window: ServerWindow) -> None:
    """One, over the window, and it can be put away."""
    for name in ("erase", "receipt", "passphrase", "keeping"):
        getattr(showcase_erasing, name)(window)
        (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, Dialog)]
        assert dialog.winfo_viewable(), name
        dialog.cancel()
