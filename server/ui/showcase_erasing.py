"""States of the server's window about keys and erasing, with made-up people."""

from typing import cast

from server.ui.made_up import MadeUpGrid
from server.ui.passphrase_dialog import PassphraseDialog
from server.ui.person_acts import erase_question
from server.ui.receipt_dialog import ReceiptDialog
from server.ui.window import ServerWindow


def erase(window: ServerWindow) -> None:
    """The question before somebody is erased."""
    window.go("People")
    dialog = erase_question(window.people, _grid(window).people.list()[6])
    dialog.present(dialog.decline)


def receipt(window: ServerWindow) -> None:
    """The receipt afterwards."""
    window.go("People")
    grid = _grid(window)
    found = grid.erase_person(grid.people.list()[6].subject_id)
    dialog = ReceiptDialog(
        window.people, found, save=lambda _path, _text: None, data_folder=window.desk.data_folder
    )
    dialog.present(dialog.close_button)


def passphrase(window: ServerWindow) -> None:
    """Asks for the passphrase of the data."""
    sentence = "The data are sealed with a passphrase: type it to open them."
    dialog = PassphraseDialog(window.root, sentence, unlock=lambda _typed: None)
    dialog.field.insert(0, "four words together")
    dialog.check()
    dialog.present(dialog.field)


def keeping(window: ServerWindow) -> None:
    """How long data are kept."""
    window.go("Settings")
    window.settings.ask_days()


def _grid(window: ServerWindow) -> MadeUpGrid:
    return cast("MadeUpGrid", window.grid)
