"""Tests of the dialogs that ask on what ground people are enrolled."""

import pytest

from server.ui.consent_dialog import GroundQuestion, NoteConsentDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


@pytest.fixture
def people(window: ServerWindow) -> ServerWindow:
    """The page of people, with the first of those chosen of whom nothing is noted."""
    window.go("People")
    window.people.without.invoke()
    window.people.table.selection_set(window.people.table.get_children()[0])
    window.root.update()
    return window


def _dialog(window: ServerWindow) -> NoteConsentDialog:
    (found,) = [c for c in window.root.winfo_children() if isinstance(c, NoteConsentDialog)]
    return found


def test_a_consent_is_noted_afterwards(people: ServerWindow) -> None:
    """Nothing is no ground; what is stated stands at the person, who leaves the list."""
    grid = made_up(people)
    before = grid.people.without_consent()
    people.people.note_consent()
    dialog = _dialog(people)
    dialog.accept_button.invoke()
    assert "on what ground" in str(dialog.field.note.cget("text"))
    dialog.field.entry.event_generate("<KeyRelease>", keysym="Return")
    assert "on what ground" in str(dialog.field.note.cget("text"))
    dialog.field.entry.insert(0, "paper form of May")
    dialog.field.entry.event_generate("<KeyRelease>", keysym="y")
    assert str(dialog.field.note.cget("text")).startswith("For instance")
    dialog.accept_button.invoke()
    wait_until(lambda: not dialog.winfo_exists(), window=people.root)
    (noted,) = before - grid.people.without_consent()
    assert grid.people.consents[noted]["ground"] == "paper form of May"
    assert noted not in people.people.table.get_children()


def test_a_refusal_is_shown_and_the_dialog_stays(
    people: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence is at the field, and the button can be pressed again."""

    def refuse(*_arguments: object) -> None:
        raise ValueError("The disk is full.")

    monkeypatch.setattr(made_up(people).people, "note_consent", refuse)
    people.people.note_consent()
    dialog = _dialog(people)
    dialog.field.entry.insert(0, "paper form of May")
    dialog.accept_button.invoke()
    wait_until(
        lambda: "The disk is full." in str(dialog.field.note.cget("text")), window=people.root
    )
    assert dialog.accept_button.instate(["!disabled"])
    dialog.cancel()


def test_a_long_refusal_leaves_the_dialog_as_wide_as_it_is(window: ServerWindow) -> None:
    """It breaks its lines."""
    question = GroundQuestion(window.root, title="Import", text="Whoever is in it.", word="Choose")
    question.present(question.field.entry)
    wide = question.winfo_width()
    question.field.note.show("It cannot be noted: " + "the disk is full, " * 20, "bad")
    window.root.update()
    assert question.winfo_width() == wide
    question.cancel()


def test_a_question_that_is_cancelled_has_no_answer(window: ServerWindow) -> None:
    """Then nobody is taken in."""
    question = GroundQuestion(window.root, title="Import", text="Whoever is in it.", word="Choose")
    question.present(question.field.entry)
    question.field.entry.insert(0, "paper form of May")
    question.cancel()
    assert question.answer is None
