"""An event as bytes and back, every number exactly as it was: what the outbox file seals."""

import base64
import json
import struct
from collections.abc import Mapping

from client.outbox import KeptEvent
from protocol.copies import Offline
from protocol.errors import ProtocolError
from protocol.liveness import Liveness

_VERSION = 1


class EventUnreadable(Exception):  # noqa: N818 - named for what happened
    """Raised when bytes are no event of ours."""


def to_bytes(event: KeptEvent) -> bytes:
    """The event; also one that no message can be made of."""
    numbers = struct.pack(f"<{len(event.encoding)}d", *event.encoding)
    wire = {
        "version": _VERSION,
        "event_id": event.event_id,
        "captured_at_ms": event.captured_at_ms,
        "automatic": event.automatic,
        "encoding": base64.b64encode(numbers).decode("ascii"),
        "quality": event.quality,
        "frames": event.frames,
        "report": event.report,
        "flaws": list(event.flaws),
        "late": event.late,
        "liveness": None if event.liveness is None else event.liveness.to_wire(),
        "offline": None if event.offline is None else event.offline.to_wire(),
    }
    return json.dumps(wire).encode("utf-8")


def from_bytes(data: bytes) -> KeptEvent:
    """The event again.

    Raises:
        EventUnreadable: The bytes were written by another version, or are none of ours.
    """
    try:
        wire = json.loads(data)
        if wire["version"] != _VERSION:
            raise EventUnreadable(f"an event of version {wire['version']!r}")
        return _event(wire)
    except (ValueError, KeyError, TypeError, struct.error, ProtocolError) as error:
        raise EventUnreadable(f"no event: {error}") from error


def _event(wire: Mapping[str, object]) -> KeptEvent:
    numbers = base64.b64decode(_text(wire["encoding"]), validate=True)
    liveness, offline = wire["liveness"], wire.get("offline")
    quality, flaws = wire["quality"], wire["flaws"]
    if not isinstance(quality, dict) or not isinstance(flaws, list):
        raise TypeError("no quality or flaws")
    return KeptEvent(
        event_id=_text(wire["event_id"]),
        captured_at_ms=_whole(wire["captured_at_ms"]),
        automatic=wire["automatic"] is True,
        encoding=struct.unpack(f"<{len(numbers) // 8}d", numbers),
        quality={_text(name): float(number) for name, number in quality.items()},
        frames=_whole(wire["frames"]),
        report=_text(wire["report"]),
        flaws=tuple(_text(flaw) for flaw in flaws),
        late=wire["late"] is True,
        liveness=Liveness.from_wire(liveness) if isinstance(liveness, dict) else None,
        offline=Offline.from_wire(offline) if isinstance(offline, dict) else None,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("no whole number")
    return value
