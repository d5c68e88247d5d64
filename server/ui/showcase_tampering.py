"""The window's states of a history that somebody changed, and of one record: pictures and tests."""

from collections.abc import Callable
from typing import cast

from msgspec.structs import replace

from database.verifying import RowsLooked
from server.audit_names import KnownNames
from server.events import Fault
from server.history_accepted import FOUND
from server.ui.accept_history import Acceptance
from server.ui.made_up import MadeUpGrid
from server.ui.record_dialog import RecordDialog
from server.ui.window import ServerWindow

_CHANGED = (3, 17, 40)


def _grid(window: ServerWindow) -> MadeUpGrid:
    return cast("MadeUpGrid", window.grid)


def change_some(window: ServerWindow) -> RowsLooked:
    """Somebody changed three events of a made-up history, and deleted two."""
    history = _grid(window).history
    for place in _CHANGED:
        history.rows[place] = replace(history.rows[place], changed=True)
    history.missing = 2
    found = history.changed(lambda _done, _total: None, lambda: False)
    sentence = "3 events were changed outside of the program."
    window.mailbox.post(Fault(sentence, tampering=True, in_history=True))
    return found


def _history(window: ServerWindow) -> None:
    change_some(window)
    window.go("History")
    window.history.show_changed()


def _accept(window: ServerWindow) -> None:
    found = change_some(window)
    _grid(window).books.note(FOUND, {"what": "3 events were changed outside of the program."})
    window.go("Audit")
    dialog = Acceptance(window.audit, found)
    dialog.present(dialog.decline)


def _record(window: ServerWindow) -> None:
    grid = _grid(window)
    grid.work_a_morning()
    window.go("Audit")
    books = grid.books
    (entry, *_) = books.audit.entries(("rename person",))
    people = {one.subject_id: one.display_name for one in grid.people.list()}
    names = KnownNames(books.accounts.names(), people=people)
    dialog = RecordDialog(window.audit, entry, names)
    dialog.present(dialog.close_button)


STATES: dict[str, Callable[[ServerWindow], None]] = {
    "history-changed": _history,
    "accept-history": _accept,
    "audit-record": _record,
}
