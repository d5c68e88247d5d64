"""What suspicion keeps on the disk, so that a restart forgets no misses and no probes.

Places with misses are sealed in one small file, written at most every ten seconds. Digests of
probes are appended once a second to a file that makes room for a new one when it is full. Neither
is written for each event, and neither holds an encoding.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from desktop.files import write_atomically
from desktop.logs import log_event
from security.sealing import SealBroken, Sealer
from server.data_folder import DataFolder
from server.misses import Misses
from server.purposes import Purpose
from server.replays import RECORD, Replays
from server.suspicion import Suspicion
from server.vault import Vault

_LOG = logging.getLogger(__name__)

WRITE_EVERY_S = 10.0
MOST_RECORDS = 262_144
"""Of a file of digests, 8 MB; two files are kept, together as many as are remembered."""

PLACES = "misses.sealed"
PROBES = ("probes-newer.bin", "probes-older.bin")

_ABOUT = b"misses"
_LARGEST = 16 * 1024 * 1024


class SuspicionFiles:
    """Loads at the start, keeps what is new; used by one thread at a time.

    Args:
        folder: Where the files are.
        sealer: Seals the places.
        replays: Whose digests are kept.
        misses: Whose places are kept.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        folder: Path,
        sealer: Sealer,
        replays: Replays,
        misses: Misses,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = folder / PLACES
        self._newer, self._older = (folder / name for name in PROBES)
        self._sealer = sealer
        self._replays = replays
        self._misses = misses
        self._clock = clock
        self._written_s = clock()

    def load(self) -> None:
        """Takes what earlier runs left; what cannot be read is named in the log and begun anew."""
        for path in (self._older, self._newer):
            if path.is_file():
                # Each file is as long as its records; a stranger's file is read no further.
                with path.open("rb") as file:
                    self._replays.remember(file.read(MOST_RECORDS * 2 * RECORD.size))
        if not self._places.is_file():
            return
        try:
            with self._places.open("rb") as file:
                self._misses.from_bytes(self._sealer.unseal(file.read(_LARGEST), _ABOUT))
        except (SealBroken, ValueError) as error:
            log_event(_LOG, "misses_unreadable", level=logging.WARNING, reason=str(error))

    def tidy(self, *, now: bool = False) -> None:
        """Writes what is new; called every second, and with `now` at the end.

        Raises:
            OSError: The disk refused; what is in memory stays and counts.
        """
        self._append(self._replays.take_unkept())
        if now or self._clock() - self._written_s >= WRITE_EVERY_S:
            self._written_s = self._clock()
            document = self._misses.to_bytes()
            if document is not None:
                write_atomically(self._places, self._sealer.seal(document, _ABOUT))

    def _append(self, records: bytes) -> None:
        if not records:
            return
        if self._newer.is_file() and self._newer.stat().st_size >= MOST_RECORDS * RECORD.size:
            self._newer.replace(self._older)
        self._newer.parent.mkdir(parents=True, exist_ok=True)
        with self._newer.open("ab") as file:
            # A record that a crash cut off would shift all that follow.
            file.truncate(file.tell() - file.tell() % RECORD.size)
            file.seek(0, 2)
            file.write(records)


def open_suspicion(
    folder: DataFolder, vault: Vault, dimensions: int, alarm: Callable[[str, str], None]
) -> tuple[Suspicion, SuspicionFiles]:
    """Suspicion with the vault's keys, and its files beside the database; not loaded yet.

    Args:
        folder: Where the data are.
        vault: Gives the keys.
        dimensions: Numbers of the encoder's encodings.
        alarm: Is told a sentence when a place was closed, and to which checkpoint.
    """
    replays = Replays(*vault.keys(Purpose.REPLAYS))
    misses = Misses(vault.key(Purpose.MISSES), dimensions)
    sealer = vault.sealer(Purpose.MISSES_FILE)
    files = SuspicionFiles(folder.database.parent, sealer, replays, misses)
    return Suspicion(replays, misses, alarm=alarm), files
