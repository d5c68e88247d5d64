"""Puts the newest good daily copy of the history in the place of a damaged one."""

import logging
import time
from pathlib import Path

from database.backups import list_backups, restore_backup, set_aside_damaged
from database.errors import DatabaseDamaged, DatabaseNewer
from desktop.logs import log_event
from server.data_folder import DataFolder

_LOG = logging.getLogger(__name__)


def mend_history(folder: DataFolder) -> tuple[Path | None, tuple[Path, ...]]:
    """Sets the damaged database aside and puts the newest good backup in its place.

    Returns:
        The backup, None without a good one (a new one is begun); the files set aside.

    Raises:
        DatabaseProblem: Raised when the disk refuses.
    """
    now_ms = time.time_ns() // 1_000_000
    for backup in list_backups(folder.backups):
        try:
            moved = restore_backup(folder.database, backup.path, now_ms=now_ms)
        except (DatabaseDamaged, DatabaseNewer) as problem:
            log_event(_LOG, "backup_unusable", level=logging.WARNING, reason=str(problem))
            continue
        log_event(
            _LOG,
            "database_restored",
            backup=backup.path.name,
            kept=[path.name for path in moved],
        )
        return backup.path, tuple(moved)
    moved = set_aside_damaged(folder.database, now_ms=now_ms)
    log_event(_LOG, "database_set_aside", kept=[path.name for path in moved])
    return None, tuple(moved)
