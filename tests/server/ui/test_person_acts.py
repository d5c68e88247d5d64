"""Erasing and handing out from the people page: asked, done in the background, shown."""

from pathlib import Path
from tkinter import filedialog

import pytest

from desktop.ui.widgets import Confirmation
from server.deleted_people import DeletedPerson
from server.ui import person_acts
from server.ui.person_acts import (
    ask_erase,
    ask_person_export,
    erase_deleted_question,
    erase_question,
)
from server.ui.receipt_dialog import ReceiptDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def _answer(window: ServerWindow, *, yes: bool) -> None:
    """Presses a button of the question as soon as it is there."""
    found = [one for one in window.root.winfo_children() if isinstance(one, Confirmation)]
    if not found or not found[0].winfo_viewable():
        window.root.after(10, lambda: _answer(window, yes=yes))
    else:
        (found[0].agree if yes else found[0].decline).invoke()


def _receipts(window: ServerWindow) -> list[ReceiptDialog]:
    return [one for one in window.root.winfo_children() if isinstance(one, ReceiptDialog)]


def _words(dialog: ReceiptDialog) -> str:
    return str(dialog.words.cget("text"))


def test_erased_after_the_question(
    window: ServerWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Declined, nothing happens; agreed, the receipt is shown, follows, and can be saved."""
    monkeypatch.setattr(person_acts, "_AGAIN_MS", 10)
    people = made_up(window).people
    person, erased = people.list()[0], []
    for yes in (False, True):
        assert person in people.list()
        window.root.after(10, lambda yes=yes: _answer(window, yes=yes))
        ask_erase(window.people, window.desk, person, erased=lambda: erased.append(1))
    wait_until(lambda: _receipts(window), window=window.root)
    assert erased == [1]
    assert person not in people.list()
    (dialog,) = _receipts(window)
    wait_until(lambda: "not taken out of all" not in _words(dialog), window=window.root)
    dialog._save(tmp_path / "receipt.txt", "words")
    wait_until(lambda: "receipt.txt was written" in window.desk.toast.text, window=window.root)
    assert (tmp_path / "receipt.txt").read_text() == "words"
    dialog.cancel()


def test_the_question_about_somebody_deleted_says_what_is_left(window: ServerWindow) -> None:
    """By their name, or by when it was where no name is left."""
    named = erase_deleted_question(window.root, DeletedPerson("d" * 32, "Ann", 7))
    assert str(named.agree.cget("text")).strip() == "Erase Ann"
    named.cancel()
    unnamed = erase_deleted_question(window.root, DeletedPerson("d" * 32, "", 7))
    assert str(unnamed.agree.cget("text")).strip() == "Erase"
    unnamed.cancel()


def test_the_question_names_the_person(window: ServerWindow) -> None:
    """On the button that does it, and the careful one has the keyboard."""
    person = made_up(window).people.list()[0]
    question = erase_question(window.root, person)
    assert person.display_name in str(question.agree.cget("text"))
    question.cancel()


def test_handed_out_where_it_is_wanted(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given up, nothing is written."""
    person = made_up(window).people.list()[0]
    answers = iter(("", str(tmp_path)))
    monkeypatch.setattr(filedialog, "askdirectory", lambda **_options: next(answers))
    ask_person_export(window.people, window.desk, person)
    assert not [one for one in made_up(window).asked if one.startswith("export")]
    ask_person_export(window.people, window.desk, person)
    wait_until(lambda: "files written" in window.desk.toast.text, window=window.root)
    assert f"export {person.subject_id[:4]} {tmp_path.name}" in made_up(window).asked


def test_with_nobody_chosen_nothing_is_asked(window: ServerWindow) -> None:
    """Nor while the data are not open."""
    ask_erase(window.people, window.desk, None, erased=lambda: None)
    ask_person_export(window.people, window.desk, None)
    person = made_up(window).people.list()[0]
    made_up(window).ready = False
    ask_erase(window.people, window.desk, person, erased=lambda: None)
    ask_person_export(window.people, window.desk, person)
