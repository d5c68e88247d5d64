"""Identification as a service: a probe comes in, a decision is made, stored, and only then told.

Knows nothing of sockets and windows. What a checkpoint is told carries no distance, rank or
margin (R5): those are for the history, where an operator can see why.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, replace
from typing import Protocol, cast

import numpy as np

from biometrics.calibrate import Fitted
from biometrics.faces import Encoding
from biometrics.gallery import Gallery
from biometrics.identify import (
    DEFAULT_POLICY,
    PLAUSIBLE_NORM,
    Ambiguous,
    Identified,
    ImplausibleEncoding,
    NotIdentified,
    identify,
    plausible,
)
from biometrics.identify import Verdict as Decided
from database.errors import DatabaseProblem, StorageFailed
from database.records import EventRecord, Outcome, Stored, hash_content
from protocol.errors import Code
from protocol.liveness import Liveness
from protocol.messages import Identify, Recorded, Report, Verdict
from server.events import EventStored, GridEvent
from server.refusals import Refused, refused_by_storage

# How long a checkpoint waits for its row's commit. Below the 10 s after which the checkpoint
# takes the connection for dead: an honest "try again" is better than silence.
COMMIT_WAIT_S = 5.0
# How often a waiting request looks whether the server is being stopped.
_TICK_S = 0.1


class Journal(Protocol):
    """What recognition needs of the event log."""

    def append(self, record: EventRecord) -> "Future[Stored]":
        """Hands an event in; the future resolves after the commit."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Unknown:
    """Somebody who was not identified.

    Attributes:
        encoding: Raw, `float64 (dimensions,)`.
        distance: To the nearest person enrolled; None when there is nobody.
        quality: What the checkpoint measured.
        frames: Fused into the encoding.
    """

    encoding: Encoding
    distance: float | None
    quality: Mapping[str, float]
    frames: int


@dataclass(frozen=True, slots=True)
class Caller:
    """Which checkpoint asks, as it said hello."""

    checkpoint_id: str
    name: str
    encoder: str


Objection = Callable[[str, Liveness | None, Caller], str]
"""What speaks against an event (or enrolment) of a caller as to its liveness; "" for nothing."""


def no_objection(_event_id: str, _said: Liveness | None, _caller: Caller) -> str:
    """Nothing speaks against anybody: liveness is not asked for."""
    return ""


class RecognitionService:
    """Identifies probes and records events.

    Args:
        gallery: Gives the snapshot to search.
        journal: Where events are stored.
        fitted: Gives the policy that belongs to a snapshot, with what it was fitted on.
        unknown: Takes who was not identified, once that is stored.
        norms: Least and largest length of the encoder's raw encodings.
        post: Where `EventStored` goes.
        stopping: Says whether the server is being stopped, so that nobody waits on.
        now_ms: The server's clock, ms since the epoch, UTC.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        gallery: Callable[[], Gallery],
        journal: Journal,
        *,
        fitted: Callable[[Gallery], Fitted] | None = None,
        unknown: Callable[[Unknown], object] = lambda _unknown: None,
        norms: tuple[float, float] = PLAUSIBLE_NORM,
        post: Callable[[GridEvent], None] = lambda _event: None,
        stopping: Callable[[], bool] = lambda: False,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gallery = gallery
        self._journal = journal
        self._fitted = fitted
        self._unknown = unknown
        self._norms = norms
        self._post = post
        self._stopping = stopping
        self._now_ms = now_ms
        self._clock = clock
        self._objection: Objection = no_objection

    def demand(self, objection: Objection) -> None:
        """From now on names nobody against whom this says something."""
        self._objection = objection

    def use(self, fitted: Callable[[Gallery], Fitted]) -> None:
        """Decides from now on by what this gives for the snapshot that is searched."""
        self._fitted = fitted

    def identify(self, request: Identify, caller: Caller, *, received_s: float) -> Verdict:
        """Decides, stores the event, and answers from what was stored.

        The same request again (an answer was lost on the way) is answered from the row that the
        first one made, whatever the gallery would say now.

        Args:
            request: The probe with what belongs to it.
            caller: Who asks.
            received_s: When the request was there, by this service's clock.

        Raises:
            Refused: Raised when the numbers cannot be a face's, when the event id is known with
                other content, or when the event cannot be stored.
        """
        probe = np.asarray(request.encoding, dtype=np.float64)
        try:
            plausible(probe, self._norms)
        except ImplausibleEncoding as error:
            raise Refused(Code.IMPLAUSIBLE_ENCODING, str(error)) from error
        gallery = self._gallery()
        fitted = None if self._fitted is None else self._fitted(gallery)
        decision = identify(probe, gallery, DEFAULT_POLICY if fitted is None else fitted.policy)
        objection = self._objection(request.event_id, request.liveness, caller)
        record = _record_of_decision(
            request, caller, decision, objection=objection, now_ms=self._now_ms()
        )
        own_ms = round((self._clock() - received_s) * 1000)
        stored = self._store(
            replace(
                record,
                latency_ms=request.elapsed_ms + max(own_ms, 0),
                grounds=_grounds(decision, fitted),
            )
        )
        if stored.outcome == "not_enrolled" and not (decision.made_up or objection):
            self._unknown(_unknown(probe, decision, request))
        return Verdict(
            re=request.id,
            event_id=stored.event_id,
            outcome=stored.outcome,
            subject_id=stored.subject_id,
            display_name=stored.display_name,
            server_time_ms=self._now_ms(),
        )

    def report(self, request: Report, caller: Caller) -> Recorded:
        """Stores what could not be searched: no face, or too poor to use.

        Raises:
            Refused: As `identify`.
        """
        content = {
            "kind": "report",
            "checkpoint_id": caller.checkpoint_id,
            "captured_at_ms": request.captured_at_ms,
            "outcome": request.outcome,
            "flaws": list(request.flaws),
            "automatic": request.automatic,
        }
        stored = self._store(
            EventRecord(
                event_id=request.event_id,
                captured_at_ms=request.captured_at_ms,
                recorded_at_ms=self._now_ms(),
                checkpoint_id=caller.checkpoint_id,
                checkpoint_name=caller.name,
                outcome=cast("Outcome", request.outcome),
                content_hash=hash_content(content),
                encoder=caller.encoder,
                flaws=request.flaws,
                automatic=request.automatic,
                reason=_REPORT_REASONS[request.outcome],
            )
        )
        return Recorded(re=request.id, event_id=stored.event_id)

    def _store(self, record: EventRecord) -> EventRecord:
        """Returns the record as committed; nothing may be told before that."""
        promise = self._journal.append(record)
        # By callback and not after the wait: an event committed after we gave up is history too.
        promise.add_done_callback(self._tell)
        try:
            return self._await(promise).record
        except DatabaseProblem as problem:
            raise refused_by_storage(problem) from problem

    def _tell(self, promise: "Future[Stored]") -> None:
        if promise.cancelled() or promise.exception() is not None:
            return
        stored = promise.result()
        if not stored.duplicate:
            self._post(EventStored(stored.record))

    def _await(self, promise: "Future[Stored]") -> Stored:
        give_up_s = self._clock() + COMMIT_WAIT_S
        while True:
            try:
                return promise.result(timeout=_TICK_S)
            except NotYet:
                if promise.done():
                    raise
                if self._stopping() or self._clock() >= give_up_s:
                    # Whether it is written after all is settled when the same id comes again.
                    promise.cancel()
                    raise StorageFailed(
                        "The event could not be recorded in time; the checkpoint tries again."
                    ) from None


def _unknown(probe: Encoding, decision: Decided, request: Identify) -> Unknown:
    nearest = decision.nearest
    return Unknown(
        encoding=probe,
        distance=None if nearest is None else nearest.distance,
        quality=request.quality,
        frames=request.frames,
    )


def _grounds(decision: Decided, fitted: Fitted | None) -> dict[str, float]:
    """What the limit of this search came from."""
    if decision.nearest is None:
        return {}
    grounds = {} if fitted is None else dict(fitted.grounds)
    grounds["crowding"] = round(decision.crowding, 5)
    grounds["lowered"] = round(decision.lowered, 5)
    return grounds


_REPORT_REASONS = {
    "no_face": "No face was in view when identification was asked for.",
    "poor_quality": "The picture was too poor to search with.",
}


def _record_of_decision(
    request: Identify,
    caller: Caller,
    decision: Decided,
    *,
    objection: str,
    now_ms: int,
) -> EventRecord:
    nearest, runner_up = decision.nearest, decision.runner_up
    matched = nearest if isinstance(decision, Identified) and not objection else None
    outcome: Outcome = _OUTCOMES[type(decision)]
    reason = decision.reason
    if objection:
        # Whom the face is like stays in the history: somebody's picture may have been held up.
        outcome = "spoof_suspected"
        reason = f"{objection} Nobody is named. The face alone: {reason}"
    if request.late:
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
        content_hash=hash_content(_content(request, caller)),
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
        reason=reason,
    )


_OUTCOMES: dict[type, Outcome] = {
    Identified: "identified",
    NotIdentified: "not_enrolled",
    Ambiguous: "ambiguous",
}


def _content(request: Identify, caller: Caller) -> dict[str, object]:
    """What makes two requests the same event.

    Not `late` and `elapsed_ms`: a checkpoint whose answer was lost sends the same probe again,
    late and slower, and must get the first answer. Nor `liveness`: the first word counts.
    """
    return {
        "kind": "identify",
        "checkpoint_id": caller.checkpoint_id,
        "captured_at_ms": request.captured_at_ms,
        "encoding": list(request.encoding),
        "frames": request.frames,
        "quality": dict(request.quality),
        "automatic": request.automatic,
    }
