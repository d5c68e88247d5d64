"""States of the server's window about keys and erasing, with made-up people."""

import time
from typing import cast

from server.deleted_people import DeletedPerson
from server.permissions import Role
from server.ui.made_up import MadeUpGrid
from server.ui.passphrase_dialog import PassphraseDialog
from server.ui.person_acts import erase_deleted_question, erase_question
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


def deleted(window: ServerWindow) -> None:
    """Who was deleted and not erased, one of them chosen."""
    chosen = _deleted(window)
    window.people.deleted.table.selection_set(chosen.subject_id)


def nobody_deleted(window: ServerWindow) -> None:
    """There is nobody."""
    _grid(window).deleted = []
    window.go("People")
    window.people.show_deleted(on=True)


def erase_deleted(window: ServerWindow) -> None:
    """The question before one of them is erased."""
    dialog = erase_deleted_question(window.people, _deleted(window))
    dialog.present(dialog.decline)


def _deleted(window: ServerWindow) -> DeletedPerson:
    grid = _grid(window)
    by, boss = (grid.sign_in(role).name for role in (Role.ENROLLER, Role.ADMINISTRATOR))
    day_ms, now_ms = 86_400_000, time.time_ns() // 1_000_000
    first = DeletedPerson("d" * 32, "Hedy Lamarr", now_ms - day_ms, by)
    grid.deleted = [
        first,
        DeletedPerson("e" * 32, "", now_ms - 9 * day_ms, boss),
        DeletedPerson("f" * 32, "Emmy Noether"),
    ]
    window.go("People")
    window.people.show_deleted(on=True)
    until_s = time.monotonic() + 5
    while not window.people.deleted.table.exists(first.subject_id) and time.monotonic() < until_s:
        window.root.update()
    return first


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


DELETED = {
    "deleted": deleted,
    "deleted-nobody": nobody_deleted,
    "deleted-erase": erase_deleted,
}
