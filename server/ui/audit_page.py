"""The audit log: what was done and by whom, and whether all of it is as it was written."""

import time
import tkinter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tkinter import filedialog, ttk
from typing import TYPE_CHECKING

from database.records import folded
from desktop.ui.theme import px
from desktop.ui.widgets import Card, WrapLabel, button, set_icon
from server.audit import SYSTEM
from server.audit_names import KnownNames
from server.audit_records import CHANGED, FAILED, REFUSED, ROLLED_BACK
from server.audit_words import details_of, what_of
from server.fault_words import count, number
from server.history_accepted import FOUND
from server.permissions import Action
from server.stand_records import BY_HAND, NOTED, PUT_BACK
from server.ui.accept_history import accept_history
from server.ui.audit_verdict import AuditVerdict
from server.ui.controls import Choice, PageTitle, SearchField, enable, scrolled
from server.ui.desk import Desk, GridLike
from server.ui.look import Look
from server.ui.record_dialog import RecordDialog
from server.ui.table import Column, Table
from server.ui.wording import when

if TYPE_CHECKING:
    from server.audit_records import Entry, Verified

# Together no wider than the smallest window has room for: a table that is shown for the first time
# does not shrink its columns.
_COLUMNS = (
    Column("No.", 44, align="e"),
    Column("Time", 140),
    Column("Who", 144),
    Column("What", 176),
    Column("Outcome", 72),
    Column("About", 122),
    Column("Details", 60, stretch=True),
)
_TAGS = {REFUSED: "warn", FAILED: "bad"}
_ALARMS = frozenset({CHANGED, ROLLED_BACK, PUT_BACK, FOUND, BY_HAND})
_BY_PEOPLE = "people"
_CHOICES = (
    ("Everything", ""),
    ("What people did", _BY_PEOPLE),
    ("Refused", REFUSED),
    ("Failed", FAILED),
    ("Alarms", "!"),
)
MOST_ROWS = 1_000
_VERIFY = "Verify now"
_PROGRESS_MS = 200
_CANCELLED_WITHIN_MS = 900


class AuditPage(ttk.Frame):
    """The newest records that pass the filter, the newest first.

    Args:
        parent: Where it goes.
        desk: What pages share.
        show_changed: Shows the events that somebody changed.
        history_accepted: Called when what was changed in the history was accepted.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        show_changed: Callable[[], None],
        history_accepted: Callable[[], None],
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._history_accepted = history_accepted
        self._verified: Verified | None = None
        self._of_data: Verified | None = None
        self._names = KnownNames()
        self._look: Look | None = None
        gap = px(self, 8)
        self.title = PageTitle(
            self,
            title="Audit log",
            note="Who did what, by account. The log itself names nobody who is enrolled.",
        )
        self.title.pack(fill="x", pady=(0, px(self, 10)))
        self.export = button(
            self.title.right, text="Export", command=self.ask_export, icon_name="download"
        )
        self.verify = button(
            self.title.right, text=_VERIFY, command=self.press_verify, icon_name="shield-check"
        )
        if desk.may(Action.EXPORT_AUDIT):
            self.export.pack(side="right", padx=(gap, 0))
        self.verify.pack(side="right")
        self.export.lift()  # Tab goes by the stacking order, which is that of the eye
        self.verdict = AuditVerdict(
            self,
            folder=desk.data_folder,
            accept=self.ask_accept if desk.may(Action.ACCEPT_HISTORY) else None,
            show_changed=show_changed if desk.may(Action.VIEW_HISTORY) else None,
        )
        self.verdict.pack(fill="x", pady=(0, px(self, 10)))
        card = Card(self)
        card.pack(fill="both", expand=True)
        line = ttk.Frame(card.body, style="Card.TFrame")
        line.pack(fill="x", pady=(0, px(self, 10)))
        self.search = SearchField(line, hint="Search", changed=lambda _text: self._fill())
        self.search.pack(side="left")
        self.outcome = Choice(
            line,
            _CHOICES,
            changed=self._fill,
            width=16,
        )
        self.outcome.widget.pack(side="left", padx=(gap, 0))
        self.counted = ttk.Label(line, style="CardMuted.TLabel")
        self.counted.pack(side="right")
        foot = ttk.Frame(card.body, style="Card.TFrame")
        foot.pack(side="bottom", fill="x", pady=(gap, 0))
        self.details = button(foot, text="Details", command=self.ask_details, icon_name="search")
        self.details.pack(side="right", anchor="s", padx=(gap, 0))
        self.whole = WrapLabel(foot, style="CardMuted.TLabel", width=800)
        self.whole.pack(side="left", fill="x", expand=True)
        frame = ttk.Frame(card.body, style="Card.TFrame")
        frame.pack(fill="both", expand=True)
        self.table = Table(frame, _COLUMNS, rows=10)
        scrolled(frame, self.table)
        self.table.bind("<<TreeviewSelect>>", lambda _event: self._show_chosen())
        for pressed in ("<Return>", "<Double-1>"):
            self.table.bind(pressed, lambda _event: self.ask_details())
        self._empty = ttk.Label(self.table, text="", style="CardMuted.TLabel")
        foot.lift()
        self._show_chosen()

    def shown(self) -> None:
        """The page came to the front: looks at every record of the log."""
        grid = self._desk.ready
        if grid is None or self._look is not None:
            return
        if self._of_data is None:
            self.verdict.say("Looking at every record and its signature.")
        audit = grid.audit
        self._desk.ask("audit", lambda: (audit.log(), self._known(grid)), self._take_log)

    def look_at_all(self) -> None:
        """Somebody wants to know: looks at the history and the other data, too."""
        grid = self._desk.ready
        if grid is None or self._look is not None:
            return
        audit = grid.audit
        look = self._look = Look()
        self._offer_verify("Cancel", "x-lg")
        self._show_progress()
        self._desk.background.apart(
            lambda: (audit.verified(look.note, look.cancelled.is_set), self._known(grid)),
            partial(self._take_all, look),
            partial(self._not_looked, look),
        )

    def press_verify(self) -> None:
        """Begins a look at everything, or cancels the one that is under way."""
        look = self._look
        if look is None:
            self.look_at_all()
        elif not look.cancelled.is_set():
            look.cancelled.set()
            enable(self.verify, on=False)
            self.after(_CANCELLED_WITHIN_MS, self._leave, look)

    def _leave(self, look: Look) -> None:
        """What cannot be cut short is not waited for: a long audit log has to be read whole."""
        if look is self._look:
            self._end_looking()
            self.verdict.say(
                "Cancelled while the audit log was read: nothing was verified.", "warn"
            )

    def destroy(self) -> None:
        """Goes with who is signed in; a look that is under way is given up."""
        if self._look is not None:
            self._look.cancelled.set()
        super().destroy()

    def _offer_verify(self, word: str, icon_name: str) -> None:
        self.verify.configure(text=word)
        set_icon(self.verify, icon_name)
        enable(self.verify, on=True)

    def _show_progress(self) -> None:
        if self._look is None:
            return
        done, total = self._look.far
        entries = count(total, "entry", "entries")
        far = f" {number(done)} of {entries} of the history." if total else ""
        self.verdict.say(f"Looking at every record, every entry of the history, the data.{far}")
        self.after(_PROGRESS_MS, self._show_progress)

    def _known(self, grid: GridLike) -> KnownNames:
        """Whose names are known to who looks; of enrolled people for who may see them."""
        accounts = grid.administration.names(grid.actor)
        everybody = grid.people.list() if grid.may(Action.VIEW_PEOPLE) else ()
        return KnownNames(accounts, people={one.subject_id: one.display_name for one in everybody})

    def _take_log(self, found: "tuple[Verified, KnownNames]") -> None:
        """What the data showed before is still said, unless the log itself is wrong by now."""
        verified, before = found[0], self._of_data
        self._take(*found)
        if self._look is None:
            of_data = before if before is not None and verified.whole else None
            self.verdict.show(of_data or verified, everything=of_data is not None)

    def _take_all(self, look: Look, found: "tuple[Verified, KnownNames]") -> None:
        if look is not self._look:
            return
        self._end_looking()
        self._of_data = found[0]
        self._take(*found)
        self.verdict.show(found[0], everything=True)

    def _not_looked(self, look: Look, error: Exception) -> None:
        if look is not self._look:
            return
        self._end_looking()
        self.verdict.say(f"It could not be verified: {error}", "bad")

    def ask_accept(self) -> None:
        """Asks whether the history is taken as it is; then all is looked at once more."""
        if self._of_data is not None and self._of_data.history is not None:
            accept_history(self, self._desk, self._of_data.history, self._accepted)

    def _accepted(self) -> None:
        self._history_accepted()
        self.look_at_all()

    def _end_looking(self) -> None:
        self._look = None
        self._offer_verify(_VERIFY, "shield-check")

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
            lambda written: self._desk.toast.show(
                f"{count(written, 'record was', 'records were')} written to {path.name}.",
                tone="good",
            ),
        )

    def _take(self, verified: "Verified", names: KnownNames) -> None:
        checkpoints = {row.checkpoint_id: row.name for row in self._desk.presenter.rows}
        self._verified, self._names = verified, replace(names, checkpoints=checkpoints)
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
        shown = f", the newest {number(MOST_ROWS)} shown" if matching > MOST_ROWS else ""
        self.counted.configure(text=f"{count(matching, 'record')}{shown}")
        if rows:
            self._empty.place_forget()
        else:
            self._empty.configure(text="No record passes these filters.")
            self._empty.place(relx=0.5, rely=0.45, anchor="center")
        self._show_chosen()

    def _show_chosen(self) -> None:
        """The whole of the chosen record, whose cells are cut."""
        entry = self._chosen
        enable(self.details, on=entry is not None)
        if entry is None:
            self.whole.configure(text="Choose a record to read the whole of it.")
            return
        cells = [cell for cell in self._cells(entry) if cell]
        self.whole.configure(text=" · ".join(cells))

    @property
    def _chosen(self) -> "Entry | None":
        entries = () if self._verified is None else self._verified.entries
        return next((one for one in entries if str(one.sequence) == self.table.chosen), None)

    def ask_details(self) -> str:
        """Shows the chosen record, with everything that is written."""
        entry = self._chosen
        if entry is not None:
            dialog = RecordDialog(self, entry, self._names)
            dialog.present(dialog.close_button)
        return "break"

    def _cells(self, entry: "Entry") -> Sequence[str]:
        return (
            str(entry.sequence),
            when(entry.at_ms, time.time_ns() // 1_000_000),
            self._names.who(entry.actor),
            what_of(entry),
            entry.outcome,
            self._names.of_what(entry),
            details_of(entry, self._names),
        )


def _tag(entry: "Entry") -> str:
    """What the server notes by itself is quieter than what people do."""
    if entry.action in _ALARMS:
        return "bad"
    return _TAGS.get(entry.outcome, "muted" if entry.action == NOTED else "plain")


def _passes(entry: "Entry", outcome: str) -> bool:
    if outcome == _BY_PEOPLE:
        return entry.actor != SYSTEM.name
    if outcome == "!":
        return entry.action in _ALARMS
    return not outcome or entry.outcome == outcome
