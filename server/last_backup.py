"""Remembers the newest whole backup: where it is, of when, and which key opens it."""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop.files import write_atomically
from desktop.logs import log_event
from server.data_folder import DataFolder

_LOG = logging.getLogger(__name__)
_LONGEST = 16_384


@dataclass(frozen=True, slots=True)
class LastBackup:
    """What is known of a backup after it was read again.

    Attributes:
        path: Where it was put; it may have been moved since.
        made_at_ms: When, ms since the epoch, UTC.
        files: How many files are in it.
        size_bytes: Of the whole.
        fingerprint: Of the key that is needed to restore it.
    """

    path: str
    made_at_ms: int
    files: int
    size_bytes: int
    fingerprint: str

    @property
    def there(self) -> bool:
        """Whether the file is where it was put; asks the disk, which may be slow."""
        return Path(self.path).is_file()


def note_backup(folder: DataFolder, backup: LastBackup) -> None:
    """Writes down that a backup was made. A disk that refuses takes nothing from the backup."""
    try:
        write_atomically(folder.last_backup, json.dumps(asdict(backup)).encode("ascii"))
    except OSError as error:
        log_event(_LOG, "backup_not_noted", level=logging.WARNING, reason=str(error))


def read_last_backup(folder: DataFolder) -> LastBackup | None:
    """The newest backup; None when none was made, or the note cannot be read."""
    try:
        with folder.last_backup.open("rb") as file:
            found = json.loads(file.read(_LONGEST))
        return LastBackup(
            path=str(found["path"]),
            made_at_ms=int(found["made_at_ms"]),
            files=int(found["files"]),
            size_bytes=int(found["size_bytes"]),
            fingerprint=str(found["fingerprint"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log_event(_LOG, "backup_note_unreadable", level=logging.WARNING, reason=str(error))
        return None
