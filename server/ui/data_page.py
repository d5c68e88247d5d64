"""The page of the data: backups, and the keys that open them."""

import time
import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import TYPE_CHECKING

from desktop.ui.scroll_area import ScrollArea
from desktop.ui.theme import px
from server.permissions import Action
from server.ui.backup_card import BackupCard
from server.ui.controls import PageTitle
from server.ui.desk import Desk, GridLike
from server.ui.keys_card import KeysCard

if TYPE_CHECKING:
    from server.key_acts import KeyStatus
    from server.last_backup import LastBackup

Found = tuple["LastBackup | None", bool, "KeyStatus | None"]
"""The last backup, whether its file is there, and the keys for those who manage them."""


class DataPage(ttk.Frame):
    """Backups for those who may make one, the keys for administrators.

    Args:
        parent: Where it goes.
        desk: What pages share.
        mark: Called with whether something here needs somebody.

    Attributes:
        status: The keys as they were last read; None before, and for those who do not manage them.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        mark: Callable[[bool], None],
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk, self._mark = desk, mark
        self.status: KeyStatus | None = None
        PageTitle(self, title="Data", note=f"Kept in {desk.data_folder}").pack(
            fill="x", pady=(0, px(self, 10))
        )
        area = ScrollArea(self)
        area.outer.pack(fill="both", expand=True)
        manages = desk.may(Action.MANAGE_KEYS)
        area.body.columnconfigure((0, 1), weight=1, uniform="cards")
        self.backup = BackupCard(area.body, desk)
        self.backup.grid(row=0, column=0, sticky="nsew", padx=(0, px(self, 6)))
        self.backup.bind("<<BackupEnded>>", lambda _event: self.ask())
        self.key_card = KeysCard(area.body, desk, changed=self.ask)
        if manages:
            self.key_card.grid(row=0, column=1, sticky="nsew", padx=(px(self, 6), 0))

    def shown(self) -> None:
        """The page came to the front."""
        self.refresh()
        self.ask()

    def refresh(self) -> None:
        """Shows how a backup under way goes on."""
        self.backup.refresh()

    def ask(self, then: Callable[[], None] = lambda: None) -> None:
        """Reads what is known of backups and keys, and calls `then` once it is shown."""
        grid = self._desk.ready
        if grid is None or not grid.may(Action.BACK_UP):
            return

        def take(found: Found) -> None:
            self._take(found)
            then()

        self._desk.ask("data", lambda: _read(grid), take)

    def _take(self, found: Found) -> None:
        last, there, self.status = found
        now_ms = time.time_ns() // 1_000_000
        self.backup.show(last, there=there, now_ms=now_ms)
        if self._desk.may(Action.MANAGE_KEYS):
            self.key_card.show(self.status)
        unrecoverable = self.status is not None and self.status.recovery_at_ms is None
        self._mark(not self.backup.well or unrecoverable)


def _read(grid: GridLike) -> Found:
    """Runs in the background thread: a backup's disk may be slow to answer."""
    last = grid.last_backup
    keys = grid.keys.status if grid.may(Action.MANAGE_KEYS) else None
    return last, last is not None and last.there, keys
