"""Plays the short sounds of a verdict through whatever player the system has, without waiting."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from client.view_model import Sound

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "sounds"

# In order of preference. Each takes a file, plays it on the default device and ends.
PLAYERS: tuple[tuple[str, ...], ...] = (
    ("afplay",),
    ("paplay",),
    ("pw-play",),
    ("aplay", "-q"),
)

# The longest sound lasts 0.45 s; a player that is still there after this hangs on its device.
HUNG_AFTER_S = 3.0


class RunningPlayer(Protocol):
    """The part of `subprocess.Popen` that is used here."""

    def poll(self) -> int | None:
        """Returns the exit code, or None while it plays."""

    def kill(self) -> None:
        """Ends it at once."""

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end."""


class SoundPlayer:
    """One player for the window. Belongs to the main thread; no call waits for a sound.

    Args:
        enabled: Whether sounds are wanted (a setting).
        command: The player's command without the file, or None for the first one of `PLAYERS`
            that is installed. An empty one stands for a system without a player.
        start: Starts a command; replaced in tests.
    """

    def __init__(
        self,
        *,
        enabled: bool,
        command: Sequence[str] | None = None,
        start: Callable[[list[str]], RunningPlayer] | None = None,
    ) -> None:
        self.enabled = enabled
        self._command = _find_player() if command is None else list(command)
        self._start = start if start is not None else _start
        self._playing: list[tuple[float, RunningPlayer]] = []
        self._failed = ""

    @property
    def sentence(self) -> str:
        """What the settings dialog says about sounds on this computer."""
        if sys.platform == "win32":
            return "Sounds are played by Windows."
        if self._failed:
            return f"No sound can be heard here: {self._failed}"
        if not self._command:
            return "This computer has no sound player (aplay, paplay or afplay): it stays silent."
        return f"Sounds are played by {self._command[0]}."

    def play(self, sound: Sound) -> None:
        """Starts a sound and returns at once; does nothing when sounds are off or impossible."""
        self._sweep()
        path = FOLDER / f"{sound.value}.wav"
        if not self.enabled or not path.is_file():
            return
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(
                str(path), winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT
            )
            return
        if not self._command or len(self._playing) > 1:
            return
        try:
            player = self._start([*self._command, str(path)])
        except OSError as error:
            self._failed = f"{self._command[0]} could not be started ({error.strerror})."
            return
        self._playing.append((time.monotonic(), player))

    def close(self) -> None:
        """Ends what still plays; the window is closing."""
        for _started, player in self._playing:
            if player.poll() is None:
                player.kill()
                player.wait(timeout=1.0)
        self._playing.clear()

    def _sweep(self) -> None:
        """Forgets players that ended, ends those that hang, and notes a failure."""
        alive = []
        for started, player in self._playing:
            code = player.poll()
            if code is None and time.monotonic() - started > HUNG_AFTER_S:
                player.kill()
                player.wait(timeout=1.0)
                self._failed = f"{self._command[0]} got no answer from the sound device."
            elif code is None:
                alive.append((started, player))
            elif code != 0:
                self._failed = f"{self._command[0]} found no sound device."
            else:
                self._failed = ""
        self._playing = alive


def _find_player() -> list[str]:
    for command in PLAYERS:
        if shutil.which(command[0]):
            return list(command)
    return []


def _start(command: list[str]) -> RunningPlayer:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
