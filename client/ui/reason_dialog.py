"""Asks why a face that is enrolled already is another person: chosen or typed, never empty."""

import tkinter
from collections.abc import Callable
from tkinter import ttk

from client.ui.controls import button, editable, enable
from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, WrapLabel
from protocol.text import printable

REASONS = (
    "A twin, a brother or a sister",
    "Looks alike: papers were checked",
    "I know both of them",
)
LONGEST = 200
_SHORTEST = 3


class ReasonDialog(Dialog):
    """One line, with the usual answers to choose from.

    Args:
        parent: The enrolment dialog.
        known: Whom the face is like; "" when the server did not say.
        chosen: Called with the reason, after which the dialog is gone.
    """

    def __init__(self, parent: tkinter.Misc, *, known: str, chosen: Callable[[str], None]) -> None:
        super().__init__(parent, title="Another person", width=460)
        self._chosen = chosen
        who = printable(known, 40) or "somebody enrolled"
        ttk.Label(self.body, text=f"Why is this not {who}?", style="Bold.TLabel").pack(anchor="w")
        WrapLabel(
            self.body,
            text="Choose or type a reason. It is stored with the enrolment and stands in the "
            "server's log.",
            style="Muted.TLabel",
            width=460,
        ).pack(fill="x", pady=(px(self, 2), px(self, 8)))
        self.text = tkinter.StringVar(self)
        self.field = editable(self.body, self.text, REASONS)
        self.field.pack(fill="x")
        self.enrol_button = button(
            self.buttons, "Enrol as another person", self.accept, key="Enter", primary=True
        )
        self.enrol_button.pack(side="right")
        button(self.buttons, "Back", self.cancel, key="Esc").pack(side="right", padx=px(self, 8))
        self.text.trace_add("write", lambda *_names: self._typed())
        self.field.bind("<Return>", lambda _event: self.accept())
        self._typed()

    @property
    def reason(self) -> str:
        """As it would be stored."""
        return printable(" ".join(self.text.get().split()), LONGEST)

    def accept(self) -> None:
        """Takes the reason; nothing happens while there is none."""
        reason = self.reason
        if len(reason) < _SHORTEST:
            return
        self.destroy()
        self._chosen(reason)

    def _typed(self) -> None:
        enable(self.enrol_button, on=len(self.reason) >= _SHORTEST)
