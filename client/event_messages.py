"""Events as messages to the server, and its verdicts as events for the window."""

import time
from dataclasses import dataclass

from client.events import Outcome, VerdictArrived
from client.outbox import KeptEvent
from protocol.copies import Offline
from protocol.errors import Code, IllegalSend, ProtocolError
from protocol.messages import Error, Identify, Report, Request, Verdict


@dataclass(slots=True)
class Asked:
    """A person who waits for the verdict.

    Attributes:
        steady_s: `time.monotonic()` of the frame in which the face first was steady.
        asked_s: `time.monotonic()` when the event was handed in.
        label: The truth of a demo source.
        told: The person was told that the server is unreachable, or what was decided here.
    """

    steady_s: float
    asked_s: float
    label: str | None = None
    told: bool = False


def code_of(error: IllegalSend) -> str:
    """What is wrong with a message of ours: the field's own code where there is one."""
    cause = error.__cause__
    return cause.code if isinstance(cause, ProtocolError) else error.code


def pace_s(message: Error, *, longest_s: float) -> float | None:
    """How long a server asks to wait that finds us too fast, in seconds; None for another error."""
    told = message.details.get("retry_after_ms", "")
    if message.code != Code.RATE_LIMITED or not (told.isascii() and told.isdigit()):
        return None
    return min(int(told) / 1000, longest_s)


def arrived(event: KeptEvent, asked: Asked, message: Verdict) -> VerdictArrived:
    """The server's verdict for the window."""
    return VerdictArrived(
        event_id=event.event_id,
        outcome=Outcome(message.outcome),
        display_name=message.display_name,
        captured_at_ms=event.captured_at_ms,
        latency_ms=since_ms(asked.steady_s),
        automatic=event.automatic,
        label=asked.label,
        late=asked.told,
        alone=event.offline is not None,
        reason="" if event.liveness is None else event.liveness.reason,
    )


def agrees(message: Verdict, offline: Offline | None) -> bool:
    """Whether the server found what was told here before: then there is nothing to add.

    Nor is there where it says no more of it than that it was away: it names few of the many people
    that a full outbox tells of, and stores all as it found them.
    """
    if offline is None:
        return False
    if message.outcome == "server_unreachable" and message.subject_id is None:
        return True
    return (message.outcome, message.subject_id) == (offline.outcome, offline.subject_id)


def since_ms(moment_s: float) -> float:
    """Milliseconds since a moment of `time.monotonic()`."""
    return (time.monotonic() - moment_s) * 1000


def request_of(event: KeptEvent, asked: Asked | None, request_id: str) -> Request:
    """The message of an event: the same content every time, only `late` and its age differ.

    Late is what nobody was told a verdict about: so is everything from before the program's start.
    """
    if event.report:
        return Report(
            id=request_id,
            event_id=event.event_id,
            captured_at_ms=event.captured_at_ms,
            outcome=event.report,
            flaws=event.flaws,
            automatic=event.automatic,
        )
    return Identify(
        id=request_id,
        event_id=event.event_id,
        captured_at_ms=event.captured_at_ms,
        encoding=event.encoding,
        quality=event.quality,
        frames=event.frames,
        automatic=event.automatic,
        late=event.late or asked is None or asked.told,
        elapsed_ms=0 if asked is None else max(0, round(since_ms(asked.steady_s))),
        liveness=event.liveness,
        offline=event.offline,
    )
