"""The table of checkpoints: short on the dashboard, whole on its page."""

import time
import tkinter

from protocol.text import printable
from server.events import CheckpointStatus
from server.ui.table import Column, Table
from server.ui.wording import ago

_SHORT = (
    Column("Name", 84, stretch=True),
    Column("State", 118),
    Column("Last seen", 80),
    Column("Version", 62),
)
_WHOLE = (
    Column("Name", 110, stretch=True),
    Column("Id", 100),
    Column("State", 118),
    Column("Last seen", 84),
    Column("Version", 62),
    Column("Face model", 150, stretch=True),
    Column("Address", 122),
)


class CheckpointTable(Table):
    """Checkpoints, the connected ones first.

    Args:
        parent: Where it goes.
        whole: Every column; otherwise the four that matter most.
    """

    def __init__(self, parent: tkinter.Misc, *, whole: bool, rows: int = 4) -> None:
        super().__init__(parent, _WHOLE if whole else _SHORT, rows=rows)
        self._whole = whole
        self._shown: list[tuple[str, tuple[str, ...], str]] = []

    def show(self, statuses: tuple[CheckpointStatus, ...]) -> None:
        """Shows these; does nothing when they look the same as before."""
        now_ms = time.time_ns() // 1_000_000
        rows = [
            (status.checkpoint_id, self._row(status, now_ms), _tag(status)) for status in statuses
        ]
        if rows == self._shown:
            return
        same = [row[0] for row in rows] == [row[0] for row in self._shown]
        self._shown = rows
        if not same:
            self.replace(rows)
            return
        for iid, cells, tag in rows:
            if self.cells(iid) != cells:
                self.change(iid, cells, tag=tag)

    def _row(self, status: CheckpointStatus, now_ms: int) -> tuple[str, ...]:
        name, state = printable(status.name, 60), _state(status)
        seen = ago(status.last_seen_ms, now_ms, connected=status.connected)
        version = printable(status.software, 30) or "–"
        if not self._whole:
            return name, state, seen, version
        return (
            name,
            printable(status.checkpoint_id, 40),
            state,
            seen,
            version,
            printable(status.encoder, 60) or "–",
            printable(status.address, 60) or "–",
        )


def _state(status: CheckpointStatus) -> str:
    if status.mismatch:
        return "≠ other model"
    return "● connected" if status.connected else "○ not connected"


def _tag(status: CheckpointStatus) -> str:
    if status.mismatch:
        return "warn"
    return "plain" if status.connected else "muted"
