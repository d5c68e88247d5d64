"""The passphrase's dialog: nothing shown, nothing kept, tried once."""

from server.events import GridState, ServerStateChanged
from server.ui.passphrase_dialog import PassphraseDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def test_typed_and_tried(window: ServerWindow) -> None:
    """With dots; an empty field cannot be tried; the dialog goes before the data open."""
    typed: list[str] = []
    dialog = PassphraseDialog(window.root, "Type it.", unlock=typed.append)
    assert dialog.field.cget("show") == "•"
    assert dialog.accept_button.instate(["disabled"])
    dialog.accept()
    assert typed == []
    dialog.field.insert(0, "open sesame")
    dialog.check()
    assert not dialog.accept_button.instate(["disabled"])
    dialog.accept()
    assert typed == ["open sesame"]
    assert not dialog.winfo_exists()


def test_the_banner_of_locked_data_leads_to_it(window: ServerWindow) -> None:
    """One button, and the grid is asked."""
    grid = made_up(window)
    grid.show(ServerStateChanged(GridState.LOCKED, "The data are sealed: type it."))
    wait_until(lambda: window.presenter.state.offers, window=window.root)
    (offer,) = window.presenter.state.offers
    window.act(offer.action)
    (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, PassphraseDialog)]
    dialog.field.insert(0, "open sesame")
    dialog.accept()
    assert "unlock 11" in grid.asked
