"""One dialog at a time, each hears what it has to, and the keyboard comes back."""

from client.events import LinkState, LinkStatus, PairingAnswered
from client.ui.showcase_pairing import CODE
from client.ui.window import CheckpointWindow
from client.view_model import Action
from tests.client.ui.fakes import FakeEngine
from tests.support import wait_until


def test_the_banner_opens_the_pairing(window: CheckpointWindow, engine: FakeEngine) -> None:
    """Not paired: the button, the code, the answer; the dialog no longer listens afterwards."""
    engine.tell(LinkStatus(LinkState.NOT_PAIRED))
    wait_until(lambda: window.banner.shown.action is Action.PAIR, window=window.root)
    window.banner.button.invoke()
    dialog = window.dialogs.pairing
    assert dialog is not None
    window.open_settings()
    window.open_enrolment()
    assert window.dialogs.all == [dialog]
    dialog.code.set(str(CODE))
    dialog.pair()
    assert engine.calls[-1] == f"pair({CODE}, None)"
    engine.tell(PairingAnswered(ok=True, sentence="Paired.", host="192.168.1.20", port=5051))
    wait_until(lambda: dialog.paired, window=window.root)
    assert window.settings.address == "192.168.1.20:5051"
    assert not any(call.startswith("change_server") for call in engine.calls), "it is there already"
    dialog.cancel()
    window.root.update()
    assert window.dialogs.all == []
    assert window.listeners == []


def test_a_changed_server_is_paired_with_a_warning(
    window: CheckpointWindow, engine: FakeEngine
) -> None:
    """The dialog knows why it was opened."""
    engine.tell(LinkStatus(LinkState.SERVER_CHANGED))
    wait_until(lambda: window.banner.shown.action is Action.PAIR_AGAIN, window=window.root)
    window.banner.button.invoke()
    dialog = window.dialogs.pairing
    assert dialog is not None
    texts = [
        str(c.cget("text")) for c in dialog.body.winfo_children() if c.winfo_class() == "TLabel"
    ]
    assert any("identity is another one" in text for text in texts)
    window.dialogs.close()
    assert window.dialogs.all == []


def test_settings_lead_to_the_pairing(window: CheckpointWindow) -> None:
    """One dialog goes, the other comes."""
    window.open_settings()
    settings = window.dialogs.settings
    assert settings is not None
    settings.pairing.pair_button.invoke()
    assert not settings.winfo_exists()
    assert window.dialogs.pairing is not None
    window.dialogs.close()
