"""Tests of the dialog that adds a checkpoint."""

from dataclasses import replace

import pytest

from protocol.sign_in import WhoEnrols
from server.addresses import OwnAddress
from server.events import GridState, ServerStateChanged
from server.ui import pairing_code_view
from server.ui.made_up_pairing import CODE
from server.ui.pairing_dialog import PairingDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until

CARDS = (OwnAddress("192.168.1.20", "eth0"),)


def _open(window: ServerWindow, host: str = "0.0.0.0") -> PairingDialog:
    made_up(window).show(ServerStateChanged(GridState.RUNNING, "", host=host, port=5050))
    wait_until(lambda: window.presenter.status.host == host, window=window.root)
    window.go("Checkpoints")
    window.checkpoints.open_dialog(addresses=lambda: CARDS)
    dialog = window.checkpoints.dialog
    assert dialog is not None
    window.root.update()
    return dialog


def _with_code(window: ServerWindow) -> PairingDialog:
    dialog = _open(window)
    dialog.next.invoke()
    wait_until(lambda: dialog.code is not None, window=window.root)
    return dialog


def _told(dialog: PairingDialog) -> str:
    assert dialog.code is not None
    return str(dialog.code.told.cget("text")).strip()


def test_from_the_question_to_a_paired_checkpoint(window: ServerWindow) -> None:
    """Asked for with Return alone; the code is shown and copied; the list has the new one."""
    dialog = _open(window)
    assert dialog.question is not None
    dialog.question.name.insert(0, "Yard")
    dialog.question.enrol.choose(WhoEnrols.NOBODY)
    dialog.question.name.focus_force()
    window.root.update()
    dialog.question.name.event_generate("<Return>")
    wait_until(lambda: dialog.code is not None, window=window.root)
    pairing = made_up(window).pairing
    assert pairing.asked == [("Yard", WhoEnrols.NOBODY, "192.168.1.20:5050")]
    dialog.copy_button.invoke()
    assert window.root.clipboard_get() == CODE
    pairing.enter(right=False)
    wait_until(lambda: "4 tries are left" in _told(dialog), window=window.root)
    pairing.enter(right=True)
    wait_until(lambda: _told(dialog) == "Yard is paired.", window=window.root)
    dialog.next.invoke()
    assert dialog.question.name.get() == "", "another one has a name of its own"
    assert WhoEnrols(str(dialog.question.enrol.value)) is WhoEnrols.NOBODY
    wait_until(lambda: window.checkpoints.table.exists("yard"), window=window.root)
    assert window.checkpoints.table.cells("yard")[6] == "nobody"
    dialog.away.invoke()
    assert not dialog.winfo_exists()


def test_five_wrong_codes_close_it_and_another_is_offered(window: ServerWindow) -> None:
    """The reason stands there; New code begins again with what was typed."""
    dialog = _with_code(window)
    for _ in range(5):
        made_up(window).pairing.enter(right=False)
    wait_until(lambda: "Five wrong codes" in _told(dialog), window=window.root)
    assert str(dialog.next.cget("text")) == "New code"
    dialog.next.invoke()
    assert dialog.question is not None
    assert dialog.code is None
    dialog.cancel()


def test_closing_the_dialog_closes_the_pairing(window: ServerWindow) -> None:
    """Escape: nobody is let in behind a closed dialog."""
    dialog = _with_code(window)
    assert made_up(window).pairing.now is not None
    dialog.focus_force()
    window.root.update()
    dialog.event_generate("<Escape>")
    assert not dialog.winfo_exists()
    assert made_up(window).pairing.now is None


def test_after_ten_minutes_it_is_over(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code is greyed, the pairing closed, a new one offered."""
    dialog = _with_code(window)
    opened = made_up(window).pairing.now
    assert opened is not None
    after_ms = opened.expires_at_ms + 1
    monkeypatch.setattr(pairing_code_view, "now_ms", lambda: after_ms)
    wait_until(lambda: "ten minutes are over" in _told(dialog), window=window.root)
    assert made_up(window).pairing.now is None
    assert str(dialog.next.cget("text")) == "New code"
    dialog.cancel()


def test_listening_on_the_network_is_one_press(window: ServerWindow) -> None:
    """Kept in the settings, restarted, and the dialog follows."""
    dialog = _open(window, "127.0.0.1")
    grid = made_up(window)
    assert dialog.question is not None
    dialog.question.banner.button.invoke()
    assert grid.settings.host == "0.0.0.0"
    assert grid.asked[-3:] == ["settings", "stop", "start"]
    question = dialog.question
    wait_until(lambda: question.address.get() == "192.168.1.20:5050", window=window.root)
    dialog.cancel()


def test_a_refusal_of_the_service_is_said_and_the_dialog_stays(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that is a name, as the service words it."""
    dialog = _open(window)

    def refuse(*_args: object, **_more: object) -> None:
        raise ValueError("A pairing code needs an IP address.")

    monkeypatch.setattr(made_up(window).pairing, "open", refuse)
    dialog.next.invoke()
    wait_until(lambda: "IP address" in str(dialog.mistake.cget("text")), window=window.root)
    assert dialog.next.instate(["!disabled"])
    dialog.cancel()


def test_a_stopped_server_shows_no_code(window: ServerWindow) -> None:
    """It says to start it first, and no longer once it runs."""
    dialog = _open(window)
    made_up(window).stop()
    wait_until(lambda: "Start it first" in str(dialog.mistake.cget("text")), window=window.root)
    dialog.next.invoke()
    assert dialog.code is None
    made_up(window).settings = replace(made_up(window).settings, host="192.168.1.20")
    made_up(window).start()
    wait_until(lambda: not str(dialog.mistake.cget("text")), window=window.root)
    dialog.cancel()
