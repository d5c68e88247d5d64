"""Backups of the event log: making, listing and restoring them, and setting a damaged file aside.

Nothing here deletes a database or a backup.
"""

import contextlib
import os
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from database import shape
from database.errors import DatabaseDamaged, StorageFailed, problem_of, what_is_wrong
from database.migrations import version_of

DAY_MS = 24 * 60 * 60 * 1000

_NAME = re.compile(r"(?P<stem>.+)-(?P<kind>daily|before-upgrade|by-hand)-(?P<time>\d{8}T\d{9})\.db")
_STAMP = re.compile(r"-(\d{8}T\d{6})(\d{3})(?=$|[.-])")
_TIME = "%Y%m%dT%H%M%S"
JOURNALS = ("-wal", "-shm", "-journal")
"""How names end of what SQLite may have beside a database (https://www.sqlite.org/tempfiles.html)."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup file as its name tells; whether it is sound shows when it is restored."""

    path: Path
    made_at_ms: int
    kind: str
    size_bytes: int


def stamp(time_ms: int) -> str:
    """A time as it stands in file names: `20261122T053000123`, UTC."""
    seconds, rest = divmod(time_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).strftime(_TIME)}{rest:03d}"


def back_up(path: Path, folder: Path, *, made_at_ms: int, kind: str = "by-hand") -> Path:
    """Copies the database while it is in use; the copy appears whole or not at all.

    Any thread may call it: it reads through a connection of its own.

    Raises:
        DatabaseProblem: The database could not be read or the copy not be written.
    """
    source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2.0)
    try:
        return copy_of(source, path, folder, made_at_ms=made_at_ms, kind=kind)
    finally:
        source.close()


def snapshot(path: Path, target: Path) -> None:
    """Copies the database while it is in use to a file of the caller's, and checks every page.

    Raises:
        DatabaseProblem: It could not be read, is damaged, or the copy not be written.
    """
    try:
        source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2.0)
        try:
            copy_whole(source, target, lambda copy: _check_backup(copy, path))
        finally:
            source.close()
    except sqlite3.Error as error:
        raise problem_of(error, path) from error
    except OSError as error:
        raise StorageFailed(f"{path.name} could not be copied ({error}).") from error


def copy_of(
    source: sqlite3.Connection, path: Path, folder: Path, *, made_at_ms: int, kind: str
) -> Path:
    """Like `back_up`, through a connection that is already open."""
    target = folder / f"{path.stem}-{kind}-{stamp(made_at_ms)}.db"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copy_whole(source, target)
    except sqlite3.Error as error:
        raise problem_of(error, target) from error
    except OSError as error:
        raise StorageFailed(f"The backup {target.name} could not be written ({error}).") from error
    return target


def newest_before_upgrade(source: sqlite3.Connection, folder: Path) -> Path | None:
    """The copy that an upgrade made which was cut off, where it says what the history says.

    Args:
        source: The history, not upgraded yet.
        folder: Of the copies.
    """
    made = (one.path for one in list_backups(folder) if one.kind == "before-upgrade")
    path = next(made, None)
    if path is None:
        return None
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        ) as copy:
            return path if _extent(copy) == _extent(source) else None
    except sqlite3.Error:
        return None  # damaged: another one is made


def _extent(connection: sqlite3.Connection) -> tuple[object, ...]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    counted = connection.execute("SELECT max(sequence), count(*) FROM events").fetchone()
    return (version, *counted)


def list_backups(folder: Path) -> tuple[Backup, ...]:
    """The copies of the history in a folder, newest first; other files are left out."""
    found = []
    if folder.is_dir():
        for path in folder.iterdir():
            match, made = _NAME.fullmatch(path.name), made_at_ms(path)
            if match and made is not None and path.is_file() and not path.is_symlink():
                found.append(Backup(path, made, match["kind"], path.stat().st_size))
    return tuple(sorted(found, key=lambda backup: (backup.made_at_ms, backup.path), reverse=True))


def made_at_ms(path: Path) -> int | None:
    """When a backup was made, as its name tells, in ms since the epoch, UTC; None without."""
    found = _STAMP.search(path.name)
    if found is None:
        return None
    try:
        moment = datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) * 1000 + int(found[2])


def by_age(path: Path, now_ms: int) -> tuple[bool, int]:
    """Sorts backups, the oldest first: those of a day that is to come, which a wrong clock made."""
    made_ms = made_at_ms(path) or 0
    return made_ms <= now_ms, made_ms


def set_aside_damaged(path: Path, *, now_ms: int) -> tuple[Path, ...]:
    """Renames the database and its journals to `NAME.damaged-TIME.db...`; returns the new names.

    Nothing is deleted, so that what can be saved still can be. Nobody may have it open.
    """
    moved = []
    base = path.with_name(f"{path.stem}.damaged-{stamp(now_ms)}.db")
    number = 1
    while any(_journal(base, ending).exists() for ending in ("", *JOURNALS)):
        number += 1
        base = path.with_name(f"{path.stem}.damaged-{stamp(now_ms)}-{number}.db")
    try:
        for ending in (*JOURNALS, ""):
            old = _journal(path, ending)
            if old.exists():
                old.rename(_journal(base, ending))
                moved.append(_journal(base, ending))
        _sync_folder(path.parent)
    except OSError as error:
        raise StorageFailed(f"{path.name} could not be set aside ({error}).") from error
    return tuple(moved)


def restore_backup(path: Path, backup: Path, *, now_ms: int) -> tuple[Path, ...]:
    """Puts a backup in the place of the database, which is set aside before.

    Returns where the file that was there went, with its journals. Nobody may have it open.

    Raises:
        DatabaseProblem: The backup is damaged or newer (then nothing was touched), or the disk
            refused.
    """
    fresh = path.with_name(f"{path.name}.restoring")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        source = sqlite3.connect(f"{backup.resolve().as_uri()}?mode=ro", uri=True)
        try:
            _check_backup(source, backup)
            copy_whole(source, fresh)
        finally:
            source.close()
        moved = set_aside_damaged(path, now_ms=now_ms)
        fresh.replace(path)
        _sync_folder(path.parent)
    except sqlite3.Error as error:
        raise problem_of(error, backup) from error
    except OSError as error:
        raise StorageFailed(f"{backup.name} could not be restored ({error}).") from error
    finally:
        fresh.unlink(missing_ok=True)
    return moved


def _check_backup(source: sqlite3.Connection, backup: Path) -> None:
    version = version_of(source)
    problem = source.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if problem != "ok":
        raise DatabaseDamaged(
            f"The backup {backup.name} is damaged ({what_is_wrong(problem)}): take another one."
        )
    shape.check(source, backup.name, version=version)


def copy_whole(
    source: sqlite3.Connection,
    target: Path,
    change: Callable[[sqlite3.Connection], object] | None = None,
) -> None:
    """Copies page by page to a temporary name, flushes it to the disk, renames it.

    Args:
        source: What is copied, while others write.
        target: Appears whole or not at all, also in the place of a file that is there.
        change: Done to the copy before it gets its name.
    """
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        part.touch(mode=0o600)
        copy = sqlite3.connect(part, isolation_level=None)
        try:
            source.backup(copy)
            if change is not None:
                change(copy)
            # A backup is one file, readable from a read-only folder: no WAL beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(target)
        _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _journal(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _sync_folder(folder: Path) -> None:
    """Makes a rename survive a power loss; Windows has no such thing and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
