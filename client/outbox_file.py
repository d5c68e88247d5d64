"""The outbox in a SQLite file: every event sealed, on the disk before it is sent, and in order.

Used by the link thread (opened before by another one). The disk may refuse at any time: nothing new
is accepted then, what is known stays right, and `mend` tries again.
"""

import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from client import outbox_database
from client.event_bytes import EventUnreadable, from_bytes, to_bytes
from client.outbox import DeadLetter, KeptEvent, OutboxFull
from client.outbox_database import OutboxDatabase, Write
from client.outbox_schema import BURY, COUNT, REMOVE
from desktop.logs import log_event
from security.sealing import SealBroken, Sealer, derive

log = logging.getLogger(__name__)

CAPACITY = 20_000
"""Events: nearly a day at one visitor every 4 s."""

MAX_BYTES = 128 * 1024 * 1024
"""Of sealed events: 20,000 of an encoder with 512 numbers take 120 MB, of the usual one 40."""

UNREADABLE = "unreadable"
"""Code of a dead letter that could not be unsealed: changed on the disk, or moved within it."""


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
        self._sealer = Sealer(derive(key, "outbox"))
        self._lock = lock
        self._capacity = capacity
        self._max_bytes = max_bytes
        self._notice = ""
        self._later: list[Write] = []  # what the disk refused and still has to happen
        self._hidden: set[str] = set()  # events that wait in the file and no longer in truth
        self._waiting = self.dead_count = self._bytes = 0
        self._db = OutboxDatabase(
            path, self._sealer, read_only=lock is None, begun_anew=self._begun_anew
        )
        self._count()

    def put(self, event: KeptEvent) -> None:
        """See `Outbox.put`; on the disk when it returns."""
        if self._db.read("SELECT 1 FROM waiting WHERE event_id = ?", (event.event_id,)):
            return
        sealed = self._sealer.seal(to_bytes(event), event.event_id.encode("utf-8"))
        if self._waiting + self.dead_count >= self._capacity:
            raise OutboxFull(f"{self._capacity:,} events are kept already")
        if self._bytes + len(sealed) > self._max_bytes:
            raise OutboxFull(f"{self._max_bytes // 1024**2:,} MB of events are kept already")
        put = "INSERT INTO waiting (event_id, kept_at_ms, sealed) VALUES (?, ?, ?)"
        if not self._db.write((put, (event.event_id, time.time_ns() // 1_000_000, sealed))):
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
        rows = self._db.read(sql, (limit + len(self._hidden),))
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
        if not self._db.write((sql, (sealed, event.event_id))):
            return False
        self._bytes += len(sealed) - len(before)
        return True

    def failed(self, event_ids: Iterable[str], error: str) -> None:
        """See `Outbox.failed`; what cannot be counted for want of room is not."""
        sql = "UPDATE waiting SET attempts = attempts + 1, last_error = ? WHERE event_id = ?"
        writes: list[Write] = [(sql, (error[:300], event_id)) for event_id in event_ids]
        if writes:
            self._db.write(*writes)

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
            for event_id, sealed, kept_at_ms, *rest in self._db.read(sql, ())
        )

    def discard(self, event_ids: Iterable[str]) -> None:
        """See `Outbox.discard`."""
        sql = "DELETE FROM dead WHERE event_id = ?"
        self._db.write(*[(sql, (event_id,)) for event_id in event_ids])
        self._count()

    def mend(self) -> None:
        """See `Outbox.mend`; looks every two seconds at most."""
        now_s = time.monotonic()
        if not (self.trouble or self._later) or now_s < self._db.mend_s:
            return
        self._db.mend_s = now_s + outbox_database.MEND_EVERY_S
        if self._db.touch(*self._later):
            self._later = []
            self._hidden.clear()
            self._count()
            log_event(log, "outbox_mended", kept=len(self))

    def take_notice(self) -> str:
        """See `Outbox.take_notice`."""
        notice = self._db.notice or self._notice
        self._notice = self._db.notice = ""
        return notice

    def close(self) -> None:
        """See `Outbox.close`; what waits stays in the file."""
        self._db.close()
        if self._lock is not None:
            self._lock.close()

    @property
    def trouble(self) -> str:
        """See `Outbox.trouble`."""
        return self._db.trouble

    def __len__(self) -> int:
        return self._waiting

    @property
    def full(self) -> bool:
        """See `Outbox.full`."""
        room = self._waiting + self.dead_count < self._capacity and self._bytes < self._max_bytes
        return bool(self.trouble) or not room

    def _count(self) -> None:
        for counts in self._db.read(COUNT, ()):
            self._waiting, self.dead_count, self._bytes = counts

    def _waits(self, event_id: str) -> bytes | None:
        """The sealed event, None when none of this id waits."""
        if event_id in self._hidden:
            return None
        rows = self._db.read("SELECT sealed FROM waiting WHERE event_id = ?", (event_id,))
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

    def _surely(self, event_id: str, *writes: Write) -> None:
        """Writes now or as soon as the disk takes it; until then the event is not offered."""
        if not self._db.write(*writes):
            self._later.extend(writes)
            self._hidden.add(event_id)

    def _begun_anew(self) -> None:
        """Another file is in use: what was known of the old one counts no more."""
        self._later.clear()
        self._hidden.clear()
        self._count()
