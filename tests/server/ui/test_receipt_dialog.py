"""The receipt on the screen: the words of the paper, saved where it is wanted."""

import tkinter
import tkinter.font
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


@pytest.mark.parametrize("between", ["/", " of the north campus/"])
def test_a_long_data_folder_leaves_the_buttons_in_the_window(
    window: ServerWindow, between: str
) -> None:
    """The command breaks its line, with blanks and without; no other line does."""
    folder = Path("/srv" + between + between.join(["facility-management"] * 9))
    dialogs = [
        ReceiptDialog(window.root, ONE, save=lambda _path, _text: None, data_folder=where)
        for where in (DATA, folder)
    ]
    for dialog in dialogs:
        dialog.present(dialog.close_button)
    usual, long = dialogs
    whole = window.root.winfo_rootx() + window.root.winfo_width()
    assert long.save_button.winfo_rootx() > window.root.winfo_rootx()
    assert long.close_button.winfo_rootx() + long.close_button.winfo_width() < whole
    lines = usual.words.cget("text").count("\n") + 1
    linespace = tkinter.font.nametofont("TkFixedFont", root=usual).metrics("linespace")
    assert usual.words.winfo_reqheight() < (lines + 1) * linespace
    for dialog in reversed(dialogs):
        dialog.cancel()
