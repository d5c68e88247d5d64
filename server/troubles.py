"""What can go wrong while the server runs, watched and told: the log, the disk, the encoders."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from database.log import LogState
from protocol.text import printable
from server.condition import Condition
from server.events import CheckpointChanged, GalleryChanged, GridEvent, GridState, ShutOutWaits

# Below this the operator is warned: some ten thousand events and a day's backup still fit.
DISK_WARNING_BYTES = 200 * 1024 * 1024


def free_bytes(folder: Path) -> int:
    """How much room the disk of a folder has.

    Raises:
        OSError: Raised when the system does not say.
    """
    return shutil.disk_usage(folder).free


class Troubles:
    """Turns what is noticed into the states of `Condition`.

    Args:
        condition: Is told what is wrong and what is no more.
        post: Where checkpoints' changes go on to.
        root: The data folder, whose disk is watched.
        room: How much room a folder's disk has.
        withheld: Why nobody is named while so many are enrolled; empty when people are.
    """

    def __init__(
        self,
        condition: Condition,
        post: Callable[[GridEvent], None],
        root: Path,
        room: Callable[[Path], int] = free_bytes,
        withheld: Callable[[int], str] = lambda _people: "",
    ) -> None:
        self._condition = condition
        self._post = post
        self._root = root
        self._room = room
        self._withheld = withheld
        self._mismatched: dict[str, str] = {}

    def log_state(self, state: LogState, sentence: str) -> None:
        """The event log tells what it does; called in its thread."""
        recording = state in (LogState.RECORDING, LogState.CLOSED)
        self._condition.trouble(GridState.NOT_RECORDING, None if recording else sentence)

    def backup(self, sentence: str | None) -> None:
        """The daily backup cannot be made, or was made after all; called in its thread."""
        self._condition.trouble(GridState.NO_BACKUP, sentence)

    def flood(self, sentence: str | None) -> None:
        """Many that knock are turned away, or no more; called every second."""
        self._condition.trouble(GridState.FLOODED, sentence)

    def clock(self, doubt: str | None) -> None:
        """The computer's clock may be wrong, or is believed; called every second."""
        self._condition.trouble(GridState.CLOCK_DOUBTED, doubt)

    def checkpoint_changed(self, event: GridEvent) -> None:
        """A checkpoint came, went or was refused; called by one thread at a time."""
        if isinstance(event, CheckpointChanged):
            status = event.status
            if status.mismatch:
                self._mismatched[status.checkpoint_id] = status.name
            else:
                self._mismatched.pop(status.checkpoint_id, None)
            self._condition.trouble(GridState.MODEL_MISMATCH, self._mismatch_sentence())
        self._post(event)

    def data_changed(self, event: GridEvent) -> None:
        """The gallery was loaded or changed, or the list of checkpoints cannot be written."""
        if isinstance(event, GalleryChanged):
            sentence = _elsewhere_sentence(event.elsewhere)
            self._condition.trouble(GridState.OTHER_MODEL, sentence)
            self._condition.trouble(GridState.NOT_NAMING, self._withheld(event.people) or None)
        if isinstance(event, ShutOutWaits):
            sentence = _unwritten_sentence(event.names)
            self._condition.trouble(GridState.SHUT_OUT_UNWRITTEN, sentence)
        self._post(event)

    def look_at_disk(self) -> None:
        """Warns while there is little room."""
        try:
            free = self._room(self._root)
        except OSError:
            return
        sentence = None
        if free < DISK_WARNING_BYTES:
            sentence = f"The disk is nearly full: {free // 2**20} MB are left. Make room soon."
        self._condition.trouble(GridState.DISK_NEARLY_FULL, sentence)

    def _mismatch_sentence(self) -> str | None:
        if not self._mismatched:
            return None
        names = ", ".join(sorted(self._mismatched.values())[:3])
        return (
            f"Refused for another face model: {names}. Choose there, in the settings, the face "
            "model of this server, or install the same version."
        )


def _unwritten_sentence(names: Sequence[str]) -> str | None:
    if not names:
        return None
    return (
        f"Shut out until the server ends: {_listed(names)}. That cannot be written: make room on "
        "the disk. It is written by itself then, and counts for good."
    )


def _elsewhere_sentence(names: Sequence[str]) -> str | None:
    if not names:
        return None
    were = "was" if len(names) == 1 else "were"
    return (
        f"{_listed(names)} {were} enrolled with another face model and cannot be found. Nothing is "
        "lost: enrol again, or go back to that model in the settings."
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name, 40) for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
