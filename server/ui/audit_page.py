"""The audit log: what was done and by whom, and whether all of it is as it was written."""

import tkinter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tkinter import filedialog, ttk
from typing import TYPE_CHECKING

from database.records import folded
from desktop.ui.theme import px
from desktop.ui.widgets import Card, IconLabel, WrapLabel, button
from protocol.text import printable
from server.audit_words import details_of, summary
from server.command_words import server_command
from server.fault_words import number
from server.history_accepted import FOUND
from server.permissions import Action
from server.stand_records import NOTED
from server.ui.controls import Choice, PageTitle, SearchField, enable, scrolled
from server.ui.desk import Desk
from server.ui.table import Column, Table
from server.ui.wording import Tone, clock, who_words

if TYPE_CHECKING:
    from server.audit_records import Entry, Verified

_COLUMNS = (
    Column("No.", 60, align="e"),
    Column("Time", 150),
    Column("Who", 170),
    Column("What", 180),
    Column("", 90),
    Column("Of what", 150),
    Column("Details", 220, stretch=True),
)
_TAGS = {"refused": "warn", "failed": "bad"}
_ALARMS = frozenset(
    {
        "audit log was changed",
        "audit log was rolled back",
        "data were put back",
        FOUND,
        "settings were changed by hand",
    }
)
MOST_ROWS = 1_000
_NAMED = 3
"""Of more findings than these the command tells."""
_PROGRESS_MS = 200


class AuditPage(ttk.Frame):
    """The newest records that pass the filter, the newest first.

    Args:
        parent: Where it goes.
        desk: What pages share.
    """

    def __init__(self, parent: tkinter.Misc, desk: Desk) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._verified: Verified | None = None
        self._names: Mapping[str, str] = {}
        self._looked: tuple[int, int] | None = None
        gap = px(self, 8)
        self.title = PageTitle(
            self,
            title="Audit log",
            note="Who did what, by account. Nobody enrolled is named.",
        )
        self.title.pack(fill="x", pady=(0, px(self, 10)))
        self.export = button(
            self.title.right, text="Export", command=self.ask_export, icon_name="download"
        )
        self.verify = button(
            self.title.right, text="Verify now", command=self.look_at_all, icon_name="shield-check"
        )
        if desk.may(Action.EXPORT_AUDIT):
            self.export.pack(side="right", padx=(gap, 0))
        self.verify.pack(side="right")
        self.verdict = IconLabel(self, style="Plain.TLabel", size=16)
        self.verdict.configure(wraplength=px(self, 960), justify="left")
        self.verdict.pack(fill="x", pady=(0, px(self, 10)))
        card = Card(self)
        card.pack(fill="both", expand=True)
        line = ttk.Frame(card.body, style="Card.TFrame")
        line.pack(fill="x", pady=(0, px(self, 10)))
        self.search = SearchField(line, hint="Search", changed=lambda _text: self._fill())
        self.search.pack(side="left")
        self.outcome = Choice(
            line,
            [("Everything", ""), ("Refused", "refused"), ("Failed", "failed"), ("Alarms", "!")],
            changed=self._fill,
            width=14,
        )
        self.outcome.widget.pack(side="left", padx=(gap, 0))
        self.counted = ttk.Label(line, style="CardMuted.TLabel")
        self.counted.pack(side="right")
        self.whole = WrapLabel(card.body, style="CardMuted.TLabel", width=900)
        self.whole.pack(side="bottom", fill="x", pady=(gap, 0))
        frame = ttk.Frame(card.body, style="Card.TFrame")
        frame.pack(fill="both", expand=True)
        self.table = Table(frame, _COLUMNS, rows=10)
        scrolled(frame, self.table)
        self.table.bind("<<TreeviewSelect>>", lambda _event: self._show_chosen())
        self._show_chosen()

    def shown(self) -> None:
        """The page came to the front: looks at every record of the log."""
        grid = self._desk.ready
        if grid is None or self._looked is not None:
            return
        self.verdict.plain("Looking at every record and its signature.")
        administration, actor, audit = grid.administration, grid.actor, grid.audit
        self._desk.ask("audit", lambda: (audit.log(), administration.names(actor)), self._take)

    def look_at_all(self) -> None:
        """Somebody wants to know: looks at the history and the other data, too."""
        grid = self._desk.ready
        if grid is None or self._looked is not None:
            return
        administration, actor, audit = grid.administration, grid.actor, grid.audit
        self._looked = (0, 0)
        enable(self.verify, on=False)
        self._show_progress()

        def progress(done: int, total: int) -> None:
            self._looked = (done, total)  # read by the window's thread

        self._desk.background.apart(
            lambda: (audit.verified(progress), administration.names(actor)),
            self._take_all,
            self._not_looked,
        )

    def _show_progress(self) -> None:
        if self._looked is None:
            return
        done, total = self._looked
        count = f" {number(done)} of {number(total)} entries of the history." if total else ""
        self.verdict.plain(f"Looking at every record, every entry of the history, the data.{count}")
        self.after(_PROGRESS_MS, self._show_progress)

    def _take_all(self, found: "tuple[Verified, dict[str, str]]") -> None:
        self._end_looking()
        self._take(found, everything=True)

    def _not_looked(self, error: Exception) -> None:
        self._end_looking()
        self.verdict.show(f"It could not be verified: {error}", "bad")

    def _end_looking(self) -> None:
        self._looked = None
        enable(self.verify, on=True)

    def refresh(self) -> None:
        """It changes when it is asked."""

    def focus_search(self) -> None:
        """Ctrl+F."""
        self.search.focus_on()

    def ask_export(self) -> None:
        """Asks where to, and writes it."""
        chosen = filedialog.asksaveasfilename(
            parent=self,
            title="Export the audit log",
            defaultextension=".jsonl",
            initialfile="audit.jsonl",
            filetypes=[("Signed lines", "*.jsonl"), ("Table", "*.csv")],
        )
        grid = self._desk.ready
        if not chosen or grid is None:
            return
        path = Path(chosen)
        self._desk.ask(
            "",
            partial(grid.administration.export_audit, grid.actor, path),
            lambda count: self._desk.toast.show(
                f"{count} records were written to {path.name}.", tone="good"
            ),
        )

    def _take(self, found: "tuple[Verified, dict[str, str]]", *, everything: bool = False) -> None:
        self._verified, self._names = found
        text, tone = _verdict(self._verified, self._desk.data_folder, everything=everything)
        if tone is None:
            self.verdict.plain(text)
        else:
            self.verdict.show(text, tone)
        self._fill()

    def _fill(self) -> None:
        if self._verified is None:
            return
        wanted, outcome = folded(self.search.text.strip()), str(self.outcome.value)
        rows: list[tuple[str, Sequence[str], str]] = []
        matching = 0
        for entry in reversed(self._verified.entries):
            if not _passes(entry, outcome):
                continue
            cells = self._cells(entry)
            if wanted and wanted not in folded(" ".join(cells)):
                continue
            matching += 1
            if len(rows) < MOST_ROWS:
                rows.append((str(entry.sequence), cells, _tag(entry)))
        self.table.replace(rows)
        shown = f", the newest {MOST_ROWS} shown" if matching > MOST_ROWS else ""
        self.counted.configure(text=f"{matching} records{shown}")

    def _show_chosen(self) -> None:
        """The whole of the chosen record, whose cells are cut."""
        chosen = self.table.chosen
        if chosen is None or self._verified is None:
            self.whole.configure(text="Choose a record to read the whole of it.")
            return
        entry = next(e for e in self._verified.entries if str(e.sequence) == chosen)
        cells = [cell for cell in self._cells(entry) if cell]
        self.whole.configure(text=" · ".join(cells))

    def _cells(self, entry: "Entry") -> Sequence[str]:
        return (
            str(entry.sequence),
            clock(entry.at_ms),
            who_words(entry.actor, self._names),
            printable(entry.action, 60),
            entry.outcome,
            self._of_what(entry.target),
            printable(details_of(entry), 200),
        )

    def _of_what(self, target: str) -> str:
        return printable(self._names.get(target, target), 60)


def _verdict(verified: "Verified", folder: Path, *, everything: bool) -> tuple[str, Tone | None]:
    """What is said over the list, and how: green only when everything was looked at."""
    if not verified.findings and verified.trouble:
        return f"{verified.trouble}\n{summary(verified)}", "bad"
    if not verified.whole:
        said = [one.sentence for one in verified.findings[:_NAMED]]
        more = len(verified.findings) - len(said)
        command = server_command("audit", "verify", folder=folder)
        if more:
            said.append(f"There is more ({more}), which this names: {command}")
        if verified.in_history:
            accept = server_command("audit", "accept", folder=folder)
            said.append(f"Restore a backup of before, or take the history as it is: {accept}")
        if verified.trouble:
            said.append(verified.trouble)
        what = "The data or the log were changed.\n" if everything else "The log was changed. "
        return what + "\n".join(said), "bad"
    if verified.rows is not None:
        accepted = len(verified.accepted)
        was = "1 change is" if accepted == 1 else f"{accepted} changes are"
        known = f" {was} known and accepted." if accepted else ""
        return f"{summary(verified)}{known}", "good"
    if verified.head is None:
        return "Nothing has been recorded yet.", None
    up_to = f"Verified up to record {verified.head.sequence} of this log."
    why = "it is of an older version" if everything else "Verify now does"
    return f"{up_to} The history was not looked at: {why}.", None


def _tag(entry: "Entry") -> str:
    """What the server notes by itself is quieter than what people do."""
    if entry.action in _ALARMS:
        return "bad"
    return _TAGS.get(entry.outcome, "muted" if entry.action == NOTED else "plain")


def _passes(entry: "Entry", outcome: str) -> bool:
    if outcome == "!":
        return entry.action in _ALARMS
    return not outcome or entry.outcome == outcome
