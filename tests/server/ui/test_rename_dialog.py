"""Tests of the dialog that gives another name."""

from functools import partial

from desktop.ui.theme import palette
from server.ui.rename_dialog import RenameDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def opened(window: ServerWindow) -> RenameDialog:
    """For the first person."""
    people = made_up(window).people
    person = people.list()[0]
    return RenameDialog(
        window.root,
        window.desk,
        name=person.display_name,
        rename=partial(people.rename, person.subject_id),
        renamed=lambda: None,
    )


def test_a_refusal_after_the_dialog_was_closed_is_still_said(window: ServerWindow) -> None:
    """Closing the dialog early loses no error."""
    dialog = opened(window)
    dialog.field.delete(0, "end")
    dialog.field.insert(0, "Grace Hopper")
    dialog.accept()
    dialog.cancel()
    wait_until(lambda: "already" in window.desk.toast.text, window=window.root)


def test_a_mistake_looks_like_one(window: ServerWindow) -> None:
    """It has the error's icon and colour; a name that will do takes them away."""
    dialog = opened(window)
    assert not dialog.note.cget("image")
    dialog.field.delete(0, "end")
    dialog.check()
    assert str(dialog.note.cget("foreground")) == palette(window.root).as_text("bad")
    assert dialog.note.cget("image")
    dialog.field.insert(0, "Ada King")
    assert dialog.check() == "Ada King"
    assert not dialog.note.cget("image")
    dialog.cancel()
