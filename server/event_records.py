"""What the history keeps of an identification or a report, and what makes two of them the same."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from biometrics.calibrate import Fitted
from biometrics.identify import Ambiguous, Candidate, Identified, NotIdentified
from biometrics.identify import Verdict as Decided
from database.records import EventRecord, Outcome, hash_content
from protocol.copies import Offline
from protocol.messages import Identify, Report
from server.held_up import FOUND_NOW

_ALONE = {
    "identified": "identified",
    "not_enrolled": "not enrolled",
    "ambiguous": "too near to call",
    "spoof_suspected": "spoof suspected",
}
_OUTCOMES: dict[type, Outcome] = {
    Identified: "identified",
    NotIdentified: "not_enrolled",
    Ambiguous: "ambiguous",
}

_REPORT_REASONS = {
    "no_face": "No face was in view when identification was asked for.",
    "poor_quality": "The picture was too poor to search with.",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Which checkpoint asks, as it said hello; `connection` tells its connections apart."""

    checkpoint_id: str
    name: str
    encoder: str
    connection: int = 0


def content_of_probe(request: Identify, packed: bytes, caller: Caller) -> str:
    """The hash of what makes two requests the same event.

    Not `late` and `elapsed_ms`: a checkpoint whose answer was lost sends the same probe again,
    late and slower, and must get the first answer. Nor `liveness`: the first word counts.

    Args:
        request: What was sent.
        packed: Its encoding, each number a little-endian float64: to write 128 numbers in decimal
            first takes as long as the whole search. Hashed by itself, for above 2,047 bytes
            `hashlib` lets go of the interpreter's lock.
        caller: Who sent it.
    """
    return hash_content(
        {
            "kind": "identify",
            "checkpoint_id": caller.checkpoint_id,
            "captured_at_ms": request.captured_at_ms,
            "encoding": hashlib.sha256(packed).hexdigest(),
            "frames": request.frames,
            "quality": dict(request.quality),
            "automatic": request.automatic,
        }
    )


def record_of_report(request: Report, caller: Caller, *, now_ms: int) -> EventRecord:
    """The event of somebody of whom no usable face was seen."""
    content = {
        "kind": "report",
        "checkpoint_id": caller.checkpoint_id,
        "captured_at_ms": request.captured_at_ms,
        "outcome": request.outcome,
        "flaws": list(request.flaws),
        "automatic": request.automatic,
    }
    return EventRecord(
        event_id=request.event_id,
        captured_at_ms=request.captured_at_ms,
        recorded_at_ms=now_ms,
        checkpoint_id=caller.checkpoint_id,
        checkpoint_name=caller.name,
        outcome=cast("Outcome", request.outcome),
        content_hash=hash_content(content),
        encoder=caller.encoder,
        flaws=request.flaws,
        automatic=request.automatic,
        reason=_REPORT_REASONS[request.outcome],
    )


def record_of_decision(
    request: Identify,
    caller: Caller,
    decision: Decided,
    *,
    content: str,
    objection: str,
    grounds: Mapping[str, float],
    now_ms: int,
    own_ms: int,
    offline_name: str | None = None,
) -> EventRecord:
    """The event of a probe that was searched.

    Args:
        request: What was sent.
        caller: Who sent it.
        decision: What the search found.
        content: `content_of_probe`.
        objection: What speaks against naming anybody, in a sentence; empty for nothing.
        grounds: What the limit of the search came from.
        now_ms: The server's clock.
        own_ms: How long the server has had the request.
        offline_name: Of whom the checkpoint named without the server, where it is known here.
    """
    nearest, runner_up = decision.nearest, decision.runner_up
    matched = nearest if isinstance(decision, Identified) and not objection else None
    outcome: Outcome = _OUTCOMES[type(decision)]
    reason = decision.reason
    if objection:
        # Whom the face is like stays in the history: somebody's picture may have been held up.
        outcome = "spoof_suspected"
        reason = f"{objection} Nobody is named. The face alone: {reason}"
    alone = request.offline
    if alone is not None:
        reason = f"{_said_alone(alone, outcome, matched)}{FOUND_NOW}{reason}"
    elif request.late:
        # The person was told so at the door; history shall not claim otherwise.
        outcome = "server_unreachable"
        reason = f"The server could not be reached at that moment. Found afterwards: {reason}"
    return EventRecord(
        event_id=request.event_id,
        captured_at_ms=request.captured_at_ms,
        recorded_at_ms=now_ms,
        checkpoint_id=caller.checkpoint_id,
        checkpoint_name=caller.name,
        outcome=outcome,
        content_hash=content,
        subject_id=None if matched is None else matched.subject_id,
        display_name=None if matched is None else matched.display_name,
        nearest_distance=None if nearest is None else nearest.distance,
        nearest_subject_id=None if nearest is None else nearest.subject_id,
        nearest_name=None if nearest is None else nearest.display_name,
        runner_up_distance=None if runner_up is None else runner_up.distance,
        runner_up_subject_id=None if runner_up is None else runner_up.subject_id,
        runner_up_name=None if runner_up is None else runner_up.display_name,
        threshold=decision.threshold,
        margin=decision.margin,
        encoder=caller.encoder,
        quality=dict(request.quality),
        frames=request.frames,
        automatic=request.automatic,
        late=request.late,
        # Late and no time: kept from an earlier run of the checkpoint, nobody knows how long.
        latency_ms=None if request.late and not request.elapsed_ms else request.elapsed_ms + own_ms,
        reason=reason,
        grounds=grounds,
        decided_by="server" if alone is None else "checkpoint",
        offline_outcome=None
        if request.offline is None
        else cast("Outcome", request.offline.outcome),
        offline_subject_id=None if request.offline is None else request.offline.subject_id,
        offline_name=offline_name,
    )


def _said_alone(offline: Offline, outcome: Outcome, matched: Candidate | None) -> str:
    """What a checkpoint decided without the server, and whether that is found here, too."""
    found = None if matched is None else matched.subject_id
    words = _ALONE[offline.outcome]
    said = f"The checkpoint decided without the server: {words}."
    if (offline.outcome, offline.subject_id) == (outcome, found):
        return said
    return f"{said} The server finds otherwise."


def grounds_of(decision: Decided, fitted: Fitted | None) -> dict[str, float]:
    """What the limit of this search came from."""
    if decision.nearest is None:
        return {}
    grounds = {} if fitted is None else dict(fitted.grounds)
    grounds["crowding"] = round(decision.crowding, 5)
    grounds["lowered"] = round(decision.lowered, 5)
    return grounds
