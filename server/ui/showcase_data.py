"""The window's states of backups and of the recovery key, for pictures and tests."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from server.ui.backup_run import BackupRun
from server.ui.clock_question import clock_question
from server.ui.made_up import MadeUpGrid
from server.ui.window import ServerWindow

FLOODED = (
    "At least 1,000 connections came too fast and were turned away, most of them from "
    "192.168.1.77. Checkpoints at other addresses are served. Look at what runs there, or keep it "
    "out with a firewall."
)
DOUBTED = (
    "It says 2031-11-26 09:12 UTC, and was last believed at 2026-11-20 17:45 UTC. Set it, or "
    "confirm that it is right: until then nothing is deleted for being too old."
)
_FULL = (
    "No backup was made: there is no room left in /media/usb. Free some, or choose another disk."
)


def _grid(window: ServerWindow) -> MadeUpGrid:
    return cast("MadeUpGrid", window.grid)


def _data(window: ServerWindow) -> None:
    window.desk.backup = BackupRun()  # nothing of the picture before
    _grid(window).backup_there = True
    window.go("Data")


def _first_day(window: ServerWindow) -> None:
    _grid(window).backed_up_days = _grid(window).recovery_at_ms = None
    window.go("Data")


def _failed(window: ServerWindow) -> None:
    _data(window)
    _grid(window).backup_fails = _FULL
    window.data.backup.make(Path("/media/usb/facenetgrid-2026-11-26-0900.tar"))


def _recovery(window: ServerWindow) -> None:
    _grid(window).recovery_at_ms = None
    window.go("Data")
    window.data.ask(window.data.key_card.open_dialog)


def _recovery_proof(window: ServerWindow) -> None:
    _grid(window).recovery_at_ms = None
    window.go("Data")

    def cover() -> None:
        window.data.key_card.open_dialog()
        window.data.key_card.dialog.cover()

    window.data.ask(cover)


def _confirm_clock(window: ServerWindow) -> None:
    dialog = clock_question(window.desk)
    dialog.present(dialog.decline)


STATES: dict[str, Callable[[ServerWindow], None]] = {
    "data": _data,
    "data-first-day": _first_day,
    "data-backup-failed": _failed,
    "recovery-key": _recovery,
    "recovery-key-proof": _recovery_proof,
    "confirm-clock": _confirm_clock,
}
