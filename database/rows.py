"""Records to rows and back: the one place that knows the order of the columns."""

import functools
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

from msgspec.structs import force_setattr, replace

from database.cipher import keyed
from database.errors import RecordInvalid
from database.records import (
    CheckpointRecord,
    Decider,
    EventRecord,
    Outcome,
    flaws_json,
    folded,
    numbers_json,
)

NameOf = Callable[[int | None], str | None]
"""The name of a `name_id`; None for None, and for a name that was erased."""

NAMED = {
    "name_id": ("subject_id", "display_name"),
    "nearest_name_id": ("nearest_subject_id", "nearest_name"),
    "runner_up_name_id": ("runner_up_subject_id", "runner_up_name"),
    "offline_name_id": ("offline_subject_id", "offline_name"),
}
"""Columns that hold the number of a name, with the fields of a record for the person and name."""

EVENT_COLUMNS = (
    "event_id",
    "content_hash",
    "captured_at_ms",
    "recorded_at_ms",
    "checkpoint_id",
    "checkpoint_name",
    "outcome",
    "subject_id",
    "name_id",
    "nearest_distance",
    "nearest_subject_id",
    "nearest_name_id",
    "runner_up_distance",
    "runner_up_subject_id",
    "runner_up_name_id",
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
    "decided_by",
    "offline_outcome",
    "offline_subject_id",
    "offline_name_id",
    "clock_skew",
)
"""Columns of `events` that a record has, but for `sequence`."""

PROVEN_COLUMNS = ("sequence", *EVENT_COLUMNS, "search_text")
"""All columns but the proof, in the order in which it is made over them."""

_FIELDS = tuple(NAMED.get(column, (column, column))[1] for column in EVENT_COLUMNS)
_VALUES = attrgetter(*_FIELDS)
_AT = {column: place for place, column in enumerate(PROVEN_COLUMNS)}
_REAL_AT = tuple(
    _AT[column] for column in ("nearest_distance", "runner_up_distance", "threshold", "margin")
)
NAMES_AT = tuple((_AT[of], _AT[column]) for column, (of, _name) in NAMED.items())
"""Places of (person, name) among the values of a row."""
_YEAR_10000_MS = 253_402_300_800_000
SEQUENCE_AT, SKEW_AT = _AT["sequence"], _AT["clock_skew"]
_QUALITY_AT, _GROUNDS_AT, _FLAWS_AT = _AT["quality"], _AT["grounds"], _AT["flaws"]
_BOOL_AT = tuple(_AT[column] for column in ("automatic", "late", "clock_skew"))
_ALONE = ("decided_by", "offline_outcome", "offline_subject_id", "offline_name_id")
_ALONE_AT = tuple(_AT[column] for column in _ALONE)

SELECT_EVENT = f"SELECT {', '.join(PROVEN_COLUMNS)}, proof FROM events"  # noqa: S608 - constants
FIND_EVENT = f"{SELECT_EVENT} WHERE event_id = ?"
_ROW = f"({', '.join('?' * (len(PROVEN_COLUMNS) + 1))})"
_INSERT = f"INSERT INTO events ({', '.join(PROVEN_COLUMNS)}, proof) VALUES "  # noqa: S608 - constants
NOTE_ALONE = (
    f"UPDATE events SET {', '.join(f'{column} = ?' for column in _ALONE)}, proof = ? "  # noqa: S608
    "WHERE sequence = ?"
)
"""What a checkpoint decided alone, of an event that is stored already."""
UPSERT_CHECKPOINT = """
    INSERT INTO checkpoints (checkpoint_id, name, first_seen_ms, last_seen_ms, software, encoder)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (checkpoint_id) DO UPDATE SET
        name = excluded.name,
        last_seen_ms = excluded.last_seen_ms,
        software = excluded.software,
        encoder = excluded.encoder
"""


@functools.cache
def insert_events(count: int) -> str:
    """The statement that stores so many events, their values one after the other."""
    return _INSERT + ", ".join([_ROW] * count)


@dataclass(slots=True)
class NewRow:
    """An event made ready by whoever hands it in, so that the writer has little left to do.

    Attributes:
        record: As it will be read, but for `sequence` and what the writer finds out.
        values: Of `PROVEN_COLUMNS`; names stand where their numbers go.
    """

    record: EventRecord
    values: list[Any]

    def without(self, erased: set[str]) -> "NewRow":
        """The row without people who were erased while it waited."""
        gone: dict[str, None] = {
            field: None
            for fields in NAMED.values()
            if getattr(self.record, fields[0]) in erased
            for field in fields
        }
        if not gone:
            return self
        values = list(self.values)
        for person, place in NAMES_AT:
            if values[person] in erased:
                values[person] = values[place] = None
        return NewRow(replace(self.record, **gone), values)

    def flag_skew(self) -> None:
        """Notes that a clock is wrong."""
        self.values[SKEW_AT] = 1
        force_setattr(self.record, "clock_skew", True)  # noqa: FBT003 - a value

    def stored_as(self, sequence: int) -> EventRecord:
        """The record with its number."""
        # The record is this row's own until now: nobody sees it change.
        force_setattr(self.record, "sequence", sequence)
        return self.record


def new_row(record: EventRecord, content_key: bytes) -> NewRow:
    """Makes an event ready to be stored; any thread may, and should, do so."""
    own = copy(record)
    force_setattr(own, "content_hash", keyed(record.content_hash, content_key))
    force_setattr(own, "clock_skew", record.clocks_apart)
    values: list[Any] = [None, *_VALUES(own), search_text(record)]
    values[_QUALITY_AT] = numbers_json(record, "quality")
    values[_GROUNDS_AT] = numbers_json(record, "grounds")
    values[_FLAWS_AT] = flaws_json(record)
    # As SQLite gives them back, for the proof: it knows no -0.0, and no other numbers than int
    # and float.
    for place in _REAL_AT:
        if (number := values[place]) is not None:
            values[place] = float(number) + 0.0
    for place in _BOOL_AT:
        values[place] = int(values[place])
    return NewRow(own, values)


def with_alone(row: Sequence[object], told: Sequence[object]) -> list[object]:
    """The values of a row with what the checkpoint decided alone by those of another one."""
    values = list(row)
    for place in _ALONE_AT:
        values[place] = told[place]
    return values


def alone_of(values: Sequence[object]) -> list[object]:
    """Of the values of `PROVEN_COLUMNS`, those for `NOTE_ALONE`."""
    return [values[place] for place in _ALONE_AT]


def event_of(row: tuple[object, ...], name_of: NameOf, *, changed: bool = False) -> EventRecord:
    """The record of a row of `SELECT_EVENT`.

    Args:
        row: All its columns.
        name_of: Knows the names.
        changed: The row is not as the program wrote it: what cannot be read of it is left out.
    """
    values = dict(zip(PROVEN_COLUMNS, row[:-1], strict=True))
    if not changed:
        return _event_of(values, name_of)
    values |= {"quality": "{}", "grounds": "{}", "flaws": "[]"}
    values |= {name: a_time(values[name]) for name in ("captured_at_ms", "recorded_at_ms")}
    try:
        return replace(_event_of(values, name_of), changed=True)
    except RecordInvalid:
        number = cast("int", values["sequence"])
        return EventRecord(
            event_id=f"{number:032x}",
            captured_at_ms=0,
            recorded_at_ms=a_time(values["recorded_at_ms"]),
            checkpoint_id="",
            checkpoint_name="",
            outcome="server_unreachable",
            content_hash="",
            sequence=number,
            changed=True,
        )


def a_time(value: object) -> int:
    """A time that a calendar has, in ms since the epoch; 0 for what somebody wrote instead."""
    return value if isinstance(value, int) and 0 <= value < _YEAR_10000_MS else 0


def _event_of(values: Mapping[str, object], name_of: NameOf) -> EventRecord:
    return EventRecord(
        event_id=cast("str", values["event_id"]),
        content_hash=cast("str", values["content_hash"]),
        captured_at_ms=cast("int", values["captured_at_ms"]),
        recorded_at_ms=cast("int", values["recorded_at_ms"]),
        checkpoint_id=cast("str", values["checkpoint_id"]),
        checkpoint_name=cast("str", values["checkpoint_name"]),
        outcome=cast("Outcome", values["outcome"]),
        subject_id=cast("str | None", values["subject_id"]),
        display_name=name_of(cast("int | None", values["name_id"])),
        nearest_distance=cast("float | None", values["nearest_distance"]),
        nearest_subject_id=cast("str | None", values["nearest_subject_id"]),
        nearest_name=name_of(cast("int | None", values["nearest_name_id"])),
        runner_up_distance=cast("float | None", values["runner_up_distance"]),
        runner_up_subject_id=cast("str | None", values["runner_up_subject_id"]),
        runner_up_name=name_of(cast("int | None", values["runner_up_name_id"])),
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
        decided_by=cast("Decider", values["decided_by"]),
        offline_outcome=cast("Outcome | None", values["offline_outcome"]),
        offline_subject_id=cast("str | None", values["offline_subject_id"]),
        offline_name=name_of(cast("int | None", values["offline_name_id"])),
        clock_skew=bool(values["clock_skew"]),
        sequence=cast("int", values["sequence"]),
    )


def about_one(record: EventRecord, subject_id: str) -> EventRecord:
    """The record without anybody else in it."""
    others: dict[str, None] = {
        field: None
        for fields in NAMED.values()
        if getattr(record, fields[0]) != subject_id
        for field in fields
    }
    return replace(record, **others)


def search_text(record: EventRecord) -> str:
    """What the search field looks through besides names: the checkpoint and the reason."""
    return searchable(record.checkpoint_name, record.checkpoint_id, record.reason)


def searchable(*parts: str) -> str:
    """Texts without case and accents, one a line."""
    return folded("\n".join(parts))


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
