"""What the event log stores: one record an event, one a checkpoint, checked when they are made."""

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta

from database.errors import RecordInvalid

Outcome = Literal[
    "identified",
    "not_enrolled",
    "ambiguous",
    "poor_quality",
    "no_face",
    "server_unreachable",
    "spoof_suspected",
]
"""The seven outcomes, the same words on the wire, in the database and in the code."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

Decider = Literal["server", "checkpoint"]
"""Who decided what the person at the door was told."""

CLOCK_TOLERANCE_MS = 60_000
"""Clocks further apart than this are flagged: a minute is more than any verdict takes."""

# Made once: `json.dumps` makes one each time.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
_SORTED = msgspec.json.Encoder(order="sorted")
_HEX_32 = re.compile(r"[0-9a-f]{32}")
_INTEGER_LIMIT = 2**63  # SQLite's integers are signed 64-bit; beyond raises OverflowError at bind
_JSON_LIMIT = 4_000  # characters of quality or flaws; a checkpoint sends about 100
_TEXT_LIMIT = 2_000  # characters; names are at most 100, sentences at most a few hundred

# What nearly all events are within; what is not is looked at closely, and may be fine as well. A
# character is six of JSON at most, a number with what stands round it is below thirty.
Line = Annotated[str, Meta(max_length=_TEXT_LIMIT)]
Integer = Annotated[int, Meta(ge=-_INTEGER_LIMIT, le=_INTEGER_LIMIT - 1)]
Real = Annotated[float, Meta(ge=-1e18, le=1e18)]
Numbers = Annotated[Mapping[Annotated[str, Meta(max_length=60)], Real], Meta(max_length=10)]
Flaws = Annotated[tuple[Annotated[str, Meta(max_length=100)], ...], Meta(max_length=6)]


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One event: who stood where and when, what was answered, and everything to explain why.

    A `Struct`: as a frozen dataclass it takes three times as long to make, and copy.

    Names are those of the moment: a person renamed later keeps the old name in old events.

    Attributes:
        event_id: 32 lower-case hex characters, chosen by the checkpoint, unique.
        captured_at_ms: The checkpoint's clock, UTC; not to be trusted for order.
        recorded_at_ms: The server's clock, UTC; may jump back, hence `sequence` gives the order.
        checkpoint_id: Opaque id of the checkpoint.
        checkpoint_name: Its name at that time.
        outcome: One of `OUTCOMES`.
        content_hash: SHA-256 of what the checkpoint sent (`hash_content`), to tell a repeated
            event from another one under the same id; of a stored event, keyed (`cipher.keyed`).
        nearest_distance: Between unit templates; lower is nearer.
        threshold: Identified when the distance is at most this.
        margin: Distance of the runner-up less distance of the nearest.
        encoder: Fingerprint of the encoder that made the probe.
        quality: Numbers of the quality check, such as `size_px`.
        flaws: Names of what was wrong with the picture.
        frames: How many frames were fused.
        automatic: False when the button was pressed.
        late: The person was told "server unreachable" and the event was sent afterwards.
        latency_ms: From steady face to verdict.
        reason: One sentence that explains the outcome.
            It holds no name: names are stored sealed, sentences are not.
        grounds: What the threshold came from, such as `target_per_1000` and `lowered`.
        decided_by: The checkpoint, when it had to decide alone from its copy of the gallery.
        offline_outcome: What the checkpoint decided alone; None when it did not.
        offline_subject_id: Whom it named then.
        clock_skew: One of the clocks is wrong, set by the log: `captured_at_ms` is a minute off,
            or the server's clock was set back since the event before.
        sequence: Order of storage, given by the log; None before.
        changed: What is read is not what the log wrote: somebody changed the file.
    """

    event_id: Line
    captured_at_ms: Integer
    recorded_at_ms: Integer
    checkpoint_id: Line
    checkpoint_name: Line
    outcome: Outcome
    content_hash: Line
    subject_id: Line | None = None
    display_name: Line | None = None
    nearest_distance: Real | None = None
    nearest_subject_id: Line | None = None
    nearest_name: Line | None = None
    runner_up_distance: Real | None = None
    runner_up_subject_id: Line | None = None
    runner_up_name: Line | None = None
    threshold: Real | None = None
    margin: Real | None = None
    encoder: Line = ""
    quality: Numbers = msgspec.field(default_factory=dict)
    flaws: Flaws = ()
    frames: Integer = 0
    automatic: bool = True
    late: bool = False
    latency_ms: Integer | None = None
    reason: Line = ""
    grounds: Numbers = msgspec.field(default_factory=dict)
    decided_by: Decider = "server"
    offline_outcome: Outcome | None = None
    offline_subject_id: Line | None = None
    offline_name: Line | None = None
    clock_skew: bool = False
    sequence: Integer | None = None
    changed: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.event_id, str) or not _HEX_32.fullmatch(self.event_id):
            raise RecordInvalid("event_id must be 32 lower-case hex characters.")
        if _plain(self):
            return
        if self.outcome not in OUTCOMES:
            raise RecordInvalid(f"outcome must be one of {', '.join(OUTCOMES)}.")
        if self.offline_outcome is not None and self.offline_outcome not in OUTCOMES:
            raise RecordInvalid(f"offline_outcome must be one of {', '.join(OUTCOMES)}.")
        _check_fields(self)
        _check_text("flaws", flaws_json(self), _JSON_LIMIT)
        for name in ("quality", "grounds"):
            _check_text(name, numbers_json(self, name), _JSON_LIMIT)

    @property
    def skew_ms(self) -> int:
        """How far the checkpoint's clock is behind the server's, as far as the event tells.

        The time to the verdict, which no clock was needed for, is taken off; where it is not known
        the event may have waited, and only a clock that is ahead shows.
        """
        apart = self.recorded_at_ms - self.captured_at_ms
        return min(apart, 0) if self.latency_ms is None else apart - self.latency_ms

    @property
    def clocks_apart(self) -> bool:
        """Whether the two clocks are further apart than they may be (F11)."""
        return abs(self.skew_ms) > CLOCK_TOLERANCE_MS


_FIELDS = get_type_hints(EventRecord, include_extras=True)
_PACKER = msgspec.msgpack.Encoder()
_PLAIN = msgspec.msgpack.Decoder(
    msgspec.defstruct(
        "_PLAIN", [(name, _FIELDS[name]) for name in EventRecord.__struct_fields__], array_like=True
    )
)


def _plain(record: EventRecord) -> bool:
    """Whether it surely can be stored: each value is of its field's type, and within the limits.

    Packed and read again, in half the time that a look at each takes.
    """
    try:
        _PLAIN.decode(_PACKER.encode(msgspec.structs.astuple(record)))
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        return False
    return True


class CheckpointRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint that has been connected; times are the server's, UTC."""

    checkpoint_id: str
    name: str
    first_seen_ms: int
    last_seen_ms: int
    software: str = ""
    encoder: str = ""

    def __post_init__(self) -> None:
        _check_fields(self)


@dataclass(frozen=True, slots=True)
class Stored:
    """What an acknowledged event became.

    Attributes:
        record: As stored, with its sequence; of a duplicate, the one stored first.
        duplicate: True when the same event had been stored before.
    """

    record: EventRecord
    duplicate: bool


def hash_content(content: Mapping[str, object]) -> str:
    """SHA-256 (hex) of JSON values in canonical form: the same content gives the same hash.

    Raises:
        RecordInvalid: The content is no JSON, or holds a number that is not finite.
    """
    try:
        text = _CANONICAL.encode(content)
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordInvalid(f"The event's content cannot be hashed ({error}).") from error
    return hashlib.sha256(text.encode()).hexdigest()


def folded(text: str) -> str:
    """Text for searching: without case and accents, so that "jose" finds "José"."""
    if text.isascii():
        return text.lower()
    bare = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(bare).casefold()


def numbers_json(record: EventRecord, name: str) -> str:
    """The numbers of a field, quality or grounds, as JSON.

    Raises:
        RecordInvalid: A number is not finite, or it is no mapping of names to numbers.
    """
    return _json(name, _numbers(record, name))


def _numbers(record: EventRecord, name: str) -> dict[str, float]:
    """The numbers of a field; raises as `numbers_json`."""
    plain: dict[str, float] = {}
    try:
        for key, value in getattr(record, name).items():
            if not math.isfinite(value):
                raise RecordInvalid(f"{name}[{key!r}] is not finite.")
            plain[key] = float(value)
    except (AttributeError, TypeError, OverflowError) as error:
        raise RecordInvalid(f"{name} must map names to numbers.") from error
    return plain


def flaws_json(record: EventRecord) -> str:
    """The names of the flaws as a JSON list."""
    return "[]" if record.flaws == () else _json("flaws", [str(flaw) for flaw in record.flaws])


def _json(name: str, plain: object) -> str:
    """JSON of a field.

    Raises:
        RecordInvalid: A text in it has half a character, or a key is no text.
    """
    try:
        return _SORTED.encode(plain).decode()
    except (UnicodeEncodeError, TypeError) as error:
        raise RecordInvalid(f"{name} cannot be stored ({error}).") from error


def _check_fields(record: EventRecord | CheckpointRecord) -> None:
    """Refuses what SQLite could not bind, so that one bad record never fails its neighbours."""
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, str):
            _check_text(name, value, _TEXT_LIMIT)
        elif isinstance(value, int):
            if not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
                raise RecordInvalid(f"{name} does not fit into 64 bits.")
        elif isinstance(value, float) and not math.isfinite(value):
            raise RecordInvalid(f"{name} is not finite.")


def _check_text(name: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise RecordInvalid(f"{name} is longer than {limit} characters.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise RecordInvalid(f"{name} holds half a character (a lone surrogate).")
