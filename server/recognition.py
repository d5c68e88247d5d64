"""Identification as a service: a probe comes in, a decision is made, stored, and only then told.

Knows nothing of sockets and windows. What a checkpoint is told carries no distance, rank or
margin (R5): those are for the history, where an operator can see why.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from biometrics.calibrate import Fitted
from biometrics.faces import Encoding
from biometrics.gallery import Gallery
from biometrics.identify import (
    DEFAULT_POLICY,
    PLAUSIBLE_NORM,
    ImplausibleEncoding,
    all_plausible,
    identify_many,
    plausible,
)
from database.errors import DatabaseProblem, StorageFailed
from database.records import EventRecord, Stored
from protocol.errors import Code, sentence
from protocol.liveness import Liveness
from protocol.messages import Identify, Recorded, Report, Verdict
from server.asked import Asked, probes_of, request_of
from server.event_records import (
    Caller,
    content_of_probe,
    grounds_of,
    record_of_decision,
    record_of_report,
)
from server.events import EventStored, GridEvent
from server.refusals import Refused, refused_by_storage
from server.suspicion import Suspicion

__all__ = [
    "Asked",
    "Caller",
    "Journal",
    "Objection",
    "RecognitionService",
    "Unknown",
    "no_objection",
]

_TOO_LATE = "The event could not be recorded in time; the checkpoint tries again."


class Journal(Protocol):
    """What recognition needs of the event log."""

    def append_all(
        self, records: Sequence[EventRecord]
    ) -> "Future[list[Stored | DatabaseProblem]]":
        """Hands events in; the future resolves after the commit, with an answer for each."""


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
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gallery = gallery
        self._journal = journal
        self._fitted = fitted
        self._unknown = unknown
        self._norms = norms
        self._post = post
        self._now_ms = now_ms
        self._clock = clock
        self._objection: Objection = no_objection
        self._suspicion: Suspicion | None = None

    def demand(self, objection: Objection) -> None:
        """From now on names nobody against whom this says something."""
        self._objection = objection

    def watch(self, suspicion: Suspicion) -> None:
        """From now on names nobody for a probe this suspects, and tells it what came of all."""
        self._suspicion = suspicion

    def use(self, fitted: Callable[[Gallery], Fitted]) -> None:
        """Decides from now on by what this gives for the snapshot that is searched."""
        self._fitted = fitted

    def decide(self, turn: Sequence[Asked], settled: Callable[[Sequence[Asked]], None]) -> None:
        """Decides for all of a turn together and hands their events to the journal.

        Searches run in one product of matrices, each with the verdict that it has alone. The same
        request again (an answer was lost on the way) is decided again and answered from the row
        that the first one made, whatever the gallery says now.

        Args:
            turn: What was asked.
            settled: Called for some of them at a time, for each once: with `answer` they have their
                answer then. From the thread of the caller, or from the journal's after the commit.
        """
        at_work = [asked for asked in turn if not asked.given_up]
        probes = [asked for asked in at_work if isinstance(asked.request, Identify)]
        probes = self._looked_at(probes) if probes else []
        for asked in probes:
            _try(self._object, asked)
        probes = [asked for asked in probes if asked.problem is None]
        records = self._searched(probes) if probes else {}
        for asked in at_work:
            if isinstance(asked.request, Report):
                now_ms = self._now_ms()
                records[asked] = record_of_report(asked.request, asked.caller, now_ms=now_ms)
        self._store(records, settled)
        failed = [asked for asked in turn if asked not in records]
        if failed:
            settled(failed)

    def answer(self, asked: Asked) -> Verdict | Recorded:
        """The answer to what is settled, from what was stored.

        Raises:
            Refused: Raised when the numbers cannot be a face's, when the event id is known with
                other content, when the event is not stored, or not in time, or when it is stored
                and suspected (`server.suspicion`).
        """
        if isinstance(asked.problem, DatabaseProblem):
            raise refused_by_storage(asked.problem) from asked.problem
        if asked.problem is not None:
            raise asked.problem
        entry, request = asked.entry, asked.request
        if entry is None:
            raise refused_by_storage(StorageFailed(_TOO_LATE))
        if isinstance(request, Report):
            return Recorded(re=request.id, event_id=entry.record.event_id)
        return self._verdict(asked, request, entry)

    def give_up(self, asked: Asked) -> None:
        """Waits no longer: from now on `answer` says that it was not stored in time.

        What the journal has not begun to write is not written, with what was handed in together
        with it. Whether the rest is written is settled when the same id comes again.
        """
        asked.given_up = True
        if asked.promise is not None:
            asked.promise.cancel()

    def _looked_at(self, turn: Sequence[Asked]) -> list[Asked]:
        """Those whose numbers can be a face's; one of whom not has its problem instead."""
        try:
            self._look_at(turn)
        except Exception as error:  # noqa: BLE001 - raised again where it belongs to
            if len(turn) == 1:
                turn[0].problem = error
                return []
            # One by one. Whom suspicion has seen by now it sees again as the same event.
            return [asked for one in turn for asked in self._looked_at([one])]
        return list(turn)

    def _look_at(self, turn: Sequence[Asked]) -> None:
        """What can be said of the numbers of probes before they are searched.

        Raises:
            Refused: One of them is no face's.
            struct.error: They are of several lengths.
        """
        probes = probes_of(turn)
        if not all_plausible(probes, self._norms):
            for probe in probes:
                try:
                    plausible(probe, self._norms)
                except ImplausibleEncoding as error:
                    raise Refused(Code.IMPLAUSIBLE_ENCODING, str(error)) from error
        if self._suspicion is not None:
            events = [
                (one.request.event_id, one.caller.checkpoint_id, one.told_before) for one in turn
            ]
            for asked, seen in zip(turn, self._suspicion.of_all(probes, events), strict=True):
                asked.seen = seen

    def _object(self, asked: Asked) -> None:
        """What speaks against naming anybody, and what makes it the same request again."""
        request, caller = request_of(asked), asked.caller
        if asked.suspected is None:
            asked.objection = self._objection(request.event_id, request.liveness, caller)
        else:
            asked.objection = asked.suspected.sentence
        asked.content = content_of_probe(request, asked.packed, caller)

    def _searched(self, turn: Sequence[Asked]) -> dict[Asked, EventRecord]:
        """The events of the probes of a turn; one that has none has its problem instead."""
        try:
            gallery = self._gallery()
            fitted = None if self._fitted is None else self._fitted(gallery)
            policy = DEFAULT_POLICY if fitted is None else fitted.policy
            decisions = identify_many([_probe(asked) for asked in turn], gallery, policy)
        except Exception as error:  # noqa: BLE001 - raised again where it belongs to
            if len(turn) == 1:
                turn[0].problem = error
                return {}
            # One of them must not fail the others.
            return {asked: row for one in turn for asked, row in self._searched([one]).items()}
        records = {}
        now_ms, now_s = self._now_ms(), self._clock()
        for asked, decision in zip(turn, decisions, strict=True):
            request = request_of(asked)
            asked.decision = decision
            try:
                records[asked] = record_of_decision(
                    request,
                    asked.caller,
                    decision,
                    content=asked.content,
                    objection=asked.objection,
                    grounds=grounds_of(decision, fitted),
                    now_ms=now_ms,
                    own_ms=max(round((now_s - asked.received_s) * 1000), 0),
                    offline_name=_name_of(request, gallery),
                )
            except Exception as error:  # noqa: BLE001 - the same; the others go on
                asked.problem = error
        return records

    def _store(
        self,
        records: Mapping[Asked, EventRecord],
        settled: Callable[[Sequence[Asked]], None],
    ) -> None:
        """Hands events to the journal; nothing may be told before its promise is kept."""
        if not records:
            return
        group = tuple(records)
        try:
            promise = self._journal.append_all(list(records.values()))
        except Exception as error:  # noqa: BLE001 - as with searches
            if len(group) == 1:
                group[0].problem = error
                settled(group)
            else:
                for asked in group:
                    self._store({asked: records[asked]}, settled)
            return
        for asked in group:
            asked.promise = promise
        promise.add_done_callback(lambda promise: self._written(group, promise, settled))

    def _written(
        self,
        group: Sequence[Asked],
        promise: "Future[list[Stored | DatabaseProblem]]",
        settled: Callable[[Sequence[Asked]], None],
    ) -> None:
        # Also when nobody waits any more: an event committed after we gave up is history too.
        try:
            problem = None if promise.cancelled() else promise.exception()
            if promise.cancelled() or problem is not None:
                for asked in group:
                    asked.problem = problem if isinstance(problem, Exception) else None
                return
            new = []
            for asked, answer in zip(group, promise.result(), strict=True):
                if isinstance(answer, DatabaseProblem):
                    asked.problem = answer
                    continue
                asked.entry = answer
                if not answer.duplicate:
                    new.append((asked, answer.record))
            self._count(new)
            for _, record in new:
                self._post(EventStored(record))
        finally:
            for asked in group:
                # It holds this callback and so the group: without this, each group would be left
                # for the collector of garbage, a 20 ms halt twice a second under load.
                asked.promise = None
            settled(group)

    def _count(self, new: Sequence[tuple[Asked, EventRecord]]) -> None:
        """Counts what new events came to, before anybody can be told and whoever is still there.

        Who hangs up and asks for the same event again has an answer that was counted.
        """
        probes = [(asked, stored) for asked, stored in new if asked.decision is not None]
        if self._suspicion is not None:
            try:
                self._suspicion.settled(
                    [(asked.seen, stored) for asked, stored in probes if asked.seen is not None]
                )
            except Exception as error:  # noqa: BLE001 - raised again by `answer`: none is told
                for asked, _ in probes:
                    asked.problem = error
        for asked, stored in probes:
            if stored.outcome == "not_enrolled":
                _try(self._tell_unknown, asked)

    def _tell_unknown(self, asked: Asked) -> None:
        """Hands on who was not identified, unless something speaks against the probe."""
        request, decision = request_of(asked), asked.decision
        assert decision is not None, "what is stored was decided"
        if decision.made_up or asked.objection:
            return
        self._unknown(
            Unknown(
                encoding=_probe(asked),
                distance=None if decision.nearest is None else decision.nearest.distance,
                quality=request.quality,
                frames=request.frames,
            )
        )

    def _verdict(self, asked: Asked, request: Identify, entry: Stored) -> Verdict:
        stored, suspected = entry.record, asked.suspected
        if suspected is not None and suspected.sentence in stored.reason:
            # By what is stored, as always: who asks again has the first answer again.
            raise Refused(suspected.code, sentence(suspected.code))
        silent = asked.seen is not None and asked.seen.silent
        return Verdict(
            re=request.id,
            event_id=stored.event_id,
            outcome="server_unreachable" if silent else stored.outcome,
            subject_id=None if silent else stored.subject_id,
            display_name=None if silent else stored.display_name,
            server_time_ms=self._now_ms(),
        )


def _try(work: Callable[[Asked], None], asked: Asked) -> None:
    """Does it for one of several; what goes wrong is kept with it, and raised by `answer`."""
    try:
        work(asked)
    except Exception as error:  # noqa: BLE001 - the others go on
        asked.problem = error


def _probe(asked: Asked) -> Encoding:
    assert asked.probe is not None, "it was looked at"
    return asked.probe


def _name_of(request: Identify, gallery: Gallery) -> str | None:
    """The name of whom a checkpoint named without the server, if that person is still enrolled."""
    subject_id = None if request.offline is None else request.offline.subject_id
    person = None if subject_id is None else gallery.get(subject_id)
    return None if person is None else person.display_name
