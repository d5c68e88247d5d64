"""Shows the receipt of an erasure, to be saved or printed for the person."""

import tkinter
import tkinter.font
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog, ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, WrapLabel, button
from server.receipts import Receipt

_LETTERS = 90
"""Letters of a line at most: the digest's, the longest but the command's, has 87."""


class ReceiptDialog(Dialog):
    """The words of a receipt, as they are printed.

    Args:
        parent: Where it goes.
        receipt: What was erased.
        save: Writes the text to a file.
        data_folder: Where the data are, for the command in it.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        receipt: Receipt,
        *,
        save: Callable[[Path, str], None],
        data_folder: Path,
    ) -> None:
        super().__init__(parent, title="Erased", width=620)
        self.receipt = receipt
        self._save, self._data_folder = save, data_folder
        WrapLabel(
            self.body,
            text="The person is erased. Give them this receipt; it names nobody.",
            style="Muted.TLabel",
            width=600,
        ).pack(fill="x", pady=(0, px(self, 8)))
        self.words = ttk.Label(
            self.body, text=receipt.text(data_folder), font="TkFixedFont", justify="left"
        )
        # The command names the data folder, which may be long: the buttons stay in the window.
        letter = tkinter.font.nametofont("TkFixedFont", root=self).measure("0")
        self.words.configure(wraplength=_LETTERS * letter)
        self.words.pack(fill="both", expand=True)
        self.close_button = button(self.buttons, text="Close", command=self.cancel, look="primary")
        self.close_button.pack(side="right")
        self.save_button = button(
            self.buttons, text="Save as text", command=self.ask_where, icon_name="download"
        )
        self.save_button.pack(side="right", padx=(0, px(self, 8)))

    def show(self, receipt: Receipt) -> None:
        """Says what has become of it since: backups were cleaned too."""
        self.receipt = receipt
        self.words.configure(text=receipt.text(self._data_folder))

    def ask_where(self) -> None:
        """Asks for a file and writes the receipt there."""
        where = filedialog.asksaveasfilename(
            parent=self,
            title="Receipt",
            defaultextension=".txt",
            initialfile=f"erasure-{self.receipt.subject_id[:8]}.txt",
        )
        if where:
            self._save(Path(where), self.receipt.text(self._data_folder))
