"""Tests of the dialog that renames a person."""

from desktop.ui.theme import palette
from server.ui.rename_dialog import RenameDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def test_a_refusal_after_the_dialog_was_closed_is_still_said(window: ServerWindow) -> None:
    """Closing the dialog early loses no error."""
    people = made_up(window).people
    dialog = RenameDialog(window.root, window.desk, people, people.list()[0], renamed=lambda: None)
    dialog.field.delete(0, "end")
    dialog.field.insert(0, "Grace Hopper")
    dialog.accept()
    dialog.cancel()
    wait_until(lambda: "already" in window.desk.toast.text, window=window.root)


def test_a_mistake_looks_like_one(window: ServerWindow) -> None:
    """It has the error's icon and colour; a name that will do takes them away."""
    people = made_up(window).people
    dialog = RenameDialog(window.root, window.desk, people, people.list()[0], renamed=lambda: None)
    assert not dialog.note.cget("image")
    dialog.field.delete(0, "end")
    dialog.check()
    assert str(dialog.note.cget("foreground")) == palette(window.root).as_text("bad")
    assert dialog.note.cget("image")
    dialog.field.insert(0, "Ada King")
    assert dialog.check() == "Ada King"
    assert not dialog.note.cget("image")
    dialog.cancel()
