"""Events that the server has not acknowledged yet, in the order they happened.

The link thread alone uses an outbox. It holds nothing but plain values: in a sealed file
(`client/outbox_file.py`), or in the memory of a program that keeps nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from protocol.copies import Offline
from protocol.liveness import Liveness

CAPACITY = 1000
"""Events in memory: about 3 MB."""


class OutboxFull(Exception):  # noqa: N818 - named for what happened
    """Raised when an event is not accepted: nothing is dropped silently to make room.

    The text goes on after a colon: no capital, no full stop.
    """


class OutboxProblem(Exception):  # noqa: N818 - named for what happened
    """Raised when events cannot be kept at all; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """One event as it goes to the server, the same content every time it is sent.

    Attributes:
        event_id: 32 hex digits; the server stores an id once.
        captured_at_ms: Of the frame in which the face first was steady.
        automatic: False when Space asked for it.
        encoding: The fused raw encoding; empty for a report.
        quality: Of the frames, named numbers.
        frames: How many frames are fused.
        report: `no_face` or `poor_quality` when there is no encoding, otherwise "".
        flaws: Of a report.
        late: The person was told that the server is unreachable before the event was made.
        liveness: What was seen of it, where the server demands it.
        offline: What this checkpoint decided alone.
    """

    event_id: str
    captured_at_ms: int
    automatic: bool
    encoding: tuple[float, ...] = ()
    quality: dict[str, float] = field(default_factory=dict)
    frames: int = 1
    report: str = ""
    flaws: tuple[str, ...] = ()
    late: bool = False
    liveness: Liveness | None = None
    offline: Offline | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that the server will never take, kept until somebody looked at it.

    Attributes:
        event_id: Of the event.
        captured_at_ms: When it happened.
        died_at_ms: When the server refused it for good.
        code: The server's reason, of `protocol.errors.Code`, or `unreadable`.
        attempts: Failed attempts before.
        last_error: Of the last of them, "" for none.
    """

    event_id: str
    captured_at_ms: int
    died_at_ms: int
    code: str
    attempts: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """An event for the window: what was put aside, oldest first."""

    letters: tuple[DeadLetter, ...]


class Outbox(Protocol):
    """Keeps events until they are acknowledged. Not for several threads at once."""

    def put(self, event: KeptEvent) -> None:
        """Adds an event at the end; the same id again changes nothing.

        Raises:
            OutboxFull: There is no room.
        """

    def get(self, event_id: str) -> KeptEvent | None:
        """The event, or None when it does not wait here (any more)."""

    def oldest(self, limit: int) -> tuple[KeptEvent, ...]:
        """Up to `limit` events that wait, oldest first."""

    def amend(self, event: KeptEvent) -> bool:
        """Adds to an event that waits what was decided about it; False when that is not kept."""

    def failed(self, event_ids: Iterable[str], error: str) -> None:
        """Counts an attempt that failed and will be made again."""

    def remove(self, event_id: str) -> None:
        """Forgets an acknowledged event; an unknown one changes nothing."""

    def bury(self, event_id: str, code: str, now_ms: int) -> None:
        """Puts an event that the server will never take aside; an unknown one changes nothing."""

    def dead(self) -> tuple[DeadLetter, ...]:
        """The events put aside, oldest first."""

    def discard(self, event_ids: Iterable[str]) -> None:
        """Forgets events that were put aside; events that wait are not touched."""

    def mend(self) -> None:
        """Tries once more what the disk refused. To be called now and then."""

    def take_notice(self) -> str:
        """A sentence about what happened to the file, once; "" for nothing."""

    def close(self) -> None:
        """Ends the use. May be called twice."""

    def __len__(self) -> int: ...

    @property
    def dead_count(self) -> int:
        """How many events were put aside."""

    @property
    def trouble(self) -> str:
        """Why nothing can be kept now, a sentence; "" while it can, and while it is just full."""

    @property
    def full(self) -> bool:
        """Whether the next `put` would fail."""


class MemoryOutbox:
    """An outbox that lasts as long as the program: for one that enrols, and for tests."""

    trouble = ""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._events: dict[str, KeptEvent] = {}
        self._failures: dict[str, tuple[int, str]] = {}
        self._dead: dict[str, DeadLetter] = {}

    def put(self, event: KeptEvent) -> None:
        """See `Outbox.put`."""
        if event.event_id in self._events:
            return
        if self.full:
            raise OutboxFull(f"{self._capacity:,} events wait for the server already")
        self._events[event.event_id] = event

    def get(self, event_id: str) -> KeptEvent | None:
        """See `Outbox.get`."""
        return self._events.get(event_id)

    def oldest(self, limit: int) -> tuple[KeptEvent, ...]:
        """See `Outbox.oldest`."""
        found: list[KeptEvent] = []
        for event in self._events.values():
            if len(found) == limit:
                break
            found.append(event)
        return tuple(found)

    def amend(self, event: KeptEvent) -> bool:
        """See `Outbox.amend`."""
        if event.event_id not in self._events:
            return False
        self._events[event.event_id] = event
        return True

    def failed(self, event_ids: Iterable[str], error: str) -> None:
        """See `Outbox.failed`."""
        for event_id in event_ids:
            if event_id in self._events:
                self._failures[event_id] = (self._failures.get(event_id, (0, ""))[0] + 1, error)

    def remove(self, event_id: str) -> None:
        """See `Outbox.remove`."""
        self._events.pop(event_id, None)
        self._failures.pop(event_id, None)

    def bury(self, event_id: str, code: str, now_ms: int) -> None:
        """See `Outbox.bury`."""
        event = self._events.get(event_id)
        if event is None:
            return
        attempts, error = self._failures.get(event_id, (0, ""))
        self.remove(event_id)
        self._dead[event_id] = DeadLetter(
            event_id, event.captured_at_ms, now_ms, code, attempts, error
        )

    def dead(self) -> tuple[DeadLetter, ...]:
        """See `Outbox.dead`."""
        return tuple(self._dead.values())

    def discard(self, event_ids: Iterable[str]) -> None:
        """See `Outbox.discard`."""
        for event_id in event_ids:
            self._dead.pop(event_id, None)

    def mend(self) -> None:
        """See `Outbox.mend`; memory refuses nothing."""

    def take_notice(self) -> str:
        """See `Outbox.take_notice`."""
        return ""

    def close(self) -> None:
        """See `Outbox.close`."""

    def __len__(self) -> int:
        return len(self._events)

    @property
    def dead_count(self) -> int:
        """See `Outbox.dead_count`."""
        return len(self._dead)

    @property
    def full(self) -> bool:
        """See `Outbox.full`."""
        return len(self._events) + len(self._dead) >= self._capacity
