"""A backup that is being made in a thread, and what came of it; outlives a lock of the window."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.ui.palette import Tone

if TYPE_CHECKING:
    from server.backup import BackupMade


class BackupRun:
    """One at a time.

    Args:
        now_s: A clock in seconds that never jumps.

    Attributes:
        told: Sentence and tone of how the last one ended; None before the first.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._since_s: float | None = None
        self.told: tuple[str, Tone] | None = None

    @property
    def running_s(self) -> int | None:
        """For how many whole seconds one has been made; None while none is."""
        return None if self._since_s is None else int(self._now_s() - self._since_s)

    def begin(self) -> bool:
        """Takes the turn, on the window's thread; False while one is being made."""
        if self._since_s is not None:
            return False
        self._since_s, self.told = self._now_s(), None
        return True

    def make(self, back_up: "Callable[[Path], BackupMade]", path: Path) -> None:
        """Makes it, in a thread, after `begin`; never raises."""
        told: tuple[str, Tone]
        try:
            told = back_up(path).sentence, "good"
        except Exception as error:  # noqa: BLE001 - a thread's top; told on the screen
            told = str(error) or type(error).__name__, "bad"
        self.told, self._since_s = told, None
