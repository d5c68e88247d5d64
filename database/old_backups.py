"""Backups of before names were sealed: made again with sealed names, in the place of the old file.

A backup that cannot be read any more is deleted: it could not be restored, and names of people
stood in it in clear.
"""

import logging
import sqlite3
import struct
from pathlib import Path

from database import shape
from database.backups import copy_whole, list_backups
from database.cipher import Cipher
from database.errors import DatabaseDamaged, DatabaseProblem
from database.migrations import SEALED_SINCE

_USER_VERSION_AT = 60  # in the header of a SQLite file, four bytes, big-endian
_LOGGER = logging.getLogger(__name__)


def seal_old_backups(folder: Path, cipher: Cipher) -> None:
    """Seals the names in every backup of an older version; says in one sentence what was done."""
    sealed, deleted = 0, []
    for backup in list_backups(folder):
        if _version_in_header(backup.path) >= SEALED_SINCE:
            continue
        try:
            _seal(backup.path, cipher)
        except (sqlite3.DatabaseError, DatabaseDamaged) as error:
            if isinstance(error, sqlite3.OperationalError):
                _left(backup.path, error)  # a full disk or a lock: tried again at the next start
                continue
            backup.path.unlink(missing_ok=True)
            deleted.append(backup.path.name)
        except (OSError, DatabaseProblem) as error:
            _left(backup.path, error)
        else:
            sealed += 1
    if sealed:
        _LOGGER.warning(
            "%d older backups of the history were made again: names are sealed.", sealed
        )
    if deleted:
        _LOGGER.warning(
            "Damaged backups with names in clear, of no use any more, were deleted: %s.",
            ", ".join(deleted),
        )


def _seal(path: Path, cipher: Cipher) -> None:
    def upgraded(copy: sqlite3.Connection) -> None:
        copy.execute("PRAGMA secure_delete = ON")
        shape.upgrade_checked(copy, cipher, path.name)
        copy.execute("VACUUM")

    source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        copy_whole(source, path, upgraded)
    finally:
        source.close()


def _left(path: Path, error: Exception) -> None:
    _LOGGER.warning("names in the backup %s could not be sealed yet: %s", path.name, error)


def _version_in_header(path: Path) -> int:
    """The schema's version without opening the file; 0 of one that is no database."""
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        return 0
    return int(struct.unpack_from(">I", header, _USER_VERSION_AT)[0])
