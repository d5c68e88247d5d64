"""How long ago the server was last heard of, by a clock that cannot simply be set back.

Time goes on by whichever clock says more: the seconds the program ran, or the computer's clock. A
computer's clock that shows less than it did is not believed at all until the server is back.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from desktop.files import write_atomically
from security.sealing import SealBroken, Sealer, derive

TOLERANCE_S = 120.0
"""A computer's clock is set right by so much without a word."""

_SAVE_EVERY_S = 30.0
_ABOUT = b"time of the last word of the server"


class CopyClock:
    """Kept in a small sealed file beside the copy. For one thread.

    Args:
        path: The file.
        key: 32 bytes.
        wall_s: The computer's clock, in seconds since the epoch.
        running_s: Seconds that only go forward.
    """

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        wall_s: Callable[[], float] = time.time,
        running_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._sealer = Sealer(derive(key, "gallery copy clock"))
        self._wall_s = wall_s
        self._running_s = running_s
        self._saved_s = self._counted_s = running_s()
        self._contact_s: float | None = None  # by the computer's clock
        self._latest_s = 0.0  # the most it ever showed
        self._ran_s = 0.0  # since the contact
        self._load()

    def contact(self) -> None:
        """The server answered just now."""
        now_s = self._wall_s()
        first = self._contact_s is None
        self._contact_s = self._latest_s = now_s
        self._ran_s, self._counted_s = 0.0, self._running_s()
        if first or self._counted_s - self._saved_s >= _SAVE_EVERY_S:
            self._save()

    @property
    def age_s(self) -> float:
        """Seconds since the server was heard of; infinite when that cannot be told."""
        now_s, running_s = self._wall_s(), self._running_s()
        self._ran_s += max(0.0, running_s - self._counted_s)
        self._counted_s = running_s
        if self._contact_s is None or now_s < self._latest_s - TOLERANCE_S:
            return float("inf")
        self._latest_s = max(self._latest_s, now_s)
        if running_s - self._saved_s >= _SAVE_EVERY_S:
            self._save()
        return max(self._ran_s, now_s - self._contact_s)

    def forget(self) -> None:
        """The copy is gone: nothing to measure."""
        self._contact_s = None
        self._path.unlink(missing_ok=True)

    def _load(self) -> None:
        try:
            found = json.loads(self._sealer.unseal(self._path.read_bytes(), _ABOUT))
            self._contact_s = float(found["contact_s"])
            self._latest_s = float(found["latest_s"])
            self._ran_s = float(found["ran_s"])
        except (OSError, SealBroken, ValueError, KeyError, TypeError):
            self._contact_s = None  # too old, then: nothing is decided by a copy of unknown age

    def _save(self) -> None:
        """Writes the time down; a disk that refuses makes the copy older, not younger."""
        self._saved_s = self._running_s()
        kept = {"contact_s": self._contact_s, "latest_s": self._latest_s, "ran_s": self._ran_s}
        try:
            write_atomically(self._path, self._sealer.seal(json.dumps(kept).encode(), _ABOUT))
        except OSError:
            self._path.unlink(missing_ok=True)
