"""Tests of the checkpoints page."""

from dataclasses import replace

import pytest

from desktop.ui.widgets import Confirmation
from protocol.sign_in import WhoEnrols
from server.administration import Administration
from server.ui.checkpoints_page import CheckpointsPage
from server.ui.made_up_pairing import more_devices
from server.ui.rename_dialog import RenameDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def _page(window: ServerWindow, chosen: str = "") -> CheckpointsPage:
    window.go("Checkpoints")
    page = window.checkpoints
    wait_until(lambda: page.table.exists("lobby-gate"), window=window.root)
    if chosen:
        wait_until(lambda: page.table.exists(chosen), window=window.root)
        page.table.selection_set(chosen)
        window.root.update()
    return page


def test_checkpoints_are_followed(window: ServerWindow) -> None:
    """One that goes is shown as not connected within a moment; another model has its sentence."""
    page, statuses = _page(window, "lobby-gate"), made_up(window).checkpoints.statuses
    assert "3 of 4 connected · this server is 3F2A" in page.title._note.cget("text")
    statuses[0] = replace(statuses[0], connected=False, mismatch=True)
    wait_until(lambda: "2 of 4" in str(page.title._note.cget("text")), window=window.root)
    assert page.table.cells("lobby-gate")[1] == "≠ other model"
    assert "Install the same version" in page.note.cget("text")


def test_without_checkpoints_it_says_so(empty_window: ServerWindow) -> None:
    """An empty list has a sentence."""
    empty_window.go("Checkpoints")
    empty_window.root.update()
    assert empty_window.checkpoints._nobody.winfo_ismapped()


def test_every_column_tells_what_is_known(window: ServerWindow) -> None:
    """Where, since when, until when, what it may do, and what it runs."""
    page = _page(window)
    name, state, seen, where, since, until, enrols, version = page.table.cells("lab-door")
    assert (name, state, seen, where) == ("Lab door", "● connected", "now", "127.0.0.1")
    assert since < until
    assert (enrols, version) == ("nobody", "0.1.0")
    assert page.table.cells("lobby-gate")[3] == "this computer"


def test_revoking_asks_first_and_says_what_happens(window: ServerWindow) -> None:
    """Delete on the row; the careful answer has the keyboard; then the row says so."""
    page = _page(window, "car-park")

    def answer() -> None:
        found = [one for one in _dialogs(window) if one.title() == "Revoke checkpoint"]
        # The decline button has the keyboard once the window is there. A failed check would leave
        # the question open for ever.
        if not found or found[0].focus_get() is not found[0].decline:
            window.root.after(50, answer)
            return
        (dialog,) = found
        asked.append(_text_of(dialog))
        dialog.agree.invoke()

    asked: list[str] = []
    window.root.after(100, answer)
    page.table.focus_force()
    window.root.update()
    page.table.event_generate("<Delete>")
    assert "within two seconds" in asked[0]
    wait_until(lambda: page.table.cells("car-park")[1] == "⊘ revoked", window=window.root)
    assert page.revoke_button.instate(["disabled"])
    assert page.again_button.instate(["!disabled"])
    assert "new code lets it in again" in page.note.cget("text")
    assert window.desk.toast.text == "Car park is revoked."
    page._revoked("Car park", "Car park is shut out, and that could not be written.")
    assert window.desk.toast.text == "Car park is shut out, and that could not be written."


def test_declining_shuts_nobody_out(window: ServerWindow) -> None:
    """Escape."""
    page = _page(window, "car-park")

    def escape() -> None:
        # A key goes to what has the keyboard, which a dialog gets in its time: again until then.
        for dialog in _dialogs(window):
            window.root.after(50, escape)
            if dialog.winfo_viewable():
                dialog.decline.focus_force()
                dialog.decline.event_generate("<Escape>")

    window.root.after(100, escape)
    page.revoke_button.invoke()
    assert all(device.revoked_at_ms is None for device in made_up(window).devices.list())


def _choose(page: CheckpointsPage, who: WhoEnrols) -> None:
    """As with the mouse."""
    page.enrols.choose(who)
    page.enrols.widget.event_generate("<<ComboboxSelected>>")


def test_who_enrols_is_chosen_from_a_list(window: ServerWindow) -> None:
    """It shows what is so, and changes it."""
    page = _page(window, "lab-door")
    assert page.enrols.value is WhoEnrols.NOBODY
    _choose(page, WhoEnrols.SIGNED_IN)
    wait_until(lambda: page.table.cells("lab-door")[6] == "signed in", window=window.root)
    assert page.enrols.value is WhoEnrols.SIGNED_IN
    assert not window.desk.toast.text


def test_where_nobody_could_sign_in_it_says_so(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, not when somebody stands there and wants to enrol."""
    monkeypatch.setattr(Administration, "enrollers", 0)
    page = _page(window, "lab-door")
    _choose(page, WhoEnrols.SIGNED_IN)
    wait_until(lambda: window.desk.toast.text, window=window.root)
    assert "No account may do that yet" in window.desk.toast.text


def test_what_needs_somebody_says_what_to_do(window: ServerWindow) -> None:
    """Shut out, expired, paired and never seen."""
    for device in more_devices():
        made_up(window).devices.put(device)
    page = _page(window, "cellar")
    assert page.table.cells("cellar")[1] == "! certificate expired"
    assert "Pair it again" in page.note.cget("text")
    page.again_button.invoke()
    dialog = page.dialog
    assert dialog is not None
    assert dialog.question is not None
    assert dialog.title() == "Pair Cellar again"
    assert dialog.question.name.get() == "", "a name in the field would be one that stays"
    dialog.cancel()
    assert page.table.cells("yard")[2] == "never"


def test_a_name_is_given_that_stays(window: ServerWindow) -> None:
    """F2; in the list at once, and in the field when it is paired again."""
    page = _page(window, "car-park")
    page.table.focus_force()
    window.root.update()
    page.table.event_generate("<F2>")
    (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, RenameDialog)]
    assert dialog.field.get() == "Car park"
    assert "whatever the checkpoint calls itself" in str(dialog.note.cget("text"))
    dialog.field.delete(0, "end")
    dialog.field.insert(0, "Garage")
    dialog.accept()
    wait_until(lambda: page.table.cells("car-park")[0] == "Garage", window=window.root)
    page.again_button.invoke()
    assert page.dialog is not None
    assert page.dialog.question is not None
    assert page.dialog.question.name.get() == "Garage"
    page.dialog.cancel()


def test_ctrl_n_opens_the_dialog_once_from_any_page(window: ServerWindow) -> None:
    """With the keyboard in the first field."""
    window.go("History")
    window.root.update()
    window.root.focus_force()
    window.root.update()
    window.root.event_generate("<Control-n>")
    window.root.update()
    dialog = window.checkpoints.dialog
    assert dialog is not None
    assert window.page == "Checkpoints"
    assert dialog.question is not None
    name = dialog.question.name
    wait_until(lambda: dialog.focus_get() is name, window=window.root)
    window.checkpoints.open_dialog()
    assert window.checkpoints.dialog is dialog
    dialog.cancel()


def _dialogs(window: ServerWindow) -> list[Confirmation]:
    return [one for one in window.root.winfo_children() if isinstance(one, Confirmation)]


def _text_of(widget: object) -> str:
    found = ""
    for child in widget.winfo_children():  # type: ignore[attr-defined]
        if child.winfo_class() == "TLabel":
            found += f" {child.cget('text')}"
        found += _text_of(child)
    return found
