"""Records to rows and back: the one place that knows the order of the columns."""

import json
import sqlite3
from typing import cast

from database.records import (
    CheckpointRecord,
    EventRecord,
    Outcome,
    flaws_json,
    folded,
    numbers_json,
)

EVENT_COLUMNS = (
    "event_id",
    "content_hash",
    "captured_at_ms",
    "recorded_at_ms",
    "checkpoint_id",
    "checkpoint_name",
    "outcome",
    "subject_id",
    "display_name",
    "nearest_distance",
    "nearest_subject_id",
    "nearest_name",
    "runner_up_distance",
    "runner_up_subject_id",
    "runner_up_name",
    "threshold",
    "margin",
    "encoder",
    "quality",
    "flaws",
    "frames",
    "automatic",
    "late",
    "latency_ms",
    "reason",
    "grounds",
)
"""Columns of `events` that a record has, but for `sequence` and `search_text`."""

SELECT_EVENT = f"SELECT sequence, {', '.join(EVENT_COLUMNS)} FROM events"  # noqa: S608 - constants
INSERT_EVENT = (
    f"INSERT INTO events ({', '.join(EVENT_COLUMNS)}, search_text) "  # noqa: S608 - constants
    f"VALUES ({', '.join('?' * (len(EVENT_COLUMNS) + 1))})"
)
UPSERT_CHECKPOINT = """
    INSERT INTO checkpoints (checkpoint_id, name, first_seen_ms, last_seen_ms, software, encoder)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (checkpoint_id) DO UPDATE SET
        name = excluded.name,
        last_seen_ms = excluded.last_seen_ms,
        software = excluded.software,
        encoder = excluded.encoder
"""


def insert_event(connection: sqlite3.Connection, record: EventRecord) -> int:
    """Adds the event and returns its sequence."""
    values: list[object] = [getattr(record, name) for name in EVENT_COLUMNS]
    for name in ("quality", "grounds"):
        values[EVENT_COLUMNS.index(name)] = numbers_json(record, name)
    values[EVENT_COLUMNS.index("flaws")] = flaws_json(record)
    cursor = connection.execute(INSERT_EVENT, (*values, search_text(record)))
    return cast("int", cursor.lastrowid)


def find_event(connection: sqlite3.Connection, event_id: str) -> EventRecord | None:
    """The event of that id, or None."""
    row = connection.execute(f"{SELECT_EVENT} WHERE event_id = ?", (event_id,)).fetchone()
    return None if row is None else event_of(row)


def event_of(row: tuple[object, ...]) -> EventRecord:
    """The record of a row of `SELECT_EVENT`."""
    values = dict(zip(EVENT_COLUMNS, row[1:], strict=True))
    return EventRecord(
        event_id=cast("str", values["event_id"]),
        content_hash=cast("str", values["content_hash"]),
        captured_at_ms=cast("int", values["captured_at_ms"]),
        recorded_at_ms=cast("int", values["recorded_at_ms"]),
        checkpoint_id=cast("str", values["checkpoint_id"]),
        checkpoint_name=cast("str", values["checkpoint_name"]),
        outcome=cast("Outcome", values["outcome"]),
        subject_id=cast("str | None", values["subject_id"]),
        display_name=cast("str | None", values["display_name"]),
        nearest_distance=cast("float | None", values["nearest_distance"]),
        nearest_subject_id=cast("str | None", values["nearest_subject_id"]),
        nearest_name=cast("str | None", values["nearest_name"]),
        runner_up_distance=cast("float | None", values["runner_up_distance"]),
        runner_up_subject_id=cast("str | None", values["runner_up_subject_id"]),
        runner_up_name=cast("str | None", values["runner_up_name"]),
        threshold=cast("float | None", values["threshold"]),
        margin=cast("float | None", values["margin"]),
        encoder=cast("str", values["encoder"]),
        quality=json.loads(cast("str", values["quality"])),
        flaws=tuple(json.loads(cast("str", values["flaws"]))),
        frames=cast("int", values["frames"]),
        automatic=bool(values["automatic"]),
        late=bool(values["late"]),
        latency_ms=cast("int | None", values["latency_ms"]),
        reason=cast("str", values["reason"]),
        grounds=json.loads(cast("str", values["grounds"])),
        sequence=cast("int", row[0]),
    )


def search_text(record: EventRecord) -> str:
    """What the search field looks through: the shown name, the checkpoint and the reason.

    The nearest candidate of somebody not enrolled is left out on purpose: searching for a person
    must not list strangers.
    """
    parts = (record.display_name or "", record.checkpoint_name, record.checkpoint_id, record.reason)
    return "\n".join(folded(part) for part in parts)


def upsert_checkpoint(connection: sqlite3.Connection, record: CheckpointRecord) -> None:
    """Adds the checkpoint, or updates all but its first time."""
    connection.execute(
        UPSERT_CHECKPOINT,
        (
            record.checkpoint_id,
            record.name,
            record.first_seen_ms,
            record.last_seen_ms,
            record.software,
            record.encoder,
        ),
    )


def checkpoint_of(row: tuple[object, ...]) -> CheckpointRecord:
    """The record of a row of `checkpoints`, columns in the order of the schema."""
    checkpoint_id, name, first_seen_ms, last_seen_ms, software, encoder = row
    return CheckpointRecord(
        checkpoint_id=cast("str", checkpoint_id),
        name=cast("str", name),
        first_seen_ms=cast("int", first_seen_ms),
        last_seen_ms=cast("int", last_seen_ms),
        software=cast("str", software),
        encoder=cast("str", encoder),
    )
