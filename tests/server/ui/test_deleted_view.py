"""Who was deleted, on the people page: found, looked at, erased for good."""

import pytest

from desktop.ui.widgets import Confirmation
from server.deleted_people import DeletedPerson
from server.permissions import Role
from server.ui import showcase_erasing
from server.ui.deleted_view import DeletedView
from server.ui.receipt_dialog import ReceiptDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up, open_on
from tests.support import wait_until

HEDY, UNNAMED, EMMY = "d" * 32, "e" * 32, "f" * 32


@pytest.fixture
def view(window: ServerWindow) -> DeletedView:
    """The list with three people in it; the first is chosen."""
    showcase_erasing.deleted(window)
    window.root.update()
    return window.people.deleted


def test_the_list_says_who_when_and_by_whom(window: ServerWindow, view: DeletedView) -> None:
    """Accounts by their names; where no name or no record is left that is said."""
    rows = [view.table.cells(iid) for iid in view.table.get_children()]
    assert [row[0] for row in rows] == ["Hedy Lamarr", "no name is kept", "Emmy Noether"]
    assert [row[2] for row in rows] == ["enroller", "administrator", "–"]
    assert rows[2][1] == "–"
    assert "3 people were deleted and not erased" in window.people.title._note.cget("text")
    assert view.name.cget("text") == "Hedy Lamarr"
    assert "by enroller" in view.facts.cget("text")
    assert "backups of before that day" in view.facts.cget("text")
    view.table.selection_set(UNNAMED)
    window.root.update()
    assert "does not name them" in view.facts.cget("text")
    assert view.history_button.instate(["disabled"])
    view.table.selection_set(EMMY)
    window.root.update()
    assert "no record of it" in view.facts.cget("text")


def test_it_is_searched_and_their_history_is_shown(window: ServerWindow, view: DeletedView) -> None:
    """Ctrl+F goes to this search; the button leads to the history of the chosen one."""
    window.people.focus_search()
    window.root.update()
    assert view.focus_get() is view.search.entry
    view.search.set("noether")
    assert view.table.get_children() == (EMMY,)
    view.search.set("zzz")
    assert view.listed.said == "Nobody's name has “zzz” in it."
    view.search.set("")
    view.table.selection_set(HEDY)
    window.root.update()
    view.history_button.invoke()
    assert window.page == "History"
    assert window.history.filter.value().subject_id == HEDY


def _agree(window: ServerWindow, asked: list[str]) -> None:
    found = [one for one in window.root.winfo_children() if isinstance(one, Confirmation)]
    if not found or not found[0].winfo_viewable():
        window.root.after(10, _agree, window, asked)
        return
    asked.append(str(found[0].agree.cget("text")).strip())
    found[0].agree.invoke()


def test_one_is_erased_for_good(window: ServerWindow, view: DeletedView) -> None:
    """After a question that names them; the receipt is shown, and the list has one fewer."""
    people = len(made_up(window).people.list())
    asked: list[str] = []
    window.root.after(10, _agree, window, asked)
    view.erase_button.invoke()
    assert asked == ["Erase Hedy Lamarr"]
    wait_until(lambda: len(view.table.get_children()) == 2, window=window.root)
    (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, ReceiptDialog)]
    dialog.cancel()
    assert len(made_up(window).people.list()) == people
    assert "2 people were deleted" in window.people.title._note.cget("text")


def test_without_anybody_it_says_so_and_leads_back(window: ServerWindow) -> None:
    """The same button shows the enrolled again."""
    window.go("People")
    window.people.see_deleted.invoke()
    view = window.people.deleted
    wait_until(lambda: "Nobody is deleted" in view.listed.said, window=window.root)
    assert not window.people.table.winfo_viewable()
    window.people.see_deleted.invoke()
    window.root.update()
    assert window.people.table.winfo_viewable()
    assert "12 people" in window.people.title._note.cget("text")


def test_who_may_not_erase_is_not_offered_it(screen: str, tk_errors: list[BaseException]) -> None:
    """An enroller deletes, and does not see who was."""
    window = open_on(full=True, role=Role.ENROLLER)
    try:
        made_up(window).deleted = [DeletedPerson(HEDY, "Hedy Lamarr")]
        window.go("People")
        assert not window.people.see_deleted.winfo_manager()
        window.people.show_deleted(on=True)
        window.people.deleted.refresh()
        window.root.update()
        assert not window.people.deleted_shown
        assert window.people.deleted.table.get_children() == ()
    finally:
        window.destroy()
