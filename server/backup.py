"""Makes a backup of a whole data folder while its server runs, and reads it again at once.

What belongs together is copied as it was at one moment: files are looked at before and after, and
copied again until nothing changed in between; the history through SQLite's own backup.
"""

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from database.backups import snapshot, stamp
from database.errors import DatabaseProblem
from desktop.files import sync_folder
from desktop.scrubbing import scrub
from server.backup_format import (
    PURPOSE,
    BackupFile,
    BackupRefused,
    Head,
    Stopped,
    fits,
    write,
)
from server.copies import BY_HAND, ENDING, backup_folder, turn, workplace
from server.data_folder import DataFolder
from server.fault_words import count
from server.last_backup import LastBackup, note_backup
from server.settings import ServerSettings
from server.vault import Vault, VaultProblem

NOT_COPIED = ("keys/master.key", "erasures/applied.note", "database/last-time.sealed")
"""The key that opens everything does not lie beside what it opens; the others are of here."""

_PASSING = ("keys/requests/", ".lock")
"""What means something only while a program runs: how a path begins or ends."""
_WHOLE = ("known_faces", "pictures", "keys", "audit", "erasures", "evaluation")
_ALONE = ("server-settings.json", "consent-texts.json")
_DATABASE = "database"
_ROUNDS = 20
_REPLACED_WHOLE = ("known_faces/", "pictures/")
"""Folders of files that are not changed in place: a second name of one is as good as a copy."""
_CHANGED = ".journal"
SPARE_BYTES = 200 * 1024 * 1024
"""Left free on the disk of the data, where events have to go on being recorded."""

Seen = dict[str, tuple[int, int, int]]


class BackupFailed(Exception):  # noqa: N818 - named for what happened
    """Raised when no backup was made; one sentence."""


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A backup that was read again and is whole.

    Attributes:
        path: Where it is.
        files: How many files are in it.
        size_bytes: Of the whole.
        fingerprint: Of the key that is needed to restore it.
        left_out: Files whose names do not fit, which are none of FaceNetGrid's.
    """

    path: Path
    files: int
    size_bytes: int
    fingerprint: str
    left_out: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For whoever asked for it."""
        size = f"{self.size_bytes / 1_000_000:.1f} MB"
        text = (
            f"{self.path} holds {count(self.files, 'file')} ({size}) and was read again. It can be "
            f"restored with the key {self.fingerprint} alone; that key is not in it."
        )
        if self.left_out:
            were = "was" if len(self.left_out) == 1 else "were"
            text += f" {count(len(self.left_out), 'file')} of other programs {were} left out."
        return text


def make_backup(
    folder: DataFolder,
    vault: Vault,
    destination: Path,
    *,
    kind: str = BY_HAND,
    stop: Callable[[], bool] = lambda: False,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> BackupMade:
    """Copies everything into one file; the server may go on meanwhile. Any thread may call.

    Another program or thread that makes or changes a copy is waited for.

    Args:
        folder: Where the data are; its lock is not needed.
        vault: Opened.
        destination: A folder, or the file to make.
        kind: How the name begins of a backup in a folder.
        stop: Asked again and again whether to give up.
        now_ms: The clock, ms since the epoch, UTC.

    Raises:
        BackupFailed: With a sentence; nothing is left of it then.
    """
    made_at_ms = now_ms()
    target = _target(destination, kind, made_at_ms)
    part = target.with_name(f"{target.name}.part")
    head = Head(vault.fingerprint, made_at_ms)
    key = vault.key(PURPOSE)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with turn(folder, vault):
            with workplace(folder) as place:
                files, left_out = _gather(folder, place)
                _check_room(folder, files, target.parent)
                descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "wb") as out:
                    members = write(out, head, files, key, stop=stop)
                    out.flush()
                    os.fsync(out.fileno())
            with BackupFile(part) as written:
                if written.verify(key) != members:
                    raise BackupFailed(f"{target} could not be read again: the disk is damaged.")
            part.replace(target)
            sync_folder(target.parent)
    except Stopped as stopped:
        raise BackupFailed("No backup was made: the server was stopped meanwhile.") from stopped
    except (DatabaseProblem, VaultProblem) as problem:
        raise BackupFailed(f"No backup was made. {problem}") from problem
    except BackupRefused as error:
        raise BackupFailed(f"{target} could not be read again ({error}).") from error
    except OSError as error:
        raise BackupFailed(
            f"No backup was made in {target.parent} ({error.strerror or error}): free some space, "
            "or choose another folder."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    size = target.stat().st_size
    noted = LastBackup(str(target.resolve()), made_at_ms, len(members), size, vault.fingerprint)
    note_backup(folder, noted)
    return BackupMade(target, len(members), size, vault.fingerprint, left_out)


def place_for_backups(folder: DataFolder, settings: ServerSettings) -> Path:
    """The folder that backups go to unless told otherwise.

    Raises:
        BackupFailed: It is not there: one that somebody chose is not made, for where a disk is
            not connected it would lie on another one.
    """
    place = backup_folder(folder, settings)
    try:
        if place == folder.backups:
            place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackupFailed(f"No backup was made in {place} ({error.strerror}).") from error
    if not place.is_dir():
        raise BackupFailed(
            f"No backup was made: the folder {place} is not there. Connect its disk, make the "
            "folder, or choose another one in the settings."
        )
    return place


def _target(destination: Path, kind: str, made_at_ms: int) -> Path:
    name = f"{kind}{stamp(made_at_ms)}{ENDING}"
    return destination / name if destination.is_dir() else destination


def _check_room(folder: DataFolder, files: Sequence[tuple[str, Path]], place: Path) -> None:
    """A backup must not take the room that the history needs.

    Raises:
        OSError: There is too little.
    """
    needed = sum(file.stat().st_size for _path, file in files)
    if place.stat().st_dev == folder.root.stat().st_dev:
        needed += SPARE_BYTES
    free = shutil.disk_usage(place).free
    if free < needed:
        text = f"{needed / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free"
        raise OSError(errno.ENOSPC, text)


def _gather(folder: DataFolder, into: Path) -> tuple[list[tuple[str, Path]], tuple[str, ...]]:
    """Copies or links everything that belongs in; gives path inside and file of each."""
    had: Seen = {}
    for _round in range(_ROUNDS):
        seen = dict(_look(folder.root))
        if seen == had:
            break
        for path in had.keys() - seen.keys():
            scrub(into / path)  # of somebody who was erased, it is the last name of their file
        for path, looks in seen.items():
            if had.get(path) != looks:
                _copy(folder.root / path, into / path, link=_never_changed(path))
        had = {path: looks for path, looks in seen.items() if (into / path).exists()}
    else:
        raise BackupFailed("No backup was made: people are being enrolled. Try again in a moment.")
    paths = [path for path in sorted(had) if fits(path)]
    if folder.database.exists():
        path = folder.database.relative_to(folder.root).as_posix()
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        snapshot(folder.database, into / path)
        paths.append(path)
    return [(path, into / path) for path in paths], tuple(sorted(had.keys() - set(paths)))


def _look(root: Path) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Every file that belongs in, but for the history, with what changes when it changes."""
    files = [root / name for name in _ALONE]
    for name in _WHOLE:
        files += (root / name).rglob("*")
    files += [*(root / _DATABASE).glob("*.sealed*"), *(root / _DATABASE).glob("*.pkl")]
    for file in files:
        path = file.relative_to(root).as_posix()
        # Names that begin with a dot are of files being written.
        if path in NOT_COPIED or "/." in path or file.is_symlink() or _passes(path):
            continue
        try:
            looks = file.stat()
        except FileNotFoundError:
            continue
        if file.is_file():
            yield path, (looks.st_size, looks.st_mtime_ns, looks.st_ino)


def _passes(path: str) -> bool:
    begins, ends = _PASSING
    return path.startswith(begins) or path.endswith(ends)


def _never_changed(path: str) -> bool:
    return path.startswith(_REPLACED_WHOLE) and not path.endswith(_CHANGED)


def _copy(source: Path, target: Path, *, link: bool) -> None:
    """A file that is gone meanwhile is missed by the next look."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    if link:
        try:
            os.link(source, target)
        except FileNotFoundError:
            return
        except OSError:
            pass  # a file system without links: copied below
        else:
            return
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        return
