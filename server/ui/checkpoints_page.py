"""The checkpoints: which are connected, when they were last seen, what they run."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Card, WrapLabel, button
from server.ui.checkpoint_table import CheckpointTable
from server.ui.controls import PageTitle, scrolled
from server.ui.desk import Desk
from server.ui.first_steps import start_command


class CheckpointsPage(ttk.Frame):
    """Every checkpoint that was ever connected.

    Args:
        parent: Where it goes.
        desk: What pages share.
        copy: Puts a text on the clipboard.
    """

    def __init__(self, parent: tkinter.Misc, desk: Desk, *, copy: Callable[[str], None]) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self.title = PageTitle(self, title="Checkpoints", note="")
        self.title.pack(fill="x", pady=(0, px(self, 10)))
        button(
            self.title.right,
            text="Copy the command that starts one",
            command=lambda: copy(start_command(desk.presenter.address)),
            icon_name="clipboard",
        ).pack(side="right")
        card = Card(self)
        card.pack(fill="both", expand=True)
        self.note = WrapLabel(card.body, style="CardMuted.TLabel", width=900)
        self.note.pack(side="bottom", fill="x", pady=(px(self, 10), 0))
        frame = ttk.Frame(card.body, style="Card.TFrame")
        frame.pack(fill="both", expand=True)
        self.table = CheckpointTable(frame, whole=True, rows=10)
        scrolled(frame, self.table)
        self._nobody = ttk.Label(
            self.table, text="No checkpoint has connected yet.", style="CardMuted.TLabel"
        )
        self.refresh()

    def shown(self) -> None:
        """The page came to the front."""
        self.refresh()

    def refresh(self) -> None:
        """Shows what the presenter has now."""
        statuses = self._desk.presenter.checkpoints
        self.table.show(statuses)
        connected = sum(status.connected for status in statuses)
        self.title.say(f"{connected} of {len(statuses)} connected")
        if any(status.mismatch for status in statuses):
            self.note.configure(
                text="≠ A checkpoint with another face model is refused: its numbers cannot be "
                "compared with ours. Install the same version of FaceNetGrid there."
            )
        else:
            self.note.configure(
                text="Checkpoints on this computer connect by themselves. Those on other computers "
                "can be connected once pairing and encryption are there."
            )
        if statuses:
            self._nobody.place_forget()
        else:
            self._nobody.place(relx=0.5, rely=0.45, anchor="center")
