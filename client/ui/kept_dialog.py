"""The events that the server will never take: when, why; to export and to discard."""

import tkinter
from pathlib import Path
from tkinter import filedialog, ttk
from typing import TYPE_CHECKING

from client.events import ClientEvent
from client.kept_wording import export, reason, when
from client.outbox import DeadLetter, DeadLetters
from client.ui.controls import button, enable
from desktop.files import write_atomically
from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, WrapLabel, confirm

if TYPE_CHECKING:
    from client.ui.starter import Engine

_WIDTH = 700
_SHOWN = 500
_WHEN_WIDTH = 180


class KeptDialog(Dialog):
    """A short list; the answers come as `DeadLetters` through `handle`.

    Args:
        parent: The window.
        engine: Tells what was put aside, and forgets it.
    """

    def __init__(self, parent: tkinter.Misc, engine: "Engine") -> None:
        super().__init__(parent, title="Events not delivered", width=_WIDTH)
        self._engine = engine
        self.letters: tuple[DeadLetter, ...] = ()
        self._heading = ttk.Label(self.body, style="Bold.TLabel")
        self._heading.pack(anchor="w")
        WrapLabel(
            self.body,
            text="The server refused these events for good, so they stand in no history. They are"
            " kept here until you discard them.",
            style="Muted.TLabel",
            width=_WIDTH,
        ).pack(fill="x", pady=(px(self, 2), px(self, 8)))
        self.table = ttk.Treeview(
            self.body, columns=("why",), show="tree headings", style="Grid.Treeview", height=8
        )
        self.table.heading("#0", text="Time", anchor="w")
        self.table.column("#0", width=px(self, _WHEN_WIDTH), stretch=False)
        self.table.heading("why", text="Why", anchor="w")
        self.table.column("why", width=px(self, _WIDTH - _WHEN_WIDTH), stretch=True)
        self.table.pack(fill="both", expand=True)
        self.note = WrapLabel(self.body, style="Muted.TLabel", width=_WIDTH)
        self.note.pack(fill="x", pady=(px(self, 6), 0))
        self.close_button = button(self.buttons, "Close", self.cancel, key="Esc", primary=True)
        self.discard_button = button(self.buttons, "Discard…", self.discard, icon="trash")
        self.export_button = button(self.buttons, "Export…", self.export, icon="download")
        self.close_button.pack(side="right")
        self.discard_button.pack(side="right", padx=px(self, 8))
        self.export_button.pack(side="right")
        self._show(())
        engine.show_dead()

    def handle(self, event: ClientEvent) -> None:
        """Shows what the checkpoint says was put aside."""
        if isinstance(event, DeadLetters):
            self._show(event.letters)

    def export(self) -> None:
        """Writes the list into a file of the person's choice."""
        chosen = filedialog.asksaveasfilename(
            parent=self,
            title="Save the list",
            defaultextension=".csv",
            initialfile="events-not-delivered.csv",
            filetypes=[("CSV", "*.csv")],
        )
        if chosen:
            self.save(Path(chosen))

    def save(self, path: Path) -> None:
        """Writes the list; what came of it stands below the table."""
        try:
            write_atomically(path, export(self.letters))
        except OSError as error:
            self.note.configure(text=f"Not saved: {error.strerror or 'the disk refused'}.")
            return
        self.note.configure(text=f"Saved as {path.name}.")

    def discard(self) -> None:
        """Forgets what the list shows, after a question."""
        gone = [letter.event_id for letter in self.letters]
        agreed = confirm(
            self,
            title="Discard",
            question=f"Discard {_events(len(gone))}?",
            detail="They are gone for good then. Export the list first if anybody may ask.",
            agree="Discard",
            danger=True,
        )
        if agreed:
            self._engine.discard_dead(gone)

    def _show(self, letters: tuple[DeadLetter, ...]) -> None:
        self.letters = letters
        count = len(letters)
        none = "Every event was delivered, or waits to be"
        self._heading.configure(text=f"{_events(count)} could not be delivered" if count else none)
        self.table.delete(*self.table.get_children())
        for letter in letters[:_SHOWN]:
            values = (reason(letter),)
            self.table.insert("", "end", text=when(letter.captured_at_ms), values=values)
        for each in (self.discard_button, self.export_button):
            enable(each, on=bool(count))


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"
