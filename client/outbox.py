"""Events that the server has not acknowledged yet, in the order they happened.

The link thread alone uses an outbox. It holds nothing but plain values, so that an encrypted file
can take the place of the memory (docs/decisions/0008).
"""

from dataclasses import dataclass, field, replace
from typing import Protocol

from protocol.liveness import Liveness

CAPACITY = 1000
"""Events: a queue of an hour at one visitor every 4 s; about 3 MB."""


class OutboxFull(Exception):  # noqa: N818 - named for what happened
    """Raised when an event is not accepted: nothing is dropped silently to make room."""


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
        late: The person was told that the server is unreachable.
        liveness: What was seen of it, where the server demands it.
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


class Outbox(Protocol):
    """Keeps events until they are acknowledged. Not for several threads."""

    def put(self, event: KeptEvent) -> None:
        """Adds an event at the end; the same id again changes nothing.

        Raises:
            OutboxFull: There is no room.
        """

    def get(self, event_id: str) -> KeptEvent | None:
        """The event, or None when it is not here (any more)."""

    def oldest(self, limit: int) -> tuple[KeptEvent, ...]:
        """Up to `limit` events, oldest first."""

    def mark_late(self, event_id: str) -> None:
        """Notes that its person was told that the server is unreachable."""

    def remove(self, event_id: str) -> None:
        """Forgets an acknowledged event; an unknown one changes nothing."""

    def __len__(self) -> int: ...

    @property
    def full(self) -> bool:
        """Whether the next `put` would fail."""


class MemoryOutbox:
    """An outbox that lasts as long as the program."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._events: dict[str, KeptEvent] = {}

    def put(self, event: KeptEvent) -> None:
        """See `Outbox.put`."""
        if event.event_id in self._events:
            return
        if self.full:
            raise OutboxFull(f"{self._capacity} events wait for the server already")
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

    def mark_late(self, event_id: str) -> None:
        """See `Outbox.mark_late`."""
        event = self._events.get(event_id)
        if event is not None:
            self._events[event_id] = replace(event, late=True)

    def remove(self, event_id: str) -> None:
        """See `Outbox.remove`."""
        self._events.pop(event_id, None)

    def __len__(self) -> int:
        return len(self._events)

    @property
    def full(self) -> bool:
        """See `Outbox.full`."""
        return len(self._events) >= self._capacity
