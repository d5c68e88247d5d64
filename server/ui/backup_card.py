"""The card of backups: how old the last one is, makes another, says how one is put back."""

import tkinter
from datetime import UTC, datetime
from pathlib import Path
from tkinter import filedialog, ttk
from typing import TYPE_CHECKING

from desktop.ui.palette import Tone
from desktop.ui.theme import px
from desktop.ui.widgets import Card, IconLabel, WrapLabel, button
from protocol.text import printable
from server.command_words import server_command
from server.fault_words import count
from server.ui.controls import enable, progress_bar
from server.ui.desk import Desk
from server.ui.wording import clock

if TYPE_CHECKING:
    from server.last_backup import LastBackup

_WIDTH = 440
_DAY_MS = 86_400_000
OLD_DAYS = 7
_WHAT = (
    "One file with everything: people, history, settings, checkpoints, accounts, audit log. "
    "What is in it is sealed; the key is not in it. Put it on another disk."
)
_NEVER = "No backup was made yet."
_GONE = "It is not there any more: moved, deleted, or on a disk that is not connected."
_BESIDE = "It lies beside the data: a broken disk takes both. Put one on another disk, too."
_NONE_BY_ITSELF = "The server makes none by itself (Settings, What is kept)."
_RESTORE = "To put one back, stop the server and type:"
_DISTANCE_MS = 60


def age(made_at_ms: int, now_ms: int) -> tuple[str, Tone]:
    """How old the last backup is, in words, and whether that is well."""
    days = max(0, now_ms - made_at_ms) // _DAY_MS
    if days == 0:
        return "Last backup within the last 24 hours", "good"
    words = count(days, "day")
    return f"Last backup {words} ago", "warn" if days >= OLD_DAYS else "good"


class BackupCard(Card):
    """Backups, for those who may make one.

    Args:
        parent: Where it goes.
        desk: What pages share.

    Attributes:
        well: Whether the last backup is as it should be: the rail says the same.
    """

    def __init__(self, parent: tkinter.Misc, desk: Desk) -> None:
        super().__init__(parent, heading="Backup", padding=16)
        self.well = False
        self._desk = desk
        self._last: LastBackup | None = None
        gap = px(self, 10)
        self.state_label = IconLabel(self.body, style="CardBold.TLabel")
        self.state_label.pack(anchor="w")
        self.facts = WrapLabel(self.body, style="CardMuted.TLabel", width=_WIDTH)
        self.facts.pack(fill="x", pady=(px(self, 2), gap))
        WrapLabel(self.body, text=_WHAT, style="Card.TLabel", width=_WIDTH).pack(fill="x")
        row = ttk.Frame(self.body, style="Card.TFrame")
        row.pack(fill="x", pady=gap)
        self.button = button(
            row, text="Back up…", command=self.ask_where, look="primary", icon_name="archive"
        )
        self.button.pack(side="left")
        self.bar = progress_bar(row)
        self.bar.configure(mode="indeterminate")
        self._moving = False
        self.told = IconLabel(self.body, style="CardBold.TLabel")
        self.told.pack(anchor="w")
        self.words = WrapLabel(self.body, style="CardMuted.TLabel", width=_WIDTH)
        self.words.pack(fill="x")
        WrapLabel(self.body, text=_RESTORE, style="CardMuted.TLabel", width=_WIDTH).pack(
            fill="x", pady=(gap, px(self, 2))
        )
        line = ttk.Frame(self.body, style="Card.TFrame")
        line.pack(fill="x")
        self.copy_button = button(
            line, text="Copy", command=lambda: desk.copy(self.command), icon_name="clipboard"
        )
        self.copy_button.pack(side="right", padx=(gap, 0), anchor="n")
        self.restore_line = WrapLabel(line, style="Card.TLabel", width=_WIDTH - 90)
        self.restore_line.configure(font="TkFixedFont")
        self.restore_line.pack(side="left", fill="x", expand=True)
        self.show(None, there=False)

    @property
    def command(self) -> str:
        """What restores the last backup, or one to be named."""
        file = "FILE" if self._last is None else self._last.path
        return server_command("restore", file, folder=self._desk.data_folder)

    def show(self, last: "LastBackup | None", *, there: bool, now_ms: int = 0) -> None:
        """Shows the last backup, and whether its file is still where it was put."""
        self._last, self.well = last, False
        if last is None:
            self.state_label.show(_NEVER, "warn")
            self.facts.configure(text=self._by_itself())
        else:
            words, tone = age(last.made_at_ms, now_ms)
            beside = _BESIDE if self._is_beside(last) else ""
            if not there:
                words = f"{words}, but its file is gone"
            elif beside:
                words = f"{words}, beside the data"
            self.well = there and not beside and tone == "good"
            self.state_label.show(words, "good" if self.well else "warn")
            size = f"{last.size_bytes / 1_000_000:.1f} MB"
            facts = (
                f"{printable(last.path, 300)}\n{clock(last.made_at_ms)} · "
                f"{count(last.files, 'file')}, {size} · key {last.fingerprint}"
            )
            lines = [facts, beside if there else _GONE, self._by_itself()]
            self.facts.configure(text="\n".join(line for line in lines if line))
        self.restore_line.configure(text=printable(self.command, 400))
        self.refresh()

    def _by_itself(self) -> str:
        """What the server does without being asked."""
        settings = None if self._desk.grid is None else self._desk.grid.settings
        if settings is None or not settings.daily_backups:
            return _NONE_BY_ITSELF
        where = printable(settings.backup_folder, 200) or "a folder of the data"
        return f"By itself: one a day into {where}, the newest {settings.daily_backups} kept."

    def _is_beside(self, last: "LastBackup") -> bool:
        return Path(last.path).is_relative_to(self._desk.data_folder.resolve())

    def refresh(self) -> None:
        """Shows what a backup under way does, or how it ended."""
        run = self._desk.backup
        since = run.running_s
        enable(self.button, on=since is None and self._desk.ready is not None)
        self._move(on=since is not None)
        if since is not None:
            clock_words = f"Making a backup… {since // 60}:{since % 60:02}"
            self.told.show(clock_words, "info", icon_name="hourglass-split")
            words = "Everything is copied, then read again. Checkpoints are served meanwhile."
        elif run.told is not None:
            words, tone = run.told
            self.told.show("Backup made" if tone == "good" else "Not backed up", tone)
        else:
            self.told.plain("")
            words = ""
        self.words.configure(text=printable(words, 500))

    def ask_where(self) -> None:
        """Asks for a file, and makes the backup there."""
        if self._desk.ready is None:
            return
        now = datetime.now(UTC).astimezone()
        last = self._last
        beside = Path.home() if last is None or self._is_beside(last) else Path(last.path).parent
        where = filedialog.asksaveasfilename(
            parent=self,
            title="Back up into",
            initialdir=beside if beside.is_dir() else Path.home(),
            initialfile=f"facenetgrid-{now:%Y-%m-%d-%H%M}.tar",
            defaultextension=".tar",
            filetypes=(("Backups of FaceNetGrid", "*.tar"), ("All files", "*")),
        )
        if where:
            self.make(Path(where))

    def make(self, path: Path) -> None:
        """Makes a backup, in a thread of its own: people go on working with the window."""
        grid, run = self._desk.ready, self._desk.backup
        if grid is None or not run.begin():
            return
        work = lambda: run.make(grid.back_up, path)  # noqa: E731
        self._desk.background.apart(work, lambda _none: self._ended(), self._desk.complain)
        self.refresh()

    def _ended(self) -> None:
        self.event_generate("<<BackupEnded>>")

    def _move(self, *, on: bool) -> None:
        if on == self._moving:
            return
        self._moving = on
        if on:
            self.bar.pack(side="left", fill="x", expand=True, padx=(px(self, 12), 0))
            self.bar.start(_DISTANCE_MS)
        else:
            self.bar.stop()
            self.bar.pack_forget()
