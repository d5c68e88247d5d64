"""The list of events that the server will never take."""

from pathlib import Path

import pytest

from client.events import LinkState, LinkStatus
from client.outbox import DeadLetter, DeadLetters
from client.ui import kept_dialog
from client.ui.kept_dialog import KeptDialog
from client.ui.window import CheckpointWindow
from tests.client.ui.fakes import FakeEngine
from tests.support import wait_until

LETTERS = DeadLetters(
    (
        DeadLetter("ab" * 16, 1_764_000_000_000, 1_764_000_060_000, "idempotency_conflict"),
        DeadLetter("cd" * 16, 1_764_000_100_000, 1_764_000_160_000, "unreadable"),
    )
)


@pytest.fixture
def dialog(window: CheckpointWindow, engine: FakeEngine) -> KeptDialog:
    """The list, opened by its key, with two events in it."""
    wait_until(lambda: window.engine is not None, window=window.root)
    engine.tell(LinkStatus(LinkState.CONNECTED, dead=2))
    wait_until(lambda: "2 not delivered" in window.status.text, window=window.root)
    window.root.event_generate("<F7>")
    wait_until(lambda: window.dialogs.kept is not None, window=window.root)
    assert window.dialogs.kept is not None
    engine.tell(LETTERS)
    wait_until(lambda: window.dialogs.kept and window.dialogs.kept.letters, window=window.root)
    return window.dialogs.kept


def test_shows_when_and_why(dialog: KeptDialog, engine: FakeEngine) -> None:
    """The checkpoint is asked once, and each event stands there with a sentence."""
    assert engine.calls.count("show_dead") == 1
    why = [dialog.table.item(item, "values")[0] for item in dialog.table.get_children()]
    assert "recorded before with other content" in str(why[0])
    assert "changed on the disk" in str(why[1])
    assert str(dialog._heading.cget("text")) == "2 events could not be delivered"


def test_discarding_asks_first(
    dialog: KeptDialog, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No forgets nothing; yes forgets what was shown, and the list is empty then."""
    answers = [False, True]
    monkeypatch.setattr(kept_dialog, "confirm", lambda *_a, **_k: answers.pop(0))
    dialog.discard()
    assert not [call for call in engine.calls if call.startswith("discard_dead")]
    dialog.discard()
    assert engine.calls[-1] == f"discard_dead({'ab' * 16}, {'cd' * 16})"
    dialog.handle(DeadLetters(()))
    assert dialog.table.get_children() == ()
    assert "disabled" in dialog.discard_button.state()


def test_the_list_is_saved_or_the_reason_said(
    dialog: KeptDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As CSV where the person chose; choosing nothing writes nothing."""
    chosen = [str(tmp_path / "list.csv"), "", str(tmp_path)]
    monkeypatch.setattr(
        kept_dialog.filedialog, "asksaveasfilename", lambda **_options: chosen.pop(0)
    )
    dialog.export()
    assert dialog.note.cget("text") == "Saved as list.csv."
    assert b"idempotency_conflict" in (tmp_path / "list.csv").read_bytes()
    dialog.export()
    dialog.export()
    assert str(dialog.note.cget("text")).startswith("Not saved: ")


def test_one_dialog_at_a_time_and_escape_closes_it(
    dialog: KeptDialog, window: CheckpointWindow
) -> None:
    """The keyboard goes back to the window, and nothing listens any more."""
    window.open_settings()
    window.open_kept()
    assert window.dialogs.settings is None
    assert window.dialogs.kept is dialog
    dialog.cancel()
    assert window.dialogs.kept is None
    assert dialog.handle not in window.listeners
    window.handle(LETTERS)


def test_closing_the_window_closes_it(dialog: KeptDialog, window: CheckpointWindow) -> None:
    """Nothing is left that could be called."""
    window.close()
    assert window.dialogs.all == []
    assert dialog.handle not in window.listeners
