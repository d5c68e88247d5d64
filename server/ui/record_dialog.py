"""One record of the audit log, whole: in words, and as it is written."""

import tkinter
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, WrapLabel, button
from protocol.text import printable
from server.audit_names import KnownNames
from server.audit_records import Entry
from server.audit_words import OUTCOMES, as_written, details_of, what_of
from server.ui.facts import Facts
from server.ui.wording import NOTHING, clock

_WIDTH = 620
_WRITTEN = "Written as"


class RecordDialog(Dialog):
    """Shows one record.

    Args:
        parent: The window.
        entry: The record.
        names: Those that are known to who looks.

    Attributes:
        facts: The labels of the values, by their name.
    """

    def __init__(self, parent: tkinter.Misc, entry: Entry, names: KnownNames) -> None:
        super().__init__(parent, title=f"Record {entry.sequence}", width=_WIDTH)
        what = what_of(entry)
        WrapLabel(
            self.body, text=what[:1].upper() + what[1:], style="Title.TLabel", width=_WIDTH
        ).pack(fill="x")
        ttk.Label(
            self.body,
            text=f"Record {entry.sequence} · {clock(entry.at_ms)}",
            style="Muted.TLabel",
        ).pack(anchor="w", pady=(px(self, 2), px(self, 10)))
        facts = Facts(self.body, _facts(entry, names), part_before=_WRITTEN)
        facts.pack(fill="x")
        self.facts = facts.values
        self.close_button = button(self.buttons, text="Close", command=self.cancel, look="primary")
        self.close_button.pack(side="right")


def _facts(entry: Entry, names: KnownNames) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = [
        ("Who", f"{names.who(entry.actor)}{_role(entry)}"),
        ("From", names.who(entry.origin)),
        ("About", names.of_what(entry)),
        ("Details", details_of(entry, names)),
        ("Outcome", OUTCOMES.get(entry.outcome, entry.outcome)),
    ]
    written = ", ".join(filter(None, (entry.action, entry.actor, entry.target, as_written(entry))))
    return [*((name, text or NOTHING) for name, text in said), (_WRITTEN, printable(written, 900))]


def _role(entry: Entry) -> str:
    """The role it was done in, of an account; others have none that anybody gave them."""
    return f" (role: {entry.role})" if entry.actor.startswith("account:") else ""
