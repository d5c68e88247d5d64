"""The line over the audit log: how far all is as it was written, and what to do where it is not."""

import tkinter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import IconLabel, WrapLabel, button
from server.audit_records import Verified
from server.audit_words import summary
from server.command_words import server_command
from server.fault_words import count
from server.ui.wording import Tone

_NAMED = 3
"""Of more findings than these the command tells."""


class AuditVerdict(ttk.Frame):
    """A sentence or more, with buttons beside it for what was changed in the history.

    Args:
        parent: Where it goes.
        folder: Of the data.
        accept: Takes what was found in the history as it is; None for who may not.
        show_changed: Shows the events that were changed; None for who sees no events.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        folder: Path,
        accept: Callable[[], None] | None,
        show_changed: Callable[[], None] | None,
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._folder = folder
        self._accept = button(self, text="Accept…", command=accept or _nothing)
        self._show = button(
            self, text="Show changed events", command=show_changed or _nothing, look="primary"
        )
        self._may_accept, self._may_show = accept is not None, show_changed is not None
        self._said = ttk.Frame(self, style="Plain.TFrame")
        self._said.pack(side="left", fill="x", expand=True)
        self._head = IconLabel(self._said, style="Plain.TLabel", size=16)
        self._head.configure(justify="left", anchor="w")
        self._head.pack(fill="x")
        self._more = WrapLabel(self._said, width=700)
        icon = px(self, 28)
        self._said.bind(
            "<Configure>",
            lambda event: self._head.configure(wraplength=max(1, event.width - icon)),
        )
        # Tab goes by the stacking order, which is that of the eye.
        for way in (self._show, self._accept):
            way.lift()

    @property
    def text(self) -> str:
        """As it stands on the screen."""
        return f"{self._head.cget('text')}\n{self._more.cget('text')}".strip()

    @property
    def offered(self) -> tuple[str, ...]:
        """The buttons that can be pressed, from left to right."""
        return tuple(
            str(way.cget("text")) for way in (self._show, self._accept) if way.winfo_manager()
        )

    def say(self, head: str, tone: Tone | None = None, more: str = "") -> None:
        """Shows a sentence, and more below it, and no way on."""
        for way in (self._show, self._accept):
            way.pack_forget()
        if tone is None:
            self._head.plain(head)
        else:
            self._head.show(head, tone)
        self._more.configure(text=more)
        if more:
            self._more.pack(fill="x", padx=(px(self, 20), 0), pady=(px(self, 2), 0))
        else:
            self._more.pack_forget()

    def show(self, verified: Verified, *, everything: bool) -> None:
        """Says what a look gave.

        Args:
            verified: What it gave.
            everything: Whether it was of the data, too, and not of the log alone.
        """
        self.say(*self._verdict(verified, everything=everything))
        if verified.history is None:
            return
        offered = (
            (self._accept, self._may_accept and verified.acceptable),
            (self._show, self._may_show and not verified.history.strange),
        )
        for way, offer in offered:
            if offer:
                way.pack(side="right", anchor="n", padx=(px(self, 8), 0), before=self._said)

    def _verdict(self, verified: Verified, *, everything: bool) -> tuple[str, Tone | None, str]:
        """Green only when everything was looked at."""
        if not verified.findings and verified.trouble:
            return "The history cannot be read.", "bad", f"{verified.trouble}\n{summary(verified)}"
        if not verified.whole:
            what = "The data or the log were changed." if everything else "The log was changed."
            return what, "bad", "\n".join(self._found(verified))
        if verified.cancelled:
            rest = " Of the history nothing was looked at." if verified.rows is None else ""
            return f"Cancelled. {summary(verified)}{rest}", "warn", ""
        if verified.rows is not None:
            accepted = len(verified.accepted)
            was = "1 change is" if accepted == 1 else f"{accepted} changes are"
            known = f" {was} known and accepted." if accepted else ""
            return f"{summary(verified)}{known}", "good", ""
        if verified.head is None:
            return "Nothing has been recorded yet.", None, ""
        up_to = f"Verified up to record {verified.head.sequence} of this log."
        why = "it is of an older version" if everything else "Verify now does"
        return f"{up_to} The history was not looked at: {why}.", None, ""

    def _found(self, verified: Verified) -> list[str]:
        """What is wrong, a sentence each, and what to do; changed events are a number here."""
        from server.history_proof import sentences_of  # late: the window comes first

        found, history = [one.sentence for one in verified.findings], verified.history
        if history is not None:
            of_history = sentences_of(history)
            others = [sentence for sentence in found if sentence not in of_history]
            rest = sentences_of(replace(history, changed=[], changed_count=0))
            many = history.changed_count
            was = count(many, "event of the history was", "events of the history were")
            changed = [f"{was} changed outside of the program."] if many else []
            found = [*changed, *rest, *others]
        said, more = found[:_NAMED], len(found) - _NAMED
        if more > 0:
            command = server_command("audit", "verify", folder=self._folder)
            said.append(f"There is more ({more}), which this names: {command}")
        if history is not None:
            accept = ", or accept the history as it is" if verified.acceptable else ""
            what = f"estore a backup of before{accept}."
            said.append(f"R{what}" if self._may_accept else f"Tell the administrator: r{what}")
        if verified.cancelled:
            rows = f"{verified.rows or 0:,} of {verified.there:,} entries of the history"
            said.append(f"It was cancelled: {rows} were looked at.")
        return [*said, verified.trouble] if verified.trouble else said


def _nothing() -> None:
    """A button that is never offered."""
