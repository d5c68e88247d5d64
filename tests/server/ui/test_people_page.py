"""Tests of the people page on the real window: search, rename, delete, add from photos."""

import tkinter
from pathlib import Path

import pytest

from desktop.ui.widgets import Confirmation
from server.events import PhotoProgress, PhotoReport, PhotoRow
from server.grounds import stated
from server.ui.people_page import delete_question
from server.ui.rename_dialog import RenameDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


@pytest.fixture
def people(window: ServerWindow) -> ServerWindow:
    """The window on its people page with Grace Hopper chosen."""
    window.go("People")
    grace = next(p for p in made_up(window).people.list() if p.display_name == "Grace Hopper")
    window.people.table.selection_set(grace.subject_id)
    window.root.update()
    return window


def _names(window: ServerWindow) -> list[str]:
    table = window.people.table
    return [table.cells(iid)[0] for iid in table.get_children()]


def _dialog(window: ServerWindow, kind: type[tkinter.Toplevel]) -> tkinter.Toplevel:
    return next(child for child in window.root.winfo_children() if isinstance(child, kind))


def test_everybody_is_listed_and_can_be_searched(people: ServerWindow) -> None:
    """Search finds parts of names without case and accents."""
    assert len(_names(people)) == 12
    people.people.search.set("rozsa")
    assert _names(people) == ["Rózsa Péter"]
    people.people.search.set("zzz")
    assert _names(people) == []
    assert people.people.listed.said == "Nobody's name has “zzz” in it."


@pytest.mark.parametrize("agree", [True, False])
def test_delete_asks_and_names_the_person(people: ServerWindow, *, agree: bool) -> None:
    """The question has the name, says what is lost, and only the red button deletes."""

    def answer() -> None:
        dialog = _dialog(people, Confirmation)
        assert isinstance(dialog, Confirmation)
        assert str(dialog.agree.cget("text")) == "Delete Grace Hopper"
        (dialog.agree if agree else dialog.decline).invoke()

    people.root.after(100, answer)
    people.people.delete()
    if agree:
        wait_until(lambda: "Grace Hopper" not in _names(people), window=people.root)
        assert people.desk.toast.text == "Grace Hopper was deleted."
    else:
        people.root.update()
        assert "Grace Hopper" in _names(people)


@pytest.mark.parametrize("pictures", [True, False])
def test_the_question_says_what_is_lost_and_what_stays(
    people: ServerWindow, pictures: bool
) -> None:
    """Samples, and the picture where one may be kept, are deleted; history and backups stay."""
    person = made_up(people).people.list()[0]
    dialog = delete_question(people.people, person, pictures=pictures)
    texts = " ".join(_texts(dialog))
    assert "Ada Lovelace" in texts
    assert "deleted" in texts
    assert "history keeps" in texts
    assert "backups of before" in texts
    assert ("the picture" in texts) is pictures
    dialog.cancel()


def _texts(widget: tkinter.Misc) -> list[str]:
    found = []
    for child in widget.winfo_children():
        if child.winfo_class() in ("TLabel", "TButton"):
            found.append(str(child.cget("text")))
        found += _texts(child)
    return found


def test_rename_by_dialog(people: ServerWindow) -> None:
    """F2 opens the dialog; the new name is in the list afterwards."""
    people.people.rename()
    dialog = _dialog(people, RenameDialog)
    assert isinstance(dialog, RenameDialog)
    assert dialog.field.get() == "Grace Hopper"
    dialog.field.delete(0, "end")
    dialog.field.insert(0, "  Grace   Murray Hopper ")
    dialog.accept()
    wait_until(lambda: "Grace Murray Hopper" in _names(people), window=people.root)
    wait_until(lambda: not dialog.winfo_exists(), window=people.root)


def test_a_name_that_cannot_be_used_is_said_while_typing(people: ServerWindow) -> None:
    """Blanks only, 300 characters, control characters: a sentence, and the button is grey."""
    unusable = (("   ", "empty"), ("x" * 300, "300 characters"), ("a\x1bb", "cannot be shown"))
    for typed, said in unusable:
        people.people.rename()
        dialog = _dialog(people, RenameDialog)
        assert isinstance(dialog, RenameDialog)
        assert dialog.accept_button.instate(["!disabled"])
        dialog.field.delete(0, "end")
        dialog.field.insert(0, typed)
        assert dialog.check() is None, typed
        assert said in dialog.note.cget("text"), typed
        assert dialog.accept_button.instate(["disabled"]), typed
        dialog.cancel()


def test_a_duplicate_name_is_refused_and_the_dialog_stays(people: ServerWindow) -> None:
    """The refusal is shown where it was typed, and nothing is lost."""
    people.people.rename()
    dialog = _dialog(people, RenameDialog)
    assert isinstance(dialog, RenameDialog)
    dialog.field.delete(0, "end")
    dialog.field.insert(0, "ada lovelace")
    dialog.accept()
    wait_until(lambda: "already" in str(dialog.note.cget("text")), window=people.root)
    assert dialog.winfo_exists()
    dialog.cancel()


def test_return_shows_the_history_of_the_person(people: ServerWindow) -> None:
    """From a person to their events with one key."""
    people.people.table.focus_force()
    people.root.update()
    people.people.table.event_generate("<Return>")
    wait_until(
        lambda: (
            people.page == "History"
            and {r.display_name for r in people.history.events.records} == {"Grace Hopper"}
        ),
        window=people.root,
    )


def test_those_without_a_consent_are_listed(people: ServerWindow) -> None:
    """By a switch that is there while there is somebody; the search goes on beside it."""
    page, grid = people.people, made_up(people)
    everybody = len(page.table.get_children())
    without = grid.people.without_consent()
    assert f"{len(without)} people without" in str(page.without.cget("text"))
    page.without.invoke()
    assert set(page.table.get_children()) == without
    page.without.invoke()
    assert len(page.table.get_children()) == everybody
    page.without.invoke()
    for subject_id in without:
        grid.people.note_consent(subject_id, stated("a form", by="os:x", at_ms=7))
    page.refresh()
    assert not page.without.winfo_manager()
    assert len(page.table.get_children()) == everybody


def test_photos_from_choosing_to_the_report(people: ServerWindow, tmp_path: Path) -> None:
    """A folder is enrolled: progress with the time left, then a row for every file."""
    people.people.open_photos()
    dialog = people.people.photos
    assert dialog is not None
    dialog.begin([tmp_path], "a form")
    (wanted,) = made_up(people).photos
    assert (wanted.paths, wanted.name, wanted.consent["ground"]) == ((tmp_path,), None, "a form")
    people.mailbox.post(PhotoProgress(3, 12, 38.0, "Ada Lovelace"))
    wait_until(lambda: "3 of 12" in str(dialog.counted.cget("text")), window=people.root)
    assert "about 40 s left" in str(dialog.counted.cget("text"))
    assert "3 of 12" in str(people.people.add.cget("text"))
    dialog.cancel()
    assert dialog.state() == "withdrawn"
    people.people.open_photos()
    assert people.people.photos is dialog
    rows = (
        PhotoRow("Ada Lovelace/1.jpg", "Ada Lovelace", "in"),
        PhotoRow("[exit]/{2}.jpg", "[exit]", "refused", "No face was found."),
    )
    people.mailbox.post(PhotoReport(rows, elapsed_s=2.0))
    wait_until(lambda: not dialog.running, window=people.root)
    assert [dialog.rows.cells(iid) for iid in dialog.rows.get_children()] == [
        ("[exit]/{2}.jpg", "[exit]", "✕ refused", "No face was found."),
        ("Ada Lovelace/1.jpg", "Ada Lovelace", "✓ added", ""),
    ]
    assert str(people.people.add.cget("text")) == "Add from photos"
    dialog.close_button.invoke()
    assert not dialog.winfo_exists()


def test_nothing_can_be_done_while_the_data_are_closed(people: ServerWindow) -> None:
    """Without an open gallery the buttons are grey and the list is empty."""
    made_up(people).ready = False
    people.people.refresh()
    assert _names(people) == []
    assert people.people.add.instate(["disabled"])
    assert "not open" in people.people.title._note.cget("text")
