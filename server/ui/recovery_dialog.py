"""Shows a new recovery key, large; it counts once a group of it was typed back from the paper."""

import contextlib
import secrets
import tkinter
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog, ttk

from desktop.files import write_atomically
from desktop.ui.theme import px
from desktop.ui.widgets import Card, Dialog, IconLabel, WrapLabel, button
from server.recovery_paper import GROUPS_A_LINE, RecoveryPaper
from server.ui.controls import enable, entry
from server.ui.pairing_code_view import large_fixed

_WIDTH = 560
_WHY = (
    "The data on this computer are sealed. When its own key is lost, by a dead disk or a new "
    "computer, this recovery key alone opens them: without it everybody enrolled is lost. Write "
    "it down or print it, and keep it away from this computer."
)
_ONCE = "It is shown this once."
_REPLACES = (
    "It is shown this once. Once it counts, it opens the data and every backup made from then on. "
    "Keep the paper of before as long as you keep backups of before: it alone opens those."
)
_HIDDEN = "••••"


class RecoveryDialog(Dialog):
    """A key that nobody has written down yet, and the proof that somebody has.

    Args:
        parent: Where it goes.
        paper: The key, with what is printed beside it.
        keep: Has the key kept; calls back with None when that is done, or with what went wrong.
        replaces: Whether there is a recovery key already, which then opens backups of before alone.
        data_folder: No copy may be saved there: it would lie beside what it opens.
        place: The group that is asked for, from 0; by chance unless told otherwise.

    Attributes:
        kept: Whether the key counts.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        paper: RecoveryPaper,
        *,
        keep: Callable[[Callable[[Exception | None], None]], None],
        replaces: bool,
        data_folder: Path,
        place: int | None = None,
    ) -> None:
        super().__init__(parent, title="Recovery key", width=_WIDTH)
        self._paper, self._keep, self._data_folder = paper, keep, data_folder
        self.place = secrets.randbelow(len(paper.key.groups)) if place is None else place
        self.kept = False
        self._groups: list[ttk.Label] = []
        self._copied = False
        ttk.Label(self.body, text="Recovery key", style="Title.TLabel").pack(anchor="w")
        WrapLabel(self.body, text=_WHY, width=_WIDTH).pack(fill="x", pady=(px(self, 4), 0))
        self._build_key().pack(fill="x", pady=px(self, 12))
        WrapLabel(
            self.body, text=_REPLACES if replaces else _ONCE, style="Muted.TLabel", width=_WIDTH
        ).pack(fill="x")
        self._proof = ttk.Frame(self.body, style="Plain.TFrame")
        self._build_proof()
        self.note = IconLabel(self.body, style="Plain.TLabel")
        self.note.configure(wraplength=px(self, _WIDTH - 24), justify="left")
        self.note.pack(fill="x", pady=(px(self, 8), 0))
        self._build_buttons()

    def _build_key(self) -> Card:
        card = Card(self.body, padding=14)
        self._large = large_fixed(self)
        for number, group in enumerate(self._paper.key.groups):
            row, column = divmod(number, GROUPS_A_LINE)
            card.body.columnconfigure(column, weight=1, uniform="group")
            box = ttk.Frame(card.body, style="Card.TFrame")
            box.grid(row=row, column=column, pady=px(self, 4))
            ttk.Label(box, text=f"{number + 1}", style="CardMuted.TLabel", width=2).pack(
                side="left"
            )
            label = ttk.Label(box, text=group, style="Card.TLabel", font=self._large)
            label.pack(side="left")
            self._groups.append(label)
        return card

    def _build_proof(self) -> None:
        ttk.Label(
            self._proof,
            text=f"Type group {self.place + 1} from your paper:",
            style="Bold.TLabel",
        ).pack(side="left")
        self.field = entry(self._proof, width=10)
        self.field.pack(side="left", padx=(px(self, 10), 0))
        self.field.bind("<KeyRelease>", lambda _event: self.check())
        self.field.bind("<Return>", lambda _event: self.accept())

    def _build_buttons(self) -> None:
        self.copy_button = button(
            self.buttons, text="Copy", command=self.copy, icon_name="clipboard"
        )
        self.text_button = button(
            self.buttons, text="Save as text…", command=self.ask_text, icon_name="download"
        )
        self.page_button = button(
            self.buttons, text="Save to print…", command=self.ask_page, icon_name="printer"
        )
        self.takes = (self.copy_button, self.text_button, self.page_button)
        self.again = button(self.buttons, text="Show it again", command=self.uncover)
        self.written = button(
            self.buttons, text="I have written it down", command=self.cover, look="primary"
        )
        self.keep_button = button(
            self.buttons, text="Keep this key", command=self.accept, look="primary"
        )
        self.later = button(self.buttons, text="Not now", command=self.cancel)
        self._offer(*self.takes, main=self.written)

    def _offer(self, *others: ttk.Button, main: ttk.Button) -> None:
        """Shows these buttons, and the one that puts it off."""
        gap = px(self, 8)
        for made in self.buttons.pack_slaves():
            made.pack_forget()
        for made in others:
            made.pack(side="left", padx=(0, gap))
        main.pack(side="right")
        self.later.pack(side="right", padx=(0, gap))

    # What the buttons do.

    def cover(self) -> None:
        """Hides the key and asks for one group of it."""
        for label in self._groups:
            label.configure(text=_HIDDEN)
        self._offer(self.again, main=self.keep_button)
        self._proof.pack(fill="x", pady=(px(self, 10), 0), before=self.note)
        self.note.plain("")
        self.check()
        self.centre()
        self.field.focus_set()

    def uncover(self) -> None:
        """Shows the key once more."""
        for label, group in zip(self._groups, self._paper.key.groups, strict=True):
            label.configure(text=group)
        self._offer(*self.takes, main=self.written)
        self._proof.pack_forget()
        self.field.delete(0, "end")
        self.note.plain("")
        self.centre()
        self.written.focus_set()

    def check(self) -> bool:
        """Whether what is typed is the group; says so when it cannot become it any more."""
        typed = self.field.get()
        right = self._paper.key.has_group(self.place, typed)
        enable(self.keep_button, on=right)
        if not right and len(typed.strip()) >= len(self._paper.key.groups[0]):
            self.note.show(f"That is not group {self.place + 1}. Look at your paper.", "bad")
        else:
            self.note.plain("")
        return right

    def accept(self) -> None:
        """Has the key kept."""
        if not self.check():
            return
        enable(self.keep_button, on=False)
        self._keep(self._answered)

    def _answered(self, error: Exception | None) -> None:
        if not self.winfo_exists():
            return
        if error is not None:
            self.note.show(str(error), "bad")
            enable(self.keep_button, on=True)
            return
        self.kept = True
        self.destroy()

    def copy(self) -> None:
        """Puts the key on the clipboard until the dialog is closed."""
        self.clipboard_clear()
        self.clipboard_append(self._paper.key.text)
        self._copied = True
        self.note.show("Copied. It leaves the clipboard when this is closed.", "info")

    def ask_text(self) -> None:
        """Asks where, and writes the key as text."""
        self._ask("facenetgrid-recovery-key.txt", self._paper.text)

    def ask_page(self) -> None:
        """Asks where, and writes a page that a browser prints."""
        self._ask("facenetgrid-recovery-key.html", self._paper.page)

    def _ask(self, name: str, text: str) -> None:
        where = filedialog.asksaveasfilename(
            parent=self,
            title="Recovery key",
            initialfile=name,
            defaultextension=Path(name).suffix,
            initialdir=Path.home(),
        )
        if where:
            self.save(Path(where), text)

    def save(self, path: Path, text: str) -> None:
        """Writes the key to a file for its owner alone, not beside the data."""
        if path.resolve().is_relative_to(self._data_folder.resolve()):
            self.note.show("Not in the data's own folder: it would lie beside them.", "warn")
            return
        try:
            write_atomically(path, text.encode("utf-8"))
        except OSError as error:
            why = error.strerror or error
            self.note.show(f"{path.name} could not be written there: {why}.", "bad")
            return
        self.note.show(f"{path} was written. Print it, then delete the file.", "info")

    def destroy(self) -> None:
        """Closes; what was copied goes from the clipboard."""
        if self._copied:
            self._copied = False
            # Something that is no text may have been copied since.
            with contextlib.suppress(tkinter.TclError):
                if self.clipboard_get() == self._paper.key.text:
                    self.clipboard_clear()
        super().destroy()
