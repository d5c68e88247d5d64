"""The pairing dialog: typed by keyboard alone, asked once, every answer in words."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
import ttkbootstrap

from client.events import PairingAnswered
from client.ui import pairing_dialog
from client.ui.pairing_dialog import PairingDialog
from client.ui.showcase_pairing import CODE, MadeUpFinder
from tests.support import wait_until


@pytest.fixture
def asked() -> list[tuple[str, str | None]]:
    """What the checkpoint was asked to do."""
    return []


@pytest.fixture
def dialog(root: ttkbootstrap.App, asked: list[tuple[str, str | None]]) -> PairingDialog:
    """The open dialog; two servers were found."""
    made = PairingDialog(
        root, lambda code, address: asked.append((code, address)), find=MadeUpFinder
    )
    made.present(made.code_entry)
    made.code_entry.focus_force()
    made.update()
    return made


def _text(widget: object) -> str:
    return str(widget.cget("text")).strip()  # type: ignore[attr-defined]


def test_typed_and_sent_by_keyboard(
    dialog: PairingDialog, asked: list[tuple[str, str | None]]
) -> None:
    """Groups come while it is typed, the address from the code, Return sends it once."""
    assert dialog.pair_button.instate(["disabled"])
    for character in str(CODE).replace("-", "").lower():
        dialog.code_entry.insert("insert", character)
        dialog.update_idletasks()
    assert dialog.code.get() == str(CODE)
    assert dialog.code_entry.index("insert") == len(str(CODE))
    assert dialog.address.get() == "192.168.1.20:5050"
    assert "complete" in _text(dialog.code_hint)
    dialog.code_entry.event_generate("<Return>")
    dialog.code_entry.event_generate("<Return>")
    dialog.update()
    assert asked == [(str(CODE), None)]
    assert "Asking 192.168.1.20:5050" in _text(dialog.told)
    assert dialog.code_entry.instate(["disabled"])


def test_success_leaves_nothing_but_done(dialog: PairingDialog) -> None:
    """The fields are closed, Return closes the dialog."""
    dialog.code.set(str(CODE))
    dialog.pair()
    dialog.handle(PairingAnswered(ok=True, sentence="Paired with lobby-server."))
    dialog.update()
    assert _text(dialog.told) == "Paired with lobby-server."
    assert not dialog.pair_button.winfo_ismapped()
    assert _text(dialog.away_button) == "Done"
    dialog.away_button.invoke()
    assert not dialog.winfo_exists()


def test_a_refusal_is_said_and_may_be_tried_again(
    dialog: PairingDialog, asked: list[tuple[str, str | None]]
) -> None:
    """The code is selected, so that typing replaces it."""
    dialog.code.set(str(CODE))
    dialog.pair()
    dialog.handle(PairingAnswered(ok=False, sentence="The code is not good any more."))
    assert "not good any more" in _text(dialog.told)
    assert dialog.code_entry.selection_present()
    dialog.pair_button.invoke()
    assert len(asked) == 2


def test_a_code_that_cannot_be_read_is_not_sent(
    dialog: PairingDialog, asked: list[tuple[str, str | None]]
) -> None:
    """Said below the field; Return says that it is not complete."""
    dialog.code.set("ABCDE-FGU")
    assert "Group 2" in _text(dialog.code_hint)
    dialog.code.set("ABCDE")
    dialog.pair()
    assert "not complete" in _text(dialog.code_hint)
    assert asked == []


def test_another_address_is_kept_when_the_code_changes(
    dialog: PairingDialog, asked: list[tuple[str, str | None]]
) -> None:
    """A server that was found is one press; the code does not overwrite it."""
    next(iter(dialog._found_buttons.values())).invoke()
    dialog._take_address("10.0.0.9:5050")
    dialog.code.set(str(CODE))
    assert dialog.address.get() == "10.0.0.9:5050"
    dialog.pair()
    assert asked == [(str(CODE), "10.0.0.9:5050")]


def test_the_clipboard_is_pasted(dialog: PairingDialog) -> None:
    """With whatever stands around it; an empty clipboard is said."""
    dialog.clipboard_clear()
    dialog.paste_button.invoke()
    assert "no text on the clipboard" in _text(dialog.code_hint)
    dialog.clipboard_append(f" {str(CODE).lower()}\n")
    dialog.paste_button.invoke()
    dialog.update_idletasks()
    assert dialog.code.get() == str(CODE)


def test_a_changed_server_is_warned_of(root: ttkbootstrap.App) -> None:
    """Nothing is accepted silently; without the extra the dialog says that the code is enough."""
    dialog = PairingDialog(root, lambda _code, _address: None, server_changed=True)
    labels = [
        _text(child) for child in dialog.body.winfo_children() if child.winfo_class() == "TLabel"
    ]
    assert any("only when the administrator" in label for label in labels)
    assert "code is enough" in _text(dialog.found_note)
    dialog.destroy()


def test_closing_leaves_nothing_behind(dialog: PairingDialog) -> None:
    """The finder is closed, no callback comes back."""
    root = dialog.master
    dialog.event_generate("<Escape>")
    assert not dialog.winfo_exists()
    done: list[int] = []
    root.after(60, lambda: done.append(1))
    wait_until(lambda: bool(done), window=root)


@pytest.mark.parametrize("there", [True, False])
def test_servers_are_looked_for_where_the_extra_is_installed(
    monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """By `client.discovery`; else the dialog says that it is not installed."""
    extra = ModuleType("zeroconf")
    extra.__spec__ = ModuleSpec("zeroconf", None)
    monkeypatch.setitem(sys.modules, "zeroconf", extra if there else None)
    assert (pairing_dialog.finder() is pairing_dialog.Finder) == there
    assert (pairing_dialog.finder() is None) != there
