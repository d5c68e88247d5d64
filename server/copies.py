"""The copies of the data that a server knows of, and whose turn it is to make or change one."""

import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from database.backups import JOURNALS, list_backups, made_at_ms
from desktop.file_lock import FileLock
from desktop.scrubbing import scrub, scrub_tree
from server.backup_format import made_with
from server.data_folder import DataFolder
from server.meanwhile import meanwhile
from server.settings import ServerSettings
from server.swap import ASIDE, BACKING_UP
from server.vault import Vault, VaultProblem

ENDING = ".tar"
BY_HAND, BY_ITSELF = "facenetgrid-", "facenetgrid-daily-"
"""How names begin of backups that somebody asked for, which nobody removes, and of the others."""
_BACKUP = re.compile(r"facenetgrid-(daily-)?(?P<time>\d{8}T\d{9})\.tar")
_DAMAGED = "*.damaged-*.db"
_LOCK = "copies.lock"


class KeysOfBackups:
    """Which key backups say they were made with; one that does not change is opened once.

    One a day is remembered, with its size and time, for as long as the program runs.
    """

    def __init__(self) -> None:
        self._found: dict[Path, tuple[tuple[int, int], str | None]] = {}

    def __call__(self, path: Path) -> str | None:
        """As `backup_format.made_with`."""
        try:
            found = path.stat()
        except OSError:
            self._found.pop(path, None)
            return made_with(path)
        seen = (found.st_size, found.st_mtime_ns)
        before = self._found.get(path)
        if before is None or before[0] != seen:
            before = self._found[path] = (seen, made_with(path))
        return before[1]


def backup_folder(folder: DataFolder, settings: ServerSettings) -> Path:
    """Where backups go that are told no other place."""
    return Path(settings.backup_folder) if settings.backup_folder else folder.backups


def whole_backups(
    folder: DataFolder,
    settings: ServerSettings,
    fingerprints: Collection[str] = (),
    *,
    key_of: Callable[[Path], str | None] = made_with,
) -> tuple[Path, ...]:
    """The backups of everything that lie where the server puts them, the newest first.

    Args:
        folder: Where the data are.
        settings: Of the server.
        fingerprints: Of the data's keys, those of before too. When given, backups that say that
            they were made with another key are left out: another server's, in a folder that both
            use.
        key_of: Says which key a backup says it was made with; None where it says none.
    """
    found = [
        (match["time"], path)
        for place in {folder.backups, backup_folder(folder, settings)}
        for path in place.glob(f"*{ENDING}")
        if (match := _BACKUP.fullmatch(path.name)) and path.is_file()
    ]
    ours = (path for _time, path in sorted(found, reverse=True))
    return tuple(
        path
        for path in ours
        if not fingerprints or (made := key_of(path)) is None or made in fingerprints
    )


def set_aside(folder: DataFolder) -> tuple[Path, ...]:
    """What a restore set aside, and damaged histories: they hold people too."""
    folders = [path for path in folder.root.glob(f"{ASIDE}*") if path.is_dir()]
    damaged = folder.database.parent.glob(f"{folder.database.stem}{_DAMAGED}")
    return (*sorted(folders), *sorted(path for path in damaged if path.is_file()))


def known_copies(
    folder: DataFolder, settings: ServerSettings, fingerprints: Collection[str]
) -> tuple[Path, ...]:
    """What may still hold somebody who is erased now: copies of the history, backups, set-asides.

    Backups that were carried elsewhere nobody here knows of.

    Args:
        folder: Where the data are.
        settings: Of the server.
        fingerprints: Of the data's keys: as for `whole_backups`.
    """
    histories = [backup.path for backup in list_backups(folder.backups)]
    return (*histories, *whole_backups(folder, settings, fingerprints), *set_aside(folder))


@contextmanager
def turn(folder: DataFolder, vault: Vault | None = None) -> Iterator[None]:
    """Keeps all other programs and threads from making or changing a copy; waits for them.

    So nobody is left in a backup that was being made while they were erased, and what a program
    that was killed has left is known for what it is, and removed. The key is not renewed and no
    backup restored meanwhile.

    Args:
        folder: Where the data are.
        vault: With what copies are made or changed, where the lock of the folder is not held.

    Raises:
        VaultProblem: The vault is not that of the data any more.
        OSError: The folder of the keys cannot be written.
    """
    with FileLock(folder.keys / _LOCK):
        if vault is not None and (problem := meanwhile(folder, vault)):
            raise VaultProblem(problem)
        for left in folder.root.glob(f"{BACKING_UP}*"):
            scrub_tree(left)
        for half in folder.backups.glob(f"*{ENDING}.part"):
            scrub(half)
        yield


@contextmanager
def workplace(folder: DataFolder) -> Iterator[Path]:
    """A folder to put a copy together in, on the disk of the data; removed at the end.

    What is gone from the data meanwhile, such as the file of somebody who is erased while a backup
    is made, is written over here too; after an error everything is.

    Raises:
        OSError: The disk refused.
    """
    place = Path(tempfile.mkdtemp(prefix=BACKING_UP, dir=folder.root))
    try:
        yield place
        for path in place.rglob("*"):
            if path.is_file() and not (folder.root / path.relative_to(place)).exists():
                scrub(path)
        shutil.rmtree(place)
    finally:
        scrub_tree(place)


def remove_set_aside(folder: DataFolder, before_ms: int) -> int:
    """Writes over and removes what was set aside before a time; returns how many there were.

    Raises:
        OSError: Something cannot be removed.
    """
    old = [path for path in set_aside(folder) if (made_at_ms(path) or before_ms) < before_ms]
    for path in old:
        scrub_tree(path)
        scrub(path)
        for ending in JOURNALS:
            scrub(path.with_name(path.name + ending))
    return len(old)
