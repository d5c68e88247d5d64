"""What a checkpoint asks, and which service answers: messages in, messages out, no socket."""

import itertools
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.logs import log_event
from protocol.consent import mark_of
from protocol.errors import Code
from protocol.kinds import EncodingShape
from protocol.messages import (
    AskChallenge,
    Enrol,
    Error,
    GalleryChanges,
    Heartbeat,
    HeartbeatReply,
    Hello,
    Reply,
    Request,
    SignIn,
    SignOut,
    Welcome,
)
from server.asked import Asked
from server.audit import Audit
from server.checkpoints import Checkpoints
from server.encoders import same_model, shape_of
from server.enrolment_desk import EnrolmentDesk
from server.events import CheckpointStatus
from server.incidents import Incidents
from server.liveness import LivenessRule
from server.log_lines import RateLimited
from server.people import PeopleService
from server.rates import Rates, come_back_ms, pause_s
from server.recognition import Caller, RecognitionService
from server.refusals import Refused
from server.replica import Replica
from server.settings import ServerSettings

_LOG = logging.getLogger(__name__)
_OF_THE_DISK = frozenset({Code.STORAGE_FULL, Code.STORAGE_FAILED})
_FLOODS = frozenset({Code.RATE_LIMITED, Code.REPLAY_SUSPECTED, Code.TOO_MANY_TRIES})


@dataclass(frozen=True, slots=True)
class Paused:
    """Somebody asked too fast.

    Attributes:
        pause_s: How long nothing more of theirs is looked at.
        refusal: What they are told then; None when the request is answered then.
    """

    pause_s: float
    refusal: Error | None


class Requests:
    """The service layer as a checkpoint sees it. Any thread may call.

    Args:
        people: Who is enrolled.
        recognition: Decides `identify` and `report`, and answers them when they are stored.
        desk: Answers `enrol`, `sign_in` and `sign_out`.
        checkpoints: Is told who came, was heard and went.
        liveness: Gives challenges.
        shown_name: What a checkpoint, by its id, is shown as when it says that name.
        settings: Gives the settings of this moment.
        consent_text: Gives what people agree to at a checkpoint; None when it cannot be read.
        incidents: Takes refusals that somebody may have meant.
        rates: Counts how fast each checkpoint asks; by the settings unless told otherwise.
        audit: The log whose head the checkpoints keep.
        now_ms: The server's clock, ms since the epoch, UTC.
    """

    def __init__(
        self,
        people: PeopleService,
        recognition: RecognitionService,
        desk: EnrolmentDesk,
        checkpoints: Checkpoints,
        liveness: LivenessRule,
        settings: Callable[[], ServerSettings],
        *,
        consent_text: Callable[[], str | None] = lambda: None,
        incidents: Incidents | None = None,
        rates: Rates | None = None,
        shown_name: Callable[[str, str], str] = lambda _checkpoint_id, said: said,
        audit: Audit | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._people = people
        self._recognition = recognition
        self._desk = desk
        self._connections = itertools.count(1)
        self._checkpoints = checkpoints
        self._liveness = liveness
        self._replica: Replica | None = None
        self._settings = settings
        self._consent_text = consent_text
        self._incidents = incidents or Incidents()
        self._rates = rates or Rates(lambda: settings().requests_per_second)
        self._shown_name = shown_name
        self._audit = audit
        self._now_ms = now_ms
        self._limited = RateLimited(_LOG)

    def give_copies(self, replica: Replica) -> None:
        """From now on checkpoints get copies of the gallery from there."""
        self._replica = replica

    @property
    def encodings(self) -> EncodingShape:
        """What the encodings of a welcome checkpoint look like."""
        return shape_of(self._people.yardstick)

    def hello(self, hello: Hello, *, address: str) -> Welcome | Error:
        """Welcomes a checkpoint, or refuses one whose encodings could not be compared."""
        if hello.encoder != self._people.encoder:
            self._checkpoints.refused(self._status(hello, address, connected=False))
            self._limited.log(
                "encoder_mismatch",
                checkpoint=hello.checkpoint_id,
                theirs=hello.encoder,
                ours=self._people.encoder,
            )
            return Error.refuse(
                Code.ENCODER_MISMATCH,
                same_model(self._people.encoder, hello.encoder),
                re=hello.id,
                details={"encoder": self._people.encoder},
            )
        settings = self._settings()
        if self._audit is not None and hello.witnessed is not None:
            self._audit.witnessed(hello.witnessed, hello.checkpoint_id)
        return Welcome(
            re=hello.id,
            server_name=settings.name,
            server_time_ms=self._now_ms(),
            heartbeat_s=settings.heartbeat_s,
            people=len(self._people.gallery),
            keep_pictures=settings.keep_pictures,
            enrolment_quality=settings.enrolment_quality,
            liveness=settings.liveness,
            offline_hours=settings.offline_hours,
            audit_head=self._head(),
            audit_key=None if self._audit is None else self._audit.public_key,
            audit_joints=None if self._audit is None else self._audit.joints or None,
            consent_text=self._consent_text(),
            who_enrols=self._desk.who_enrols(hello.checkpoint_id),
        )

    def _head(self) -> str | None:
        """The newest head of the audit log, which every checkpoint keeps."""
        head = None if self._audit is None else self._audit.head
        return None if head is None else head.text()

    def came(self, hello: Hello, *, address: str) -> Caller:
        """Notes a welcomed checkpoint; its connection must call `went` at its end."""
        status = self._status(hello, address, connected=True)
        self._checkpoints.came(status)
        number = next(self._connections)
        caller = Caller(hello.checkpoint_id, status.name, hello.encoder, number)
        self._desk.came(caller)
        return caller

    def heard(self, caller: Caller) -> None:
        """Notes a sign of life."""
        self._checkpoints.heard(caller.checkpoint_id, self._now_ms())

    def went(self, caller: Caller) -> None:
        """Notes that a checkpoint's connection ended."""
        self._desk.went(caller)
        self._checkpoints.went(caller.checkpoint_id, self._now_ms())

    def held_up(self, request: Request, caller: Caller) -> "Paused | None":
        """Holds up who asks too fast, and says when to come back; None for everybody else."""
        wait_s = self._rates.take(caller.checkpoint_id, request.kind)
        if wait_s <= 0:
            return None
        if isinstance(request, Heartbeat):
            # It is held up and then answered: what would a checkpoint make of a refusal?
            return Paused(pause_s(wait_s), None)
        refused = Refused(
            Code.RATE_LIMITED,
            "This checkpoint asks too fast: more slowly, please.",
            details={"retry_after_ms": str(come_back_ms(wait_s))},
        )
        return Paused(pause_s(wait_s), self._refusal(refused, request, caller))

    def held_back_s(self, size: int, caller: Caller) -> float:
        """How long the refusal of a message of so many bytes is held back, in seconds."""
        return pause_s(self._rates.take_refused(caller.checkpoint_id, size))

    def decide(self, turn: Sequence[Asked], settled: Callable[[Sequence[Asked]], None]) -> None:
        """Decides what becomes an event, several at once; see `RecognitionService.decide`."""
        self._recognition.decide(turn, settled)

    def give_up(self, asked: Asked) -> None:
        """Waits no longer for an event; see `RecognitionService.give_up`."""
        self._recognition.give_up(asked)

    def answer_settled(self, asked: Asked) -> Reply | Error:
        """The answer to what was decided and stored; a refusal is an answer too."""
        try:
            return self._recognition.answer(asked)
        except Refused as refused:
            return self._refusal(refused, asked.request, asked.caller)

    def answer(self, request: Request, caller: Caller) -> Reply | Error:
        """Answers a request that becomes no event; a refusal is an answer too."""
        try:
            return self._answer(request, caller)
        except Refused as refused:
            return self._refusal(refused, request, caller)

    def _refusal(self, refused: Refused, request: Request, caller: Caller) -> Error:
        event_id = getattr(request, "event_id", None)
        self._note(refused, request.kind, caller, event_id)
        self._incidents.note(refused.code, request.kind, caller.checkpoint_id, event_id)
        return Error.refuse(
            refused.code,
            refused.sentence,
            re=request.id,
            event_id=event_id,
            details=refused.details,
        )

    def _note(self, refused: Refused, kind: str, caller: Caller, event_id: str | None) -> None:
        """One line a refusal; of those that a flood is made of, one now and then."""
        fields: dict[str, Any] = {
            "kind": kind,
            "code": str(refused.code),
            "checkpoint": caller.checkpoint_id,
            "event_id": event_id,
        }
        if refused.code in _OF_THE_DISK:
            # The checkpoint is not told where something lies on the server's disk.
            fields["reason"] = str(refused.__cause__)
        if refused.code in _FLOODS:
            self._limited.log(f"request_refused_{refused.code}", **fields)
        else:
            alarm = refused.code is Code.IDEMPOTENCY_CONFLICT
            level = logging.WARNING if alarm else logging.INFO
            log_event(_LOG, "request_refused", level=level, **fields)

    def _answer(self, request: Request, caller: Caller) -> Reply:
        match request:
            case Enrol():
                return self._desk.enrol(request, caller)
            case SignIn():
                return self._desk.sign_in(request, caller)
            case SignOut():
                return self._desk.sign_out(request, caller)
            case AskChallenge():
                return self._liveness.ask(request, caller)
            case GalleryChanges() if self._replica is not None:
                return self._replica.page(request)
            case Heartbeat():
                return HeartbeatReply(
                    re=request.id,
                    server_time_ms=self._now_ms(),
                    liveness=self._settings().liveness,
                    offline_hours=self._settings().offline_hours,
                    audit_head=self._head(),
                    consent_text=self._newer_text(request.consent),
                    who_enrols=self._desk.who_enrols(caller.checkpoint_id),
                )
            case _:
                raise Refused(Code.UNKNOWN_KIND, "This server does not know this request.")

    def _newer_text(self, shown: str | None) -> str | None:
        """What people agree to, for a checkpoint that shows another one; None for the same."""
        text = self._consent_text()
        return None if text is None or mark_of(text) == shown else text

    def _status(self, hello: Hello, address: str, *, connected: bool) -> CheckpointStatus:
        return CheckpointStatus(
            checkpoint_id=hello.checkpoint_id,
            name=self._shown_name(hello.checkpoint_id, hello.checkpoint_name),
            connected=connected,
            last_seen_ms=self._now_ms(),
            software=hello.software,
            encoder=hello.encoder,
            address=address,
        )
