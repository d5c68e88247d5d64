"""Records for the tests of the event log, and a cipher that needs no key of a vault."""

import hashlib
import hmac
import os
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest

from database import migrations, opening, rows
from database.cipher import PROOF_BYTES
from database.errors import SealWrong
from database.records import EventRecord, Stored, hash_content
from database.transactions import Store

NOON_MS = 1_790_000_000_000


class MadeUpCipher:
    """Hides and proves like the real one, with what Python has; for tests alone."""

    def __init__(self, key: bytes = b"k" * 32) -> None:
        self._key = key

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """A random start, the plain text under a stream made of it, and a mark."""
        start = os.urandom(16)
        hidden = self._mixed(plain, start)
        return start + hidden + self._mark(start + hidden, about)

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """The plain text, or SealWrong."""
        body, mark = sealed[:-32], sealed[-32:]
        if len(sealed) < 48 or not hmac.compare_digest(mark, self._mark(body, about)):
            raise SealWrong("sealed with another key, or changed")
        return self._mixed(body[16:], body[:16])

    def prove(self, plain: bytes) -> bytes:
        """A mark of its own kind, cut to its length."""
        return self._mark(plain, b"proof")[:PROOF_BYTES]

    def _mixed(self, text: bytes, start: bytes) -> bytes:
        stream = hashlib.shake_256(self._key + start).digest(len(text))
        return bytes(a ^ b for a, b in zip(text, stream, strict=True))

    def _mark(self, body: bytes, about: bytes) -> bytes:
        return hmac.digest(self._key, about + b"|" + body, "sha256")


CIPHER = MadeUpCipher()


AS_VERSION_5 = """
    DROP INDEX events_by_filter;
    CREATE INDEX events_by_checkpoint ON events (checkpoint_id, sequence);
    CREATE INDEX events_by_subject ON events (subject_id, sequence);
    CREATE INDEX events_by_outcome ON events (outcome, sequence);
    PRAGMA user_version = 5;
"""
"""Makes a history of this version one of version 5."""
AS_VERSION_4 = f"""
    {AS_VERSION_5}
    ALTER TABLE events DROP COLUMN proof;
    DROP TABLE forgotten;
    PRAGMA user_version = 4;
"""


def event(**changes: Any) -> EventRecord:
    """An event of somebody identified, with a new id, changed as told."""
    values: dict[str, Any] = {
        "event_id": uuid.uuid4().hex,
        "captured_at_ms": NOON_MS - 40,
        "recorded_at_ms": NOON_MS,
        "checkpoint_id": "lobby-1",
        "checkpoint_name": "Lobby gate",
        "outcome": "identified",
        "subject_id": "a" * 32,
        "display_name": "Grace Hopper",
        "nearest_distance": 0.25,
        "nearest_subject_id": "a" * 32,
        "nearest_name": "Grace Hopper",
        "runner_up_distance": 0.75,
        "runner_up_subject_id": "b" * 32,
        "runner_up_name": "Eileen Collins",
        "threshold": 0.5,
        "margin": 0.5,
        "encoder": "dlib-v1",
        "quality": {"size_px": 120.0, "yaw": -0.5},
        "frames": 5,
        "latency_ms": 180,
        "reason": "The nearest is within the limit.",
        "grounds": {"target_per_1000": 3.0, "lowered": 0.01},
    } | changes
    values.setdefault("content_hash", hash_content({"id": values["event_id"]}))
    return EventRecord(**values)


KEY = b"c" * 32
"""A key of content hashes, where none is read from a database."""


def in_memory() -> Store:
    """An empty event log in memory; its connection is the caller's to close."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.create(connection, CIPHER)
    return Store(connection, CIPHER)


def add(connection: sqlite3.Connection, record: EventRecord, key: bytes = KEY) -> Stored:
    """Stores an event past the queue."""
    return Store(connection, CIPHER).add(rows.new_row(record, key))


def read_back(store: Store, event_id: str) -> EventRecord | None:
    """The event of that id as the writer reads it."""
    found = store.connection.execute(rows.FIND_EVENT, (event_id,)).fetchone()
    return None if found is None else rows.event_of(found, store.names.name_of)


def sqlite_that_leaves_what_was_deleted(patch: pytest.MonkeyPatch) -> None:
    """As some builds of SQLite do and others do not: who wants it written over has to say so."""
    real = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*arguments, **options)
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    patch.setattr(sqlite3, "connect", connect)


def open_it(path: Path, *, now_ms: int = NOON_MS) -> sqlite3.Connection:
    """A history opened as a start does."""
    return opening.open_for_writing(
        path, CIPHER, backup_folder=path.parent / "backups", now_ms=now_ms, lock_wait_s=0.3
    )


def several_pages(path: Path) -> Path:
    """A history of 300 events, closed properly: several pages long."""
    connection = open_it(path)
    connection.execute("BEGIN")
    for _ in range(300):
        add(connection, event())
    connection.execute("COMMIT")
    connection.close()
    return path
