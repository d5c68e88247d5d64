"""A history that cannot be opened: why, and the newest good copy in the place of a damaged one."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from database.backups import by_age, list_backups, restore_backup, set_aside_damaged
from database.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseNewer,
    DatabaseProblem,
    DatabaseReadOnly,
    DatabaseSealed,
    StorageFailed,
)
from desktop.logs import log_event
from server.backup_format import PURPOSE, BackupFile, BackupRefused
from server.copies import ENDING, whole_backups, workplace
from server.data_folder import DATABASE, DataFolder
from server.events import GridState, ServerStateChanged
from server.settings import ServerSettings
from server.vault import Vault

_LOG = logging.getLogger(__name__)
_STATES: tuple[tuple[type[DatabaseProblem], GridState], ...] = (
    (DatabaseNewer, GridState.DATABASE_NEWER),
    (DatabaseDamaged, GridState.DATABASE_DAMAGED),
    (DatabaseLocked, GridState.DATABASE_LOCKED),
    (DatabaseReadOnly, GridState.READ_ONLY),
    (DatabaseSealed, GridState.KEY_UNUSABLE),
)


def status_of(
    problem: DatabaseProblem, folder: DataFolder, settings: ServerSettings
) -> ServerStateChanged:
    """The state of a server whose history cannot be opened, with how many copies there are."""
    for kind, state in _STATES:
        if isinstance(problem, kind):
            backups = len(histories(folder, settings))
            return ServerStateChanged(state, str(problem), backups=backups)
    return ServerStateChanged(GridState.READ_ONLY, str(problem))


def histories(folder: DataFolder, settings: ServerSettings) -> tuple[Path, ...]:
    """What a damaged history could be taken from, the newest first: backups, and older copies."""
    found = [backup.path for backup in list_backups(folder.backups)]
    now_ms = time.time_ns() // 1_000_000
    return tuple(
        sorted(
            (*found, *whole_backups(folder, settings)),
            key=lambda path: by_age(path, now_ms),
            reverse=True,
        )
    )


def mend_history(
    folder: DataFolder, vault: Vault, settings: ServerSettings
) -> tuple[Path | None, tuple[Path, ...]]:
    """Sets the damaged database aside and puts that of the newest good backup in its place.

    Returns:
        The backup, None without a good one (a new history is begun); the files set aside.

    Raises:
        DatabaseProblem: The disk refuses.
    """
    now_ms = time.time_ns() // 1_000_000
    for backup in histories(folder, settings):
        try:
            with _history_of(folder, vault, backup) as found:
                moved = restore_backup(folder.database, found, now_ms=now_ms)
        except (DatabaseDamaged, DatabaseNewer, BackupRefused) as problem:
            log_event(_LOG, "backup_unusable", level=logging.WARNING, reason=str(problem))
            continue
        except OSError as error:
            raise StorageFailed(f"{backup.name} could not be restored ({error}).") from error
        kept = [path.name for path in moved]
        log_event(_LOG, "database_restored", backup=backup.name, kept=kept)
        return backup, tuple(moved)
    moved = set_aside_damaged(folder.database, now_ms=now_ms)
    log_event(_LOG, "database_set_aside", kept=[path.name for path in moved])
    return None, tuple(moved)


@contextmanager
def _history_of(folder: DataFolder, vault: Vault, backup: Path) -> Iterator[Path]:
    """The history in a backup of everything; a copy of the history is one.

    Raises:
        BackupRefused: It is damaged, holds no history, or was made with another key.
        OSError: The disk refused.
    """
    if backup.suffix != ENDING:
        yield backup
        return
    with BackupFile(backup) as file, workplace(folder) as place:
        file.check_key(vault.fingerprint, vault.file.earlier)
        members = [one for one in file.verify(vault.key(PURPOSE)) if one.path == DATABASE]
        if not members:
            raise BackupRefused(f"{backup.name} holds no history.")
        file.unpack(members, place)
        yield place / DATABASE
