"""Opening the database for writing: whole, ours and writable, or a sentence why not."""

import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from database import backups, migrations, shape
from database.cipher import Cipher, open_content_key
from database.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseSealed,
    SealWrong,
    StorageFull,
    is_busy,
    problem_of,
    what_is_wrong,
)
from database.log_state import TellUpgrade, UpgradeProgress, tell_nobody
from database.old_backups import seal_old_backups

FULL_CHECK_BYTES = 64 * 1024 * 1024
"""Up to this size (75,000 events) all is checked at each start; beyond, every page still is, but
the indexes are not compared with their tables: that takes four to six times as long (1.4 s for 230
MB), and is done once the server runs (`database/whole_check.py`) and by every backup. A server that
was killed has to be back in 3 s: with 500,000 events (432 MB) it listened 1.5 to 1.7 s after its
start, with 280,000 after 1.1 to 1.2, with 60,000 to 80,000 after 0.9 to 1.1, with none after as
long (two quiet cores, 1,000 people, `benchmarks.history --starts`)."""

BUSY_TIMEOUT_MS = 250
"""How long one statement waits for another program's lock before it is tried again: short, so
that closing is never held up."""

_JOURNAL_PAGES = 4_000
"""16 MB: so long the journal may become."""

_SPARE_BYTES = 16 * 1024 * 1024
"""Left to others by an upgrade."""

_LOGGER = logging.getLogger(__name__)


def open_for_writing(
    path: Path,
    cipher: Cipher,
    *,
    backup_folder: Path,
    now_ms: int,
    lock_wait_s: float,
    upgraded: Callable[[int], None] = lambda _version: None,
    tell: TellUpgrade = tell_nobody,
) -> sqlite3.Connection:
    """The one read-write connection: WAL, synchronous=FULL, checked, and copied and upgraded.

    A missing database is made; an existing one is never overwritten. `upgraded` is called with the
    version of an older one, after it was upgraded; `tell` with how far that is, meanwhile.

    Raises:
        DatabaseNewer: A newer FaceNetGrid made it; nothing was changed.
        DatabaseSealed: Its names are sealed with another key; nothing was changed.
        DatabaseDamaged: Zero bytes, no database, another program's, its pages are damaged, or it
            is not made as this program makes it.
        DatabaseReadOnly: The file or its folder cannot be written.
        DatabaseLocked: Another program held the lock for `lock_wait_s`.
        StorageFull: It has to be upgraded, and there is no room for that; nothing was changed.
    """
    path = path.resolve()
    try:
        if not is_there(path):
            _make(path, cipher)
        connection = _connect(path)
        try:
            version = migrations.version_of(connection)
            _prepare(connection, path, cipher, backup_folder, now_ms, lock_wait_s, tell)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise problem_of(error, path) from error
    except OSError as error:
        raise DatabaseReadOnly(
            f"{path.name} cannot be opened ({error.strerror or error}): check the permissions of "
            "the file and of its folder, and the space on the disk."
        ) from error
    if version < migrations.LATEST:
        upgraded(version)
    return connection


def reconnect(path: Path) -> sqlite3.Connection:
    """The read-write connection again, after the one before had to be given up."""
    connection = _connect(path.resolve())
    _set_pragmas(connection)
    return connection


def suspicion_of(path: Path) -> Path:
    """Beside a history in which something was found after a start: then the next checks it all."""
    return path.with_name(f"{path.name}.suspected")


def is_there(path: Path) -> bool:
    """Whether there is a database; a zero-byte one would open silently empty.

    Raises:
        DatabaseDamaged: Its journal alone is there, it has zero bytes, or it is no file.
        OSError: Its folder cannot be looked into.
    """
    if not path.exists():
        if path.with_name(path.name + "-wal").exists():
            raise DatabaseDamaged(
                f"{path.name} is missing while its journal {path.name}-wal is there: put it back, "
                "or set the journal aside and restore the latest backup."
            )
        return False
    if not path.is_file():
        raise DatabaseDamaged(f"{path.name} is no file: set it aside and restore a backup.")
    if path.stat().st_size == 0:
        raise DatabaseDamaged(
            f"{path.name} is empty (0 bytes): set it aside and restore the latest backup."
        )
    return True


def content_key_of(connection: sqlite3.Connection, path: Path, cipher: Cipher) -> bytes:
    """The key of the content hashes.

    Raises:
        DatabaseSealed: The cipher has another key than the one that sealed this database.
    """
    row = connection.execute("SELECT content_key FROM sealing").fetchone()
    if row is None:
        raise DatabaseDamaged(
            f"{path.name} lacks the key of its content: set it aside and restore the latest backup."
        )
    try:
        return open_content_key(cipher, row[0])
    except SealWrong as error:
        raise DatabaseSealed(
            f"The names in {path.name} are sealed with another key than that of this data folder: "
            "put the folder of keys back that belongs to it. Nothing was changed."
        ) from error


def cut_journal(connection: sqlite3.Connection) -> bool:
    """Empties the journal, with what was deleted; False while somebody still reads from it."""
    busy, *_pages = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _make(path: Path, cipher: Cipher) -> None:
    """A fresh database under a temporary name, then renamed: a crash leaves none or a whole one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.new")
    part.unlink(missing_ok=True)
    try:
        part.touch(mode=0o600)  # who was where is the owner's to read; the journals inherit it
        connection = sqlite3.connect(part, isolation_level=None)
        try:
            migrations.create(connection, cipher)
        finally:
            connection.close()
        with part.open("rb+") as made:
            os.fsync(made.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    """mode=rw: a file that vanished meanwhile is an error, not a new empty database."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000
    )
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    # What is deleted is written over: an erased person is not left in free pages.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _prepare(
    connection: sqlite3.Connection,
    path: Path,
    cipher: Cipher,
    backup_folder: Path,
    now_ms: int,
    lock_wait_s: float,
    tell: TellUpgrade,
) -> None:
    version = migrations.version_of(connection)
    _check_pages(connection, path)
    shape.check(connection, path.name, version=version)
    deadline = time.monotonic() + lock_wait_s
    _await_lock(connection, path, deadline)
    if version < migrations.LATEST:
        tell(UpgradeProgress("A copy of it is made first"))
        _copy_before(connection, path, backup_folder, now_ms)
        shape.upgrade_checked(connection, cipher, path.name, tell=tell)
        if version < migrations.SEALED_SINCE:
            # What stood in the pages that are free now, and in the journal, was names in clear.
            connection.execute("VACUUM")
    _set_pragmas(connection)
    # After the change to WAL: a checkpoint is refused before the first look at a table.
    content_key_of(connection, path, cipher)
    cut_journal(connection)
    seal_old_backups(backup_folder, cipher)


def _copy_before(
    connection: sqlite3.Connection, path: Path, backup_folder: Path, now_ms: int
) -> None:
    """Copies the history before its upgrade; once, however often that is cut off or fails.

    Raises:
        StorageFull: There is no room for the copy and the journal: nothing was changed.
    """
    for left in backup_folder.glob(f"{path.stem}-before-upgrade-*.db.part*"):
        left.unlink()  # half a copy, of an upgrade that was killed
    kept = backups.newest_before_upgrade(connection, backup_folder)
    # The upgrade changes every row in one transaction: the journal gets as long as the history.
    needed = path.stat().st_size * (1 if kept else 2) + _SPARE_BYTES
    free = shutil.disk_usage(path.parent).free
    if needed > free:
        raise StorageFull(
            f"The upgrade of {path.name} needs {needed / 1e6:.0f} MB beside it, the disk has "
            f"{free / 1e6:.0f} MB: free some space and start again. Nothing was changed."
        )
    _LOGGER.warning(
        "%s is brought to this version: a copy of it first, then every event; 20 to 50 s for a "
        "million. Cut off, it is begun anew at the next start.",
        path.name,
    )
    if kept is None:
        backups.copy_of(connection, path, backup_folder, made_at_ms=now_ms, kind="before-upgrade")


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    suspected = suspicion_of(path)
    whole = path.stat().st_size <= FULL_CHECK_BYTES or suspected.exists()
    check = "integrity_check" if whole else "quick_check"
    answer = connection.execute(f"PRAGMA {check}(1)").fetchone()[0]
    if answer != "ok":
        raise DatabaseDamaged(
            f"{path.name} is damaged ({what_is_wrong(answer)}): set it aside and restore the "
            "latest backup."
        )
    if suspected.exists():
        suspected.unlink()


def _await_lock(connection: sqlite3.Connection, path: Path, deadline: float) -> None:
    """Proves that writing is possible, by writing what stands there and undoing it.

    The lock alone proves nothing: SQLite gives it for a file that may only be read.
    """
    version = migrations.version_of(connection)
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA user_version = {version}")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            if time.monotonic() >= deadline:
                raise DatabaseLocked(
                    f"Another program keeps {path.name} locked: close it and try again."
                ) from error
        else:
            connection.execute("ROLLBACK")
            return


def _set_pragmas(connection: sqlite3.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        # A file system without shared memory: still safe, only slower.
        _LOGGER.warning("the database's journal is %s, not WAL", mode)
    connection.execute("PRAGMA synchronous = FULL")
    # Statements of several rows keep the pages that they touch as they were until they are done:
    # in a file, if not told otherwise, which took a quarter of the time of an event.
    connection.execute("PRAGMA temp_store = MEMORY")
    # The journal is moved into the file by whoever commits when it is this long: seldom and much at
    # once, for pages that were written several times are moved once. With SQLite's own 1,000 it
    # took a third of the time of commits.
    connection.execute(f"PRAGMA wal_autocheckpoint = {_JOURNAL_PAGES}")
    # After a long reader the journal is cut back to this instead of keeping its largest size.
    connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_PAGES * 4096}")
