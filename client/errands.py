"""What the link has to get done: events to be acknowledged, people to be answered in time.

Used by the link thread alone. Fresh events (somebody stands there and waits) go first; those kept
from before follow in their order, a few at a time.
"""

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import replace

from client.connection import Connection
from client.enrolment_events import EnrolAnswered
from client.event_messages import Asked, agrees, arrived, code_of, pace_s, request_of, since_ms
from client.events import ClientEvent, Fault, NoProbe, NoProbeKind, Outcome, VerdictArrived
from client.offline import Alone
from client.outbox import KeptEvent, Outbox, OutboxFull
from desktop.logs import log_event
from protocol.errors import Code, IllegalSend, sentence
from protocol.messages import (
    Enrol,
    Enrolled,
    Error,
    Message,
    Recorded,
    Verdict,
)

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 2.5
"""Then the person is told that the server is unreachable: longer nobody stands still."""

LATE_AT_ONCE = 4
"""Kept events on their way together: the queue drains fast, and a newcomer waits for few."""

_STORED_SO = frozenset({Code.REPLAY_SUSPECTED, Code.TOO_MANY_TRIES})
"""What the server says of a suspected event after storing it: nothing is left to deliver."""
_AGAIN_S = 1.0
_AGAIN_LONGEST_S = 8.0


class Errands:
    """Keeps the outbox and everything that is on its way.

    Args:
        outbox: Holds events until they are acknowledged.
        post: Takes what came of them.
        alone: Decides while the server is away; None where that must not be.
    """

    def __init__(
        self,
        outbox: Outbox,
        post: Callable[[ClientEvent], None],
        *,
        alone: Callable[[KeptEvent], Alone | None] = lambda _event: None,
    ) -> None:
        self._alone = alone
        self._outbox = outbox
        self._post = post
        self._people: dict[str, Asked] = {}
        self._sent: dict[str, str] = {}
        self._enrolments: dict[str, Enrol] = {}
        self._to_enrol: list[Enrol] = []
        self._again_s = _AGAIN_S
        self._not_before_s = 0.0
        self.refused = 0
        self.trouble = ""

    @property
    def outbox(self) -> Outbox:
        """What waits and what was put aside."""
        return self._outbox

    def take(self, event: KeptEvent, asked: Asked, *, hopeless: bool) -> None:
        """Takes an event, or refuses it visibly when the outbox is full."""
        try:
            self._outbox.put(event)
        except OutboxFull as error:
            self.refused += 1
            log_event(log, "event_refused", level=logging.ERROR, refused=self.refused)
            self._post(
                NoProbe(
                    "",
                    NoProbeKind.OUTBOX_FULL,
                    f"Nothing more can be recorded: {error}. Please see the desk.",
                    automatic=event.automatic,
                    captured_at_ms=event.captured_at_ms,
                    label=asked.label,
                )
            )
            return
        if event.report:
            return
        self._people[event.event_id] = asked
        if hopeless or event.late:
            self._tell_unreachable(event.event_id, asked)

    def take_enrolment(self, request: Enrol, *, connected: bool) -> None:
        """Takes an enrolment; without a connection it is answered at once, never kept."""
        if connected:
            self._to_enrol.append(request)
            return
        self._post(
            EnrolAnswered(
                ok=False,
                code="server_unreachable",
                message="The server cannot be reached. The samples are kept here: submit again"
                " when it is back.",
                display_name=request.display_name,
            )
        )

    def tick(self, *, hopeless: bool) -> None:
        """Tells people who waited long enough, and tries again what the disk refused.

        Args:
            hopeless: No answer can be hoped for now.
        """
        self._outbox.mend()
        notice = self._outbox.take_notice()
        if notice:
            self._post(Fault("outbox", notice))
        now_s = time.monotonic()
        for event_id, asked in list(self._people.items()):
            if not asked.told and (hopeless or now_s - asked.asked_s >= ANSWER_WITHIN_S):
                self._tell_unreachable(event_id, asked)

    def send_due(self, connection: Connection) -> None:
        """Sends enrolments and events that are not on their way yet."""
        while self._to_enrol and connection.session.room > 1:
            self._send_enrolment(connection, self._to_enrol.pop(0))
        if time.monotonic() < self._not_before_s:
            return
        on_their_way = set(self._sent.values())
        fresh = [
            event
            for event_id, asked in self._people.items()
            if not asked.told
            and event_id not in on_their_way
            and (event := self._outbox.get(event_id)) is not None
        ]
        slots = LATE_AT_ONCE - len(on_their_way)
        kept = [
            event
            for event in self._outbox.oldest(LATE_AT_ONCE + len(on_their_way) + len(fresh))
            if event.event_id not in on_their_way and event not in fresh
        ]
        for event in [*fresh, *kept[: max(slots, 0)]]:
            if connection.session.room <= 1:
                return
            self._send(connection, event)

    @property
    def busy(self) -> bool:
        """Whether somebody waits for a verdict, or kept events are on their way."""
        return bool(self._sent) or any(not asked.told for asked in self._people.values())

    def erased(self, subject_ids: Collection[str]) -> None:
        """Drops events about people of whom nothing may be kept."""
        for event in self._outbox.oldest(len(self._outbox)) if subject_ids else ():
            if event.offline is not None and event.offline.subject_id in subject_ids:
                log_event(log, "event_erased", event_id=event.event_id)
                self._done(event.event_id)

    def answered(self, connection: Connection, message: Message) -> None:
        """Takes a reply to an event or an enrolment."""
        if isinstance(message, Verdict):
            self._sent.pop(message.re, None)
            self._verdict(message)
        elif isinstance(message, Recorded):
            self._done(self._sent.pop(message.re, message.event_id))
        elif isinstance(message, Enrolled):
            self._enrolments.pop(message.re, None)
            self._post(
                EnrolAnswered(
                    ok=True,
                    code="",
                    message=f"{message.display_name} is enrolled.",
                    display_name=message.display_name,
                    subject_id=message.subject_id,
                    samples=message.samples,
                )
            )
        elif isinstance(message, Error) and message.re is not None:
            self._error(message.re, message)
        else:
            log_event(log, "unexpected_message", kind=message.kind, open=len(self._sent))
        del connection

    def connection_lost(self) -> None:
        """Everything on its way has to be sent again; enrolments are answered as broken off."""
        self._outbox.failed(self._sent.values(), "The connection broke before the answer.")
        self._sent.clear()
        self._not_before_s = 0.0
        self._again_s = _AGAIN_S
        self.trouble = ""
        lost = [*self._enrolments.values(), *self._to_enrol]
        self._enrolments.clear()
        self._to_enrol.clear()
        for request in lost:
            self._post(
                EnrolAnswered(
                    ok=False,
                    code="server_unreachable",
                    message="The connection broke before the server answered. Submit again:"
                    " nobody is enrolled twice.",
                    display_name=request.display_name,
                )
            )

    def _send_enrolment(self, connection: Connection, request: Enrol) -> None:
        request = replace(request, id=connection.session.next_id())
        if request.picture is not None:
            welcome = connection.welcome
            if welcome is None or not welcome.keep_pictures:
                request = replace(request, picture=None)
        try:
            connection.send(request)
        except IllegalSend as error:
            if not connection.session.ready:
                raise
            self._enrolment_refused(
                request, Error.refuse(code_of(error), error.message, re=request.id)
            )
            return
        self._enrolments[request.id] = request

    def _send(self, connection: Connection, event: KeptEvent) -> None:
        asked = self._people.get(event.event_id)
        request = request_of(event, asked, connection.session.next_id())
        try:
            connection.send(request)
        except IllegalSend as error:
            if not connection.session.ready:
                raise
            # Its content can never be sent: kept, it would stop the queue behind it for ever.
            log_event(log, "event_unsendable", level=logging.ERROR, reason=error.message)
            self._give_up(event.event_id, code_of(error))
            return
        self._sent[request.id] = event.event_id

    def _verdict(self, message: Verdict) -> None:
        event = self._outbox.get(message.event_id)
        asked = self._people.get(message.event_id)
        if event is not None and asked is not None and not agrees(message, event.offline):
            self._post(arrived(event, asked, message))  # before the disk is waited for
        self._done(message.event_id)

    def _done(self, event_id: str) -> None:
        self._outbox.remove(event_id)
        self._people.pop(event_id, None)
        self._again_s = _AGAIN_S
        self.trouble = ""

    def _error(self, re: str, message: Error) -> None:
        request = self._enrolments.pop(re, None)
        if request is not None:
            self._enrolment_refused(request, message)
            return
        event_id = self._sent.pop(re, None)
        if event_id is None:
            return
        wait_s = pace_s(message, longest_s=_AGAIN_LONGEST_S)
        if wait_s is not None:
            # No trouble: a full outbox drains as fast as the server lets one checkpoint.
            self._not_before_s = time.monotonic() + wait_s
            return
        log_event(log, "event_not_taken", code=message.code, event_id=event_id)
        if message.retryable:
            self._outbox.failed([event_id], message.code)
            self.trouble = sentence(message.code)
            self._not_before_s = time.monotonic() + self._again_s
            self._again_s = min(self._again_s * 2, _AGAIN_LONGEST_S)
            return
        self._give_up(event_id, message.code)

    def _give_up(self, event_id: str, code: str) -> None:
        """Says that an event is refused for good; put aside, unless the server stored it so."""
        event = self._outbox.get(event_id)
        asked = self._people.get(event_id)
        if code not in _STORED_SO:
            self._outbox.bury(event_id, code, time.time_ns() // 1_000_000)
        self._done(event_id)
        if event is not None:
            self._post(
                NoProbe(
                    event_id,
                    NoProbeKind.REFUSED,
                    sentence(code),
                    flaws=(code,),
                    automatic=event.automatic,
                    captured_at_ms=event.captured_at_ms,
                    label=None if asked is None else asked.label,
                    late=asked is None or asked.told,
                    alone=event.offline is not None,
                )
            )

    def _enrolment_refused(self, request: Enrol, message: Error) -> None:
        sample = message.details.get("sample", "")
        self._post(
            EnrolAnswered(
                ok=False,
                code=message.code,
                message=message.message,
                display_name=message.details.get("display_name", request.display_name),
                subject_id=message.details.get("subject"),
                sample=int(sample) if sample.isascii() and sample.isdigit() else None,
            )
        )

    def _tell_unreachable(self, event_id: str, asked: Asked) -> None:
        asked.told = True
        event = self._outbox.get(event_id)
        if event is None:
            return
        alone = self._alone(event)
        # Told only when it is on the disk: the server has to hear of everything that was told.
        if alone is not None and not self._outbox.amend(replace(event, offline=alone.offline)):
            alone = None
        self._post(
            VerdictArrived(
                event_id=event_id,
                outcome=Outcome.SERVER_UNREACHABLE if alone is None else alone.outcome,
                display_name=None if alone is None else alone.display_name,
                captured_at_ms=event.captured_at_ms,
                latency_ms=since_ms(asked.steady_s),
                automatic=event.automatic,
                label=asked.label,
                alone=alone is not None,
            )
        )
