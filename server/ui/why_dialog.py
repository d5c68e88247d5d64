"""The answer to "Why?": one sentence and every number that a verdict came from."""

import tkinter
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk

from database.records import EventRecord
from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel, button
from server.command_words import server_command
from server.ui.facts import Facts
from server.ui.wording import CHANGED_SENTENCE, held_up, result, seen_at, who, why

# The order of the facts is that of the verdict; a thin line parts it from the circumstances.
_PART_BEFORE = "Quality"


class WhyDialog(Dialog):
    """Explains one event.

    Args:
        parent: The window.
        record: The event.
        data_folder: Where the data are.
        let_try_again: Opens what is held up at the event's checkpoint; None for who may not.

    Attributes:
        facts: The labels of the values, by their name.
        changed: Says that somebody changed the entry; None of one that is as it was recorded.
        open_button: Lets try again, where too many tries are the reason and it is allowed.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        record: EventRecord,
        *,
        data_folder: Path,
        let_try_again: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(parent, title="Why?", width=620)
        answer = why(record)
        _sign, word, tone = result(record)
        head = IconLabel(self.body, style="Title.TLabel", size=20)
        head.show(f"{word}: {who(record)}" if record.display_name else word, tone)
        head.pack(anchor="w")
        ttk.Label(
            self.body,
            text=f"{seen_at(record)} · {record.checkpoint_name[:60]}",
            style="Muted.TLabel",
        ).pack(anchor="w", pady=(px(self, 2), px(self, 10)))
        self.changed: WrapLabel | None = None
        if record.changed:
            command = server_command("audit", "verify", folder=data_folder)
            told = CHANGED_SENTENCE.format(command=command)
            self.changed = WrapLabel(self.body, text=told, width=620, style="BadSoftPlain.TLabel")
            self.changed.configure(padding=px(self, 8))
            self.changed.pack(fill="x", pady=(0, px(self, 12)))
        self.sentence = WrapLabel(self.body, text=answer.sentence, width=620)
        self.sentence.pack(fill="x", pady=(0, px(self, 12)))
        facts = Facts(self.body, answer.facts[2:], part_before=_PART_BEFORE)
        facts.pack(fill="x")
        self.facts = facts.values
        self.close_button = button(self.buttons, text="Close", command=self.cancel, look="primary")
        self.close_button.pack(side="right")
        self.open_button: ttk.Button | None = None
        if let_try_again is not None and held_up(record):
            self._let_try_again = let_try_again
            self.open_button = button(self.buttons, text="Let them try again", command=self._open)
            self.open_button.pack(side="left")

    def _open(self) -> None:
        self.cancel()
        self._let_try_again()
