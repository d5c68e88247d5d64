"""The receipt on the screen: the words of the paper, saved where it is wanted."""

from pathlib import Path

import pytest

from server.receipts import Receipt
from server.ui import receipt_dialog
from server.ui.receipt_dialog import ReceiptDialog
from server.ui.window import ServerWindow

ONE = Receipt(subject_id="a" * 32, begun_at_ms=1_790_000_000_000, by="account:7")
DATA = Path("/srv/grid")


def test_shown_and_saved(window: ServerWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """As text; a question that is given up saves nothing."""
    saved: list[tuple[Path, str]] = []
    dialog = ReceiptDialog(
        window.root, ONE, save=lambda *given: saved.append(given), data_folder=DATA
    )
    assert dialog.words.cget("text") == ONE.text(DATA)
    answers = iter(("", "/somewhere/receipt.txt"))
    monkeypatch.setattr(
        receipt_dialog.filedialog, "asksaveasfilename", lambda **_options: next(answers)
    )
    dialog.ask_where()
    assert saved == []
    dialog.ask_where()
    assert saved == [(Path("/somewhere/receipt.txt"), ONE.text(DATA))]
    dialog.cancel()
