"""The last time that the server's clock was believed, kept for the next start, which is held to it.

Not in backups: what one brings back is of then, and the clock is asked about before it deletes.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from desktop.files import write_atomically
from desktop.logs import log_event
from security.sealing import SealBroken
from server.books import Books
from server.data_folder import DataFolder
from server.purposes import Purpose, Sealing, VaultLike
from server.retention import EvenClock
from server.stand_records import NOTED

ABOUT = b"last believed time"
LIFE = (NOTED, "server started", "server stopped")
"""Records of the audit log that a server made that ran, and no command."""
_LOG = logging.getLogger(__name__)


class LastTime:
    """The file; one thread at a time calls.

    Args:
        path: Made at the first start.
        sealer: Seals it: whoever may write the folder cannot write another time. They can remove it
            (decision 38).
    """

    def __init__(self, path: Path, sealer: Sealing) -> None:
        self._path = path
        self._sealer = sealer

    def read(self) -> int | None:
        """The time, ms since the epoch, UTC; None where there is none, or none of this key."""
        try:
            return int(self._sealer.unseal(self._path.read_bytes(), ABOUT))
        except FileNotFoundError:
            return None
        except (OSError, SealBroken, ValueError) as error:
            log_event(_LOG, "last_time_unusable", level=logging.WARNING, reason=str(error))
            return None

    def write(self, ms: int) -> None:
        """Keeps it; a disk that refuses leaves the one before, which is only older."""
        try:
            write_atomically(self._path, self._sealer.seal(str(ms).encode("ascii"), ABOUT))
        except OSError as error:
            log_event(_LOG, "last_time_not_kept", level=logging.WARNING, reason=str(error))


def clock_of(
    folder: DataFolder, vault: VaultLike, books: Books | None, now_ms: Callable[[], int]
) -> EvenClock:
    """The clock of a server that starts, held to when it last ran.

    Where that is not kept, as before the first start of this version and after a restore, the
    audit log says it, and that is kept at once: this start is about to write its own time there,
    and the next one would take it for believed.

    Args:
        folder: Where the data are.
        vault: Seals it.
        books: With the audit log.
        now_ms: The server's clock, ms since the epoch, UTC.

    Raises:
        AuditProblem: The log cannot be read.
    """
    kept = LastTime(folder.last_time, vault.sealer(Purpose.LAST_TIME))
    last_ms = kept.read()
    if last_ms is None and books is not None:
        last_ms = max((entry.at_ms for entry in books.audit.entries(LIFE)), default=None)
        if last_ms is not None:
            kept.write(last_ms)
    return EvenClock(now_ms, last_ms=last_ms, note=kept.write)
