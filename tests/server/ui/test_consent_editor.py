"""The field of several lines: what is typed is told, Tab leaves it, undo stays in its text."""

import tkinter

import ttkbootstrap

from server.ui.consent_editor import ConsentEditor
from tests.desktop.ui.test_consent_view import window as window  # noqa: PLC0414 - the fixture


def test_typing_is_told_and_undo_does_not_leave_the_text(window: ttkbootstrap.App) -> None:
    """Filling is no typing of somebody's; what stood there before does not come back."""
    told: list[str] = []
    editor = ConsentEditor(window, changed=lambda: told.append(editor.text), read_only=False)
    editor.pack(fill="both", expand=True)
    editor.fill("One.\n\nTwo.")
    window.update()
    assert editor.text == "One.\n\nTwo."
    told.clear()
    editor.field.insert("end", " More.")
    window.update()
    assert told == ["One.\n\nTwo. More."]
    editor.field.edit_undo()
    window.update()
    assert editor.text == "One.\n\nTwo."
    try:
        editor.field.edit_undo()
    except tkinter.TclError:
        pass  # nothing is left to undo
    else:
        assert editor.text == "One.\n\nTwo."


def test_tab_goes_on(window: ttkbootstrap.App) -> None:
    """It writes no tab that checkpoints would show."""
    editor = ConsentEditor(window, changed=lambda: None, read_only=False)
    editor.pack()
    after = ttkbootstrap.Entry(window)
    after.pack()
    window.update()
    editor.field.focus_force()
    window.update()
    editor.field.event_generate("<Tab>")
    window.update()
    assert window.focus_get() is after
    assert editor.text == ""
