"""Classic pickle files of people in and out: asks where, works in the background, reports."""

import tkinter
from pathlib import Path
from tkinter import filedialog, ttk
from typing import Any, Literal

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, WrapLabel, button
from protocol.text import printable
from server.fault_words import count
from server.ui.consent_dialog import GroundQuestion
from server.ui.controls import scrolled
from server.ui.desk import Desk
from server.ui.table import Column, Table

Layout = Literal["names", "per-person", "list"]

LAYOUTS: tuple[tuple[Layout, str, str], ...] = (
    ("names", "One file of encodings and names", "What most face_recognition scripts read."),
    ("per-person", "One file a person", "An array each, named by the person, in a folder."),
    ("list", "One file, a list of arrays", "With the names in a text file beside it."),
)
_ENTRIES = (
    Column("Entry", 170),
    Column("Person", 150),
    Column("Result", 110),
    Column("Reason", 210, stretch=True),
)
_WORDS = {"in": "✓ added", "already": "= already there", "refused": "✕ refused"}
_TAGS = {"in": "plain", "already": "muted"}


def ask_import(desk: Desk, parent: tkinter.Misc) -> None:
    """Asks on what ground and for a file, takes its people in, shows what became of each entry."""
    question = GroundQuestion(
        parent,
        title="Import people",
        text="Whoever is in the file is enrolled. A face's encoding is personal data like its "
        "picture: they have to have agreed.",
        word="Choose a file",
    )
    question.wait_for_answer(question.field.entry)
    if question.answer is None or not parent.winfo_exists():
        return
    chosen = filedialog.askopenfilename(
        parent=parent,
        title="Import classic encodings",
        filetypes=[("Pickle files", "*.pkl *.pickle *.p *.dat"), ("All files", "*")],
    )
    if chosen:
        begin_import(desk, parent, Path(chosen), question.answer)


def begin_import(desk: Desk, parent: tkinter.Misc, path: Path, ground: str) -> None:
    """Takes in the people of a file or of a folder's files, on the ground that was stated."""
    grid = desk.ready
    if grid is None:
        return
    desk.ask(
        "",
        lambda: grid.import_people(path, ground=ground),
        lambda report: ImportResult(parent, path, report).present(),
    )


def ask_export(desk: Desk, parent: tkinter.Misc) -> None:
    """Asks for the layout and the place, then writes everybody."""
    dialog = ExportDialog(parent)
    dialog.wait_for_answer(dialog.first)
    if dialog.chosen is None or not parent.winfo_exists():
        return
    if dialog.chosen == "per-person":
        where = filedialog.askdirectory(parent=parent, title="Folder for the files")
    else:
        where = filedialog.asksaveasfilename(
            parent=parent,
            title="Export the people",
            defaultextension=".pkl",
            initialfile="encodings.pkl",
        )
    if where:
        begin_export(desk, Path(where), dialog.chosen)


def begin_export(desk: Desk, path: Path, layout: Layout) -> None:
    """Writes everybody to a file or folder."""
    grid = desk.ready
    if grid is None:
        return
    desk.ask(
        "",
        lambda: grid.export_people(path, layout),
        lambda files: desk.toast.show(
            f"{count(files, 'file')} written to {path.name}.", tone="good"
        ),
    )


class ExportDialog(Dialog):
    """The three layouts with what each is for.

    Attributes:
        chosen: The layout, None when it was cancelled.
    """

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent, title="Export people", width=520)
        self.chosen: Layout | None = None
        WrapLabel(
            self.body,
            text="The files hold face encodings: keep them as safe as the gallery itself.",
            style="Muted.TLabel",
            width=520,
        ).pack(fill="x", pady=(0, px(self, 10)))
        made: list[ttk.Button] = []
        for layout, word, note in LAYOUTS:
            line = ttk.Frame(self.body, style="Plain.TFrame")
            line.pack(fill="x", pady=px(self, 5))
            choose = button(line, text="Export", command=self._choosing(layout))
            choose.pack(side="right", padx=(px(self, 12), 0))
            made.append(choose)
            ttk.Label(line, text=word, style="Bold.TLabel").pack(anchor="w")
            ttk.Label(line, text=note, style="Muted.TLabel").pack(anchor="w")
        self.first = made[0]
        button(self.buttons, text="Cancel", command=self.cancel).pack(side="right")

    def _choosing(self, layout: Layout) -> Any:
        def choose() -> None:
            self.chosen = layout
            self.destroy()

        return choose


class ImportResult(Dialog):
    """A row for every entry of the file."""

    def __init__(self, parent: tkinter.Misc, path: Path, report: Any) -> None:
        super().__init__(parent, title="Import", width=680)
        counts = ", ".join(
            f"{report.count(result)} {word[2:]}"
            for result, word in _WORDS.items()
            if report.count(result)
        )
        ttk.Label(self.body, text=printable(path.name, 60), style="Title.TLabel").pack(anchor="w")
        ttk.Label(
            self.body,
            text=f"{count(len(report.rows), 'entry', 'entries')}: {counts or 'nothing'}.",
            style="Muted.TLabel",
        ).pack(anchor="w", pady=(px(self, 4), px(self, 10)))
        frame = ttk.Frame(self.body, style="Card.TFrame")
        frame.pack(fill="both", expand=True)
        self.rows = Table(frame, _ENTRIES, rows=10)
        scrolled(frame, self.rows)
        for number, row in enumerate(report.rows):
            cells = (
                printable(row.entry, 100),
                printable(row.person),
                _WORDS.get(row.result, str(row.result)),
                printable(row.reason, 300),
            )
            self.rows.put(str(number), cells, tag=_TAGS.get(row.result, "warn"))
        button(self.buttons, text="Close", command=self.cancel, look="primary").pack(side="right")
