"""The outbox in a SQLite file: every event sealed, on the disk before it is sent, and in order.

One connection, owned by the link thread (opened before by another one). The disk may refuse at any
time: nothing new is accepted then, what is known stays right, and `mend` tries again.
"""

import logging
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from client.event_bytes import EventUnreadable, from_bytes, to_bytes
from client.outbox import DeadLetter, KeptEvent, OutboxFull, OutboxProblem
from client.outbox_schema import BURY, COUNT, REMOVE, SCHEMA
from client.settings import set_aside
from desktop.logs import log_event
from security.sealing import SealBroken, Sealer, derive

log = logging.getLogger(__name__)

CAPACITY = 20_000
"""Events: nearly a day at one visitor every 4 s."""

MAX_BYTES = 128 * 1024 * 1024
"""Of sealed events: 20,000 of an encoder with 512 numbers take 120 MB, of the usual one 40."""

UNREADABLE = "unreadable"
"""Code of a dead letter that could not be unsealed: changed on the disk, or moved within it."""

_FORMAT = 1
_MEND_EVERY_S = 2.0
_KEY_CHECK = b"facenetgrid outbox"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_Write = tuple[str, tuple[object, ...]]


class _Unusable(Exception):  # noqa: N818 - named for what happened
    """The file has to be set aside; the text goes on after its name."""


class FileOutbox:
    """An `Outbox` in a file; `client.keeping` opens it.

    Args:
        path: The file.
        key: 32 bytes; what is sealed with another key is set aside, never overwritten.
        lock: Held open as long as the outbox is; None looks into the file without changing it.
        capacity: Events, those put aside among them.
        max_bytes: Of sealed events.

    Raises:
        OutboxProblem: The disk refuses, or there is nothing to read with this key.
    """

    def __init__(
        self,
        path: Path,
        key: bytes,
        lock: IO[bytes] | None,
        *,
        capacity: int = CAPACITY,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._path = path
        self._sealer = Sealer(derive(key, "outbox"))
        self._lock = lock
        self._capacity = capacity
        self._max_bytes = max_bytes
        self._notice = ""
        self.trouble = ""
        self._mend_s = 0.0
        self._later: list[_Write] = []  # what the disk refused and still has to happen
        self._hidden: set[str] = set()  # events that wait in the file and no longer in truth
        self._waiting = self.dead_count = self._bytes = 0
        self._db = self._open()
        self._count()

    def put(self, event: KeptEvent) -> None:
        """See `Outbox.put`; on the disk when it returns."""
        if self._read("SELECT 1 FROM waiting WHERE event_id = ?", (event.event_id,)):
            return
        sealed = self._sealer.seal(to_bytes(event), event.event_id.encode("utf-8"))
        if self._waiting + self.dead_count >= self._capacity:
            raise OutboxFull(f"{self._capacity:,} events are kept already")
        if self._bytes + len(sealed) > self._max_bytes:
            raise OutboxFull(f"{self._max_bytes // 1024**2:,} MB of events are kept already")
        put = "INSERT INTO waiting (event_id, kept_at_ms, sealed) VALUES (?, ?, ?)"
        if not self._write((put, (event.event_id, time.time_ns() // 1_000_000, sealed))):
            raise OutboxFull(self.trouble[:1].lower() + self.trouble[1:].rstrip("."))
        self._waiting += 1
        self._bytes += len(sealed)

    def get(self, event_id: str) -> KeptEvent | None:
        """See `Outbox.get`."""
        sealed = self._waits(event_id)
        return None if sealed is None else self._unsealed(event_id, sealed)

    def oldest(self, limit: int) -> tuple[KeptEvent, ...]:
        """See `Outbox.oldest`."""
        sql = "SELECT event_id, sealed FROM waiting ORDER BY place LIMIT ?"
        rows = self._read(sql, (limit + len(self._hidden),))
        found = [
            self._unsealed(event_id, sealed)
            for event_id, sealed in rows
            if event_id not in self._hidden
        ]
        return tuple([event for event in found if event is not None][:limit])

    def amend(self, event: KeptEvent) -> bool:
        """See `Outbox.amend`; on the disk when it says yes."""
        before = self._waits(event.event_id)
        if before is None:
            return False
        sealed = self._sealer.seal(to_bytes(event), event.event_id.encode("utf-8"))
        sql = "UPDATE waiting SET sealed = ? WHERE event_id = ?"
        if not self._write((sql, (sealed, event.event_id))):
            return False
        self._bytes += len(sealed) - len(before)
        return True

    def failed(self, event_ids: Iterable[str], error: str) -> None:
        """See `Outbox.failed`; what cannot be counted for want of room is not."""
        sql = "UPDATE waiting SET attempts = attempts + 1, last_error = ? WHERE event_id = ?"
        writes: list[_Write] = [(sql, (error[:300], event_id)) for event_id in event_ids]
        if writes:
            self._write(*writes)

    def remove(self, event_id: str) -> None:
        """See `Outbox.remove`; true at once, also when the disk refuses it for a while."""
        sealed = self._waits(event_id)
        if sealed is None:
            return
        self._waiting -= 1
        self._bytes -= len(sealed)
        self._surely(event_id, (REMOVE, (event_id,)))

    def bury(self, event_id: str, code: str, now_ms: int) -> None:
        """See `Outbox.bury`; true at once, also when the disk refuses it for a while."""
        if self._waits(event_id) is None:
            return
        self._waiting -= 1
        self.dead_count += 1
        self._surely(event_id, (BURY, (now_ms, code, event_id)), (REMOVE, (event_id,)))

    def dead(self) -> tuple[DeadLetter, ...]:
        """See `Outbox.dead`."""
        sql = (
            "SELECT event_id, sealed, kept_at_ms, died_at_ms, code, attempts, last_error"
            " FROM dead ORDER BY place"
        )
        return tuple(
            DeadLetter(event_id, self._when(event_id, sealed, kept_at_ms), *rest)
            for event_id, sealed, kept_at_ms, *rest in self._read(sql, ())
        )

    def discard(self, event_ids: Iterable[str]) -> None:
        """See `Outbox.discard`."""
        sql = "DELETE FROM dead WHERE event_id = ?"
        self._write(*[(sql, (event_id,)) for event_id in event_ids])
        self._count()

    def mend(self) -> None:
        """See `Outbox.mend`; looks every two seconds at most."""
        now_s = time.monotonic()
        if not (self.trouble or self._later) or now_s < self._mend_s:
            return
        self._mend_s = now_s + _MEND_EVERY_S
        # The check value is written anew as it is: a write that tells whether there is room.
        touch: _Write = ("UPDATE about SET value = value WHERE name = 'key check'", ())
        if self._write(*self._later, touch):
            self._later = []
            self._hidden.clear()
            self._count()
            log_event(log, "outbox_mended", kept=len(self))

    def take_notice(self) -> str:
        """See `Outbox.take_notice`."""
        notice, self._notice = self._notice, ""
        return notice

    def close(self) -> None:
        """See `Outbox.close`; what waits stays in the file."""
        self._db.close()
        if self._lock is not None:
            self._lock.close()

    def __len__(self) -> int:
        return self._waiting

    @property
    def full(self) -> bool:
        """See `Outbox.full`."""
        room = self._waiting + self.dead_count < self._capacity and self._bytes < self._max_bytes
        return bool(self.trouble) or not room

    def _open(self) -> sqlite3.Connection:
        """The connection to a file that is whole and sealed with our key.

        Raises:
            OutboxProblem: The disk refuses.
        """
        if self._lock is not None and self._path.exists() and not self._path.stat().st_size:
            self._set_aside("was emptied")  # which SQLite takes for a new one
        for _attempt in range(2):
            db: sqlite3.Connection | None = None
            try:
                db = self._connect()
                self._prepare(db)
            except _Unusable as error:
                reason = str(error)
            except sqlite3.DatabaseError as error:
                if _code(error) not in _DAMAGED:
                    if db is not None:
                        db.close()
                    problem = f"Events cannot be kept in {self._path}: {said(error)}."
                    raise OutboxProblem(problem) from error
                reason = "is damaged"
            else:
                return db
            if db is not None:
                db.close()
            if self._lock is None:
                raise OutboxProblem(f"{self._path} {reason}. Nothing in it can be read.")
            self._set_aside(reason)
        raise OutboxProblem(f"Events cannot be kept in {self._path}.")

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self._lock is None else "rwc"
        return sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level="IMMEDIATE",
            check_same_thread=False,
        )

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Makes the tables in a new file, looks at an old one.

        Raises:
            sqlite3.DatabaseError: It is damaged, or the disk refuses.
            _Unusable: It is damaged, or was sealed with another key.
            OutboxProblem: A newer version made it.
        """
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > _FORMAT:
            db.close()
            raise OutboxProblem(f"{self._path} is of a newer version of this program. Install it.")
        if self._lock is not None:
            if not version:
                db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")
            self._path.chmod(0o600)
        if not version:
            check = self._sealer.seal(_KEY_CHECK, b"key check")
            with db:
                db.execute("BEGIN IMMEDIATE")
                for statement in SCHEMA.split(";\n"):
                    db.execute(statement)
                db.execute("INSERT INTO about VALUES ('key check', ?)", (check,))
                db.execute(f"PRAGMA user_version = {_FORMAT}")
        row = db.execute("SELECT value FROM about WHERE name = 'key check'").fetchone()
        try:
            self._sealer.unseal(row[0] if row is not None else b"", b"key check")
        except SealBroken as error:
            raise _Unusable("was sealed with another key") from error
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise _Unusable("is damaged")
        if self._lock is not None:
            db.execute("PRAGMA incremental_vacuum")

    def _set_aside(self, reason: str) -> None:
        """Keeps a file that cannot be used under another name.

        Raises:
            OutboxProblem: It cannot be renamed; it is not touched then.
        """
        kept = set_aside(self._path, sides=("-wal", "-shm", "-journal"))
        if kept is None:
            raise OutboxProblem(
                f"{self._path} {reason} and cannot be renamed; it is left as it is."
            )
        self._notice = (
            f"The file of events that wait for the server {reason}. It is kept as {kept.name};"
            " a new one is begun. What happened in the meantime may be missing at the server."
        )
        log_event(log, "outbox_set_aside", level=logging.ERROR, reason=reason, kept=kept.name)

    def _count(self) -> None:
        for counts in self._read(COUNT, ()):
            self._waiting, self.dead_count, self._bytes = counts

    def _waits(self, event_id: str) -> bytes | None:
        """The sealed event, None when none of this id waits."""
        if event_id in self._hidden:
            return None
        rows = self._read("SELECT sealed FROM waiting WHERE event_id = ?", (event_id,))
        return rows[0][0] if rows else None

    def _event(self, event_id: str, sealed: bytes) -> KeptEvent:
        """The event in a row.

        Raises:
            SealBroken: The row was changed.
            EventUnreadable: What was sealed is no event.
        """
        return from_bytes(self._sealer.unseal(sealed, event_id.encode("utf-8")))

    def _when(self, event_id: str, sealed: bytes, kept_at_ms: int) -> int:
        """When it happened; when it was kept, where it cannot be read any more."""
        try:
            return self._event(event_id, sealed).captured_at_ms
        except (SealBroken, EventUnreadable):
            return kept_at_ms

    def _unsealed(self, event_id: str, sealed: bytes) -> KeptEvent | None:
        """The event in a row that waits; one that cannot be read is put aside, and told."""
        try:
            return self._event(event_id, sealed)
        except (SealBroken, EventUnreadable) as error:
            log_event(log, "event_unreadable", level=logging.ERROR, event_id=event_id)
            self.bury(event_id, UNREADABLE, time.time_ns() // 1_000_000)
            self._notice = (
                "An event that waited for the server was changed on the disk and cannot be sent."
                f" It is kept aside. ({error})"
            )
            return None

    def _surely(self, event_id: str, *writes: _Write) -> None:
        """Writes now or as soon as the disk takes it; until then the event is not offered."""
        if not self._write(*writes):
            self._later.extend(writes)
            self._hidden.add(event_id)

    def _write(self, *writes: _Write) -> bool:
        """Writes in one transaction; False when the disk refused, and `trouble` says why."""
        try:
            with self._db:
                for sql, values in writes:
                    self._db.execute(sql, values)
        except sqlite3.DatabaseError as error:
            return self._refused(error) and self._write(*writes)
        self.trouble = ""
        return True

    def _read(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            return self._read(sql, values) if self._refused(error) else []

    def _refused(self, error: sqlite3.DatabaseError) -> bool:
        """Notes why the disk refused; True when a new file was begun and it can be tried again."""
        log_event(log, "outbox_refused", level=logging.ERROR, reason=str(error))
        if _code(error) not in _DAMAGED:
            reason = said(error)
            self.trouble = f"{reason[:1].upper()}{reason[1:]}."
            self._mend_s = time.monotonic() + _MEND_EVERY_S
            return False
        self._db.close()
        self._later.clear()
        self._hidden.clear()
        self._set_aside("is damaged")
        self._db = self._open()
        self._count()
        return True


def said(error: sqlite3.DatabaseError) -> str:
    """Why the disk refused, in words; no capital and no full stop."""
    code = _code(error)
    if code == sqlite3.SQLITE_FULL:
        return "the disk of this checkpoint is full"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return "this program may not write to the disk"
    if code == sqlite3.SQLITE_BUSY:
        return "another program holds the file"
    return f"the disk of this checkpoint refuses ({error})"


def _code(error: sqlite3.DatabaseError) -> int:
    """SQLite's primary code; 0 for what the Python module itself says."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
