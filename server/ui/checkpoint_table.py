"""The table of checkpoints: short on the dashboard, whole on its page."""

import time
import tkinter

from protocol.text import printable
from server.checkpoint_rows import CheckpointRow, day
from server.enrol_words import WORDS
from server.ui.table import Column, Table
from server.ui.wording import NOTHING, ago

_SHORT = (
    Column("Name", 70, stretch=True),
    Column("State", 122, stretch=True),
    Column("Last seen", 88),
    Column("Version", 68),
)
_WHOLE = (
    Column("Name", 92, stretch=True),
    Column("State", 150, stretch=True),
    Column("Last seen", 84),
    Column("Where", 104),
    Column("Paired since", 92),
    Column("Certificate until", 106),
    Column("Enrols", 72),
    Column("Version", 60),
)
# A program says what it is in words; the list has room for the number alone.
_OURS = "FaceNetGrid checkpoint "


class CheckpointTable(Table):
    """Checkpoints, what needs somebody first, then the connected ones.

    Args:
        parent: Where it goes.
        whole: Every column; otherwise the four that matter most.
    """

    def __init__(self, parent: tkinter.Misc, *, whole: bool, rows: int = 4) -> None:
        super().__init__(parent, _WHOLE if whole else _SHORT, rows=rows)
        self._whole = whole
        self._shown: list[tuple[str, tuple[str, ...], str]] = []

    def show(self, found: tuple[CheckpointRow, ...]) -> None:
        """Shows these; does nothing when they look the same as before."""
        now_ms = time.time_ns() // 1_000_000
        rows = [(row.checkpoint_id, self._cells(row, now_ms), row.tag) for row in found]
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

    def _cells(self, row: CheckpointRow, now_ms: int) -> tuple[str, ...]:
        status, device = row.status, row.device
        seen = "never"
        if status is not None:
            seen = ago(status.last_seen_ms, now_ms, connected=status.connected)
        version = version_of(status.software) if status is not None else NOTHING
        name = printable(row.name, 60)
        if not self._whole:
            return name, row.brief, seen, version
        return (
            name,
            row.state,
            seen,
            printable(row.where, 60) or NOTHING,
            day(device.paired_at_ms) if device is not None else NOTHING,
            day(device.expires_at_ms) if device is not None else NOTHING,
            WORDS[device.who_enrols].short if device is not None else NOTHING,
            version,
        )


def version_of(software: str) -> str:
    """The version in what a checkpoint says of itself; all it says when that is something else."""
    return printable(software.removeprefix(_OURS), 30) or NOTHING
