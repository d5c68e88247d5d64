"""Identification as a service: a probe comes in, a decision is made, stored, and only then told.

Knows nothing of sockets and windows. What a checkpoint is told carries no distance, rank or
margin (R5): those are for the history, where an operator can see why.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from biometrics.calibrate import Fitted
from biometrics.faces import Encoding
from biometrics.gallery import Gallery
from biometrics.identify import (
    DEFAULT_POLICY,
    PLAUSIBLE_NORM,
    ImplausibleEncoding,
    identify_many,
    plausible,
)
from biometrics.identify import Verdict as Decided
from database.errors import DatabaseProblem, StorageFailed
from database.records import EventRecord, Stored
from protocol.errors import Code, sentence
from protocol.liveness import Liveness
from protocol.messages import Identify, Recorded, Report, Verdict
from server.event_records import (
    Caller,
    content_of_probe,
    grounds_of,
    record_of_decision,
    record_of_report,
)
from server.events import EventStored, GridEvent
from server.refusals import Refused, refused_by_storage
from server.suspicion import Suspected, Suspicion
from server.turns import Turns, Waiter

__all__ = ["Caller", "Journal", "Objection", "RecognitionService", "Unknown", "no_objection"]

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
        self._suspicion: Suspicion | None = None
        self._turns: Turns[_Asked] = Turns(self._decide)

    def demand(self, objection: Objection) -> None:
        """From now on names nobody against whom this says something."""
        self._objection = objection

    def watch(self, suspicion: Suspicion) -> None:
        """From now on names nobody for a probe this suspects, and tells it what came of all."""
        self._suspicion = suspicion

    def use(self, fitted: Callable[[Gallery], Fitted]) -> None:
        """Decides from now on by what this gives for the snapshot that is searched."""
        self._fitted = fitted

    def identify(self, request: Identify, caller: Caller, *, received_s: float) -> Verdict:
        """Decides, stores the event, and answers from what was stored.

        The same request again (an answer was lost on the way) is answered from the row that the
        first one made, whatever the gallery would say now. Requests that come while a search runs
        are searched together in the next one.

        Args:
            request: The probe with what belongs to it.
            caller: Who asks.
            received_s: When the request was there, by this service's clock.

        Raises:
            Refused: Raised when the numbers cannot be a face's, when the event id is known with
                other content, when the event cannot be stored, or when it is stored and suspected
                (`server.suspicion`).
        """
        probe = np.asarray(request.encoding, dtype=np.float64)
        try:
            plausible(probe, self._norms)
        except ImplausibleEncoding as error:
            raise Refused(Code.IMPLAUSIBLE_ENCODING, str(error)) from error
        suspected = self._suspected(probe, request, caller)
        if suspected is None:
            objection = self._objection(request.event_id, request.liveness, caller)
        else:
            objection = suspected.sentence
        asked = _Asked(
            request=request,
            caller=caller,
            received_s=received_s,
            probe=probe,
            content=content_of_probe(request, probe, caller),
            objection=objection,
        )
        self._turns.join(asked)
        entry = self._committed(asked)
        stored = entry.record
        if self._suspicion is not None and not entry.duplicate:
            self._suspicion.settled(
                probe,
                caller.checkpoint_id,
                outcome=stored.outcome,
                named=stored.subject_id is not None,
                suspected=suspected,
            )
        if suspected is not None and suspected.sentence in stored.reason:
            # By what is stored, as always: who asks again has the first answer again.
            raise Refused(suspected.code, sentence(suspected.code))
        decision = asked.decision
        assert decision is not None, "what is stored was decided"
        if stored.outcome == "not_enrolled" and not (decision.made_up or asked.objection):
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
        pending = _Pending()
        self._store(pending, record_of_report(request, caller, now_ms=self._now_ms()))
        return Recorded(re=request.id, event_id=self._committed(pending).record.event_id)

    def _suspected(self, probe: Encoding, request: Identify, caller: Caller) -> Suspected | None:
        if self._suspicion is None:
            return None
        return self._suspicion.of(probe, request.event_id, caller.checkpoint_id)

    def _decide(self, turn: "Sequence[_Asked]") -> None:
        """Searches for all of a turn at once, and hands their events to the journal."""
        try:
            gallery = self._gallery()
            fitted = None if self._fitted is None else self._fitted(gallery)
            policy = DEFAULT_POLICY if fitted is None else fitted.policy
            decisions = identify_many([asked.probe for asked in turn], gallery, policy)
        except Exception as error:  # noqa: BLE001 - raised again in the thread it belongs to
            if len(turn) == 1:
                turn[0].fail(error)
            for asked in turn if len(turn) > 1 else ():
                self._decide([asked])  # one of them must not fail the others
            return
        now_ms, now_s = self._now_ms(), self._clock()
        for asked, decision in zip(turn, decisions, strict=True):
            asked.decision = decision
            try:
                record = record_of_decision(
                    asked.request,
                    asked.caller,
                    decision,
                    content=asked.content,
                    objection=asked.objection,
                    grounds=grounds_of(decision, fitted),
                    now_ms=now_ms,
                    own_ms=max(round((now_s - asked.received_s) * 1000), 0),
                    offline_name=_name_of(asked.request, gallery),
                )
                self._store(asked, record)
            except Exception as error:  # noqa: BLE001 - the same; the others go on
                asked.fail(error)

    def _store(self, pending: "_Pending", record: EventRecord) -> None:
        """Hands an event to the journal; nothing may be told before its promise is kept."""
        pending.promise = self._journal.append(record)
        pending.promise.add_done_callback(lambda promise: self._settled(pending, promise))

    def _settled(self, pending: "_Pending", promise: "Future[Stored]") -> None:
        # Not after the wait: an event committed after we gave up is history too.
        try:
            if not promise.cancelled() and promise.exception() is None:
                stored = promise.result()
                if not stored.duplicate:
                    self._post(EventStored(stored.record))
        finally:
            pending.wake()

    def _committed(self, pending: "_Pending") -> Stored:
        """Waits until the event is stored, and gives it as it is stored.

        Raises:
            Refused: It is not, or not in time.
        """
        give_up_s = self._clock() + COMMIT_WAIT_S
        try:
            while not pending.done:
                woken = pending.sleep(_TICK_S)
                if pending.leads:
                    assert isinstance(pending, _Asked), "only searches are done in turns"
                    self._turns.lead(pending)
                elif not woken and (self._stopping() or self._clock() >= give_up_s):
                    self._give_up(pending)
            return pending.stored()
        except DatabaseProblem as problem:
            raise refused_by_storage(problem) from problem

    def _give_up(self, pending: "_Pending") -> None:
        if isinstance(pending, _Asked):
            self._turns.leave(pending)
        if pending.promise is not None and not pending.promise.done():
            # Whether it is written after all is settled when the same id comes again.
            pending.promise.cancel()
        if not pending.done or pending.promise is None or pending.promise.cancelled():
            raise StorageFailed(
                "The event could not be recorded in time; the checkpoint tries again."
            )


class _Pending(Waiter):
    """An event on its way to the disk, and the thread that waits for it."""

    __slots__ = ("_problem", "promise")

    def __init__(self) -> None:
        super().__init__()
        self.promise: Future[Stored] | None = None
        self._problem: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self._problem is not None or (self.promise is not None and self.promise.done())

    def fail(self, problem: Exception) -> None:
        """It did not come so far."""
        self._problem = problem
        self.wake()

    def stored(self) -> Stored:
        """The event as it is stored; raises what kept it from being."""
        if self._problem is not None:
            raise self._problem
        assert self.promise is not None, "asked for before it was done"
        return self.promise.result(timeout=0)


class _Asked(_Pending):
    """A request to identify, which waits for its turn and then for its event."""

    __slots__ = ("caller", "content", "decision", "objection", "probe", "received_s", "request")

    def __init__(
        self,
        *,
        request: Identify,
        caller: Caller,
        received_s: float,
        probe: Encoding,
        content: str,
        objection: str,
    ) -> None:
        super().__init__()
        self.request = request
        self.caller = caller
        self.received_s = received_s
        self.probe = probe
        self.content = content
        self.objection = objection
        self.decision: Decided | None = None


def _name_of(request: Identify, gallery: Gallery) -> str | None:
    """The name of whom a checkpoint named without the server, if that person is still enrolled."""
    subject_id = None if request.offline is None else request.offline.subject_id
    person = None if subject_id is None else gallery.get(subject_id)
    return None if person is None else person.display_name


def _unknown(probe: Encoding, decision: Decided, request: Identify) -> Unknown:
    nearest = decision.nearest
    return Unknown(
        encoding=probe,
        distance=None if nearest is None else nearest.distance,
        quality=request.quality,
        frames=request.frames,
    )
