"""The messages: each with its fields, their limits, and which reply answers which request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Self, TypeGuard

from protocol.consent import ConsentText
from protocol.copies import GalleryChanges, GalleryPage, Hours, OfflineSaid
from protocol.errors import BadMessage, ProtocolError, UnsupportedVersion, retryable
from protocol.fields import Choice, Field, Integer, ListOf, Made, Number, Text
from protocol.kinds import Details, Picture
from protocol.liveness import AskChallenge, ChallengeReply, LivenessSeen, Mode
from protocol.message import Message, Reply, Request
from protocol.pairing import Pair, PairCa, PairCaReply, Paired, Renew, Renewed
from protocol.sign_in import SignedIn, SignedOut, SignIn, SignOut, WhoMayEnrol
from protocol.text import printable
from protocol.wire import (
    CheckpointId,
    CodeWord,
    DisplayName,
    Duration,
    Line,
    Moment,
    Numbers,
    OpaqueId,
    Quality,
    RequestId,
    Wire,
    Yes,
    field_kinds,
)

# Given on: whoever reads or sends messages finds them all here.
__all__ = [
    "AskChallenge",
    "ChallengeReply",
    "GalleryChanges",
    "GalleryPage",
    "Message",
    "Pair",
    "PairCa",
    "PairCaReply",
    "Paired",
    "Renew",
    "Renewed",
    "Reply",
    "Request",
    "SignIn",
    "SignOut",
    "SignedIn",
    "SignedOut",
]

VERSION = 1
OUTCOMES = (
    "identified",
    "not_enrolled",
    "ambiguous",
    "poor_quality",
    "no_face",
    "server_unreachable",
    "spoof_suspected",
)
"""The seven outcomes; the same words on the wire, in the database and behind the screen."""

VERDICTS = ("identified", "not_enrolled", "ambiguous", "server_unreachable", "spoof_suspected")
REPORTS = ("no_face", "poor_quality")
POSES = ("straight", "left", "right", "other")
QUALITY_MODES = ("off", "standard", "strict")
AuditHead = Annotated[str, Text(256)]
"""The newest record of the server's audit log, as `security.chain.Head.text` has it."""

MAX_SAMPLES = 10
MAX_MESSAGE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(Request):
    """A checkpoint introduces itself."""

    kind: ClassVar[str] = "hello"
    version: Annotated[int, Integer(1, 65535)] = VERSION
    checkpoint_id: CheckpointId
    checkpoint_name: DisplayName
    encoder: Line
    software: Line
    witnessed: AuditHead | None = None

    @classmethod
    def look_ahead(cls, wire: Mapping[str, object], path: str) -> None:
        """Looks at the version first: the fields of another version may be others.

        Raises:
            UnsupportedVersion: It is not ours.
        """
        version = field_kinds(cls)["version"].read(wire.get("version"), path + "version")
        if version != VERSION:
            raise UnsupportedVersion(
                f"version {version} is not spoken here; version {VERSION} is",
                details={"supported": str(VERSION)},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome(Reply):
    """The server accepts a checkpoint."""

    kind: ClassVar[str] = "welcome"
    server_name: DisplayName
    server_time_ms: Moment
    heartbeat_s: Annotated[float, Number(0.1, 60.0, "of seconds")]
    people: Annotated[int, Integer(0, 10_000_000)]
    keep_pictures: Yes
    liveness: Mode | None = None
    offline_hours: Hours | None = None
    enrolment_quality: Annotated[str, Choice(QUALITY_MODES)] | None = None
    audit_head: AuditHead | None = None
    audit_key: Annotated[str, Text(64)] | None = None
    audit_joints: Annotated[str, Text(2_240)] | None = None
    consent_text: ConsentText | None = None
    who_enrols: WhoMayEnrol | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify(Request):
    """Who is this? One event, from one or more frames of one person."""

    kind: ClassVar[str] = "identify"
    event_id: OpaqueId
    captured_at_ms: Moment
    encoding: Numbers
    quality: Quality
    frames: Annotated[int, Integer(1, 10_000)]
    automatic: Yes
    late: Yes
    elapsed_ms: Duration
    liveness: LivenessSeen | None = None
    offline: OfflineSaid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Reply):
    """The answer: a name or none, and no distance that could be climbed."""

    kind: ClassVar[str] = "verdict"
    event_id: OpaqueId
    outcome: Annotated[str, Choice(VERDICTS)]
    subject_id: OpaqueId | None
    display_name: DisplayName | None
    server_time_ms: Moment

    def check(self) -> None:
        """An identified person has an id and a name; one who is not has neither.

        Raises:
            BadMessage: A name without an id, or the other way round, or against the outcome.
        """
        named = self.subject_id is not None
        if named != (self.display_name is not None):
            raise BadMessage("display_name", "must be given with subject_id, and only then")
        if self.outcome == "identified" and not named:
            raise BadMessage("subject_id", "must be given when the outcome is identified")
        if self.outcome in {"not_enrolled", "ambiguous", "spoof_suspected"} and named:
            raise BadMessage("subject_id", f"must be null when the outcome is {self.outcome}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Request):
    """Somebody asked to be identified and no usable face was seen."""

    kind: ClassVar[str] = "report"
    event_id: OpaqueId
    captured_at_ms: Moment
    outcome: Annotated[str, Choice(REPORTS)]
    flaws: Annotated[tuple[str, ...], ListOf(Text(100), 0, 8)]
    automatic: Yes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Reply):
    """The report is in the database."""

    kind: ClassVar[str] = "recorded"
    event_id: OpaqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolSample(Wire):
    """One sample of the person to enrol."""

    encoding: Numbers
    quality: Quality
    pose: Annotated[str, Choice(POSES)]


def _read_sample(value: object, path: str) -> EnrolSample:
    if isinstance(value, EnrolSample):
        value = value.to_wire()
    if not isinstance(value, dict):
        raise BadMessage(path, "must be an object")
    return EnrolSample.from_wire(value, path + ".")


def _write_sample(value: object) -> object:
    assert isinstance(value, EnrolSample)
    return value.to_wire()


_SAMPLE = Made("object of encoding, quality, pose", _read_sample, _write_sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol(Request):
    """Put this person into the gallery, or add samples to one who is there."""

    kind: ClassVar[str] = "enrol"
    enrolment_id: OpaqueId
    display_name: DisplayName
    consent_at_ms: Moment
    consent_text: ConsentText
    samples: Annotated[
        tuple[EnrolSample, ...],
        ListOf(_SAMPLE, 1, MAX_SAMPLES),
    ]
    override_reason: Annotated[str, Text(300)] | None = None
    same_person_as: OpaqueId | None = None
    picture: Annotated[str, Picture()] | None = None
    liveness: LivenessSeen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled(Reply):
    """The person is in the gallery and on the disk."""

    kind: ClassVar[str] = "enrolled"
    enrolment_id: OpaqueId
    subject_id: OpaqueId
    display_name: DisplayName
    samples: Annotated[int, Integer(1, 10_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(Request):
    """Are you there?"""

    kind: ClassVar[str] = "heartbeat"
    consent: Annotated[str, Text(64)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatReply(Reply):
    """I am, and this is my clock."""

    kind: ClassVar[str] = "heartbeat_reply"
    server_time_ms: Moment
    liveness: Mode | None = None
    offline_hours: Hours | None = None
    audit_head: AuditHead | None = None
    consent_text: ConsentText | None = None
    who_enrols: WhoMayEnrol | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bye(Message):
    """Either side ends the connection; not answered."""

    kind: ClassVar[str] = "bye"
    id: RequestId
    reason: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Error(Message):
    """A request is refused; without `re` the whole connection is, and ends."""

    kind: ClassVar[str] = "error"
    re: RequestId | None = None
    code: CodeWord
    message: Annotated[str, Text(MAX_MESSAGE)]
    retryable: Yes
    event_id: OpaqueId | None = None
    details: Annotated[dict[str, str], Details()] = field(default_factory=dict)

    @classmethod
    def of(cls, error: ProtocolError, *, re: str | None, event_id: str | None = None) -> Self:
        """Makes the message of an exception.

        Args:
            error: What went wrong.
            re: The request's id, or None when the connection ends.
            event_id: The event the request was about, where known.
        """
        return cls.refuse(
            error.code, error.message, re=re, event_id=event_id, details=error.details
        )

    @classmethod
    def refuse(
        cls,
        code: str,
        message: str,
        *,
        re: str | None,
        event_id: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> Self:
        """Makes the message of a code and a sentence, both made safe to show.

        Args:
            code: Of `protocol.errors.Code`; whether it is retryable follows from it.
            message: One sentence about this case.
            re: The request's id, or None when the connection ends.
            event_id: The event the request was about, where known.
            details: Named short texts.
        """
        return cls(
            re=re,
            code=str(code),
            message=printable(message, MAX_MESSAGE) or str(code),
            retryable=retryable(code),
            event_id=event_id,
            details={key: printable(text, 200) for key, text in (details or {}).items()},
        )


KINDS: dict[str, type[Message]] = {
    kind.kind: kind
    for kind in (
        Hello,
        Welcome,
        Identify,
        Verdict,
        Report,
        Recorded,
        Enrol,
        Enrolled,
        SignIn,
        SignedIn,
        SignOut,
        SignedOut,
        AskChallenge,
        ChallengeReply,
        GalleryChanges,
        GalleryPage,
        Heartbeat,
        HeartbeatReply,
        PairCa,
        PairCaReply,
        Pair,
        Paired,
        Renew,
        Renewed,
        Bye,
        Error,
    )
}

ANSWERS: dict[type[Request], type[Reply]] = {
    Hello: Welcome,
    Identify: Verdict,
    Report: Recorded,
    Enrol: Enrolled,
    SignIn: SignedIn,
    SignOut: SignedOut,
    AskChallenge: ChallengeReply,
    GalleryChanges: GalleryPage,
    Heartbeat: HeartbeatReply,
    PairCa: PairCaReply,
    Pair: Paired,
    Renew: Renewed,
}
"""Which reply answers which request; `error` answers any."""

PAIRING: frozenset[type[Message]] = frozenset({PairCa, Pair})
"""What a peer without a certificate may ask, and nothing else."""

FROM_CHECKPOINT: frozenset[type[Message]] = frozenset({*ANSWERS, Bye})
FROM_SERVER: frozenset[type[Message]] = frozenset({*ANSWERS.values(), Bye, Error})


def is_request_id(value: object) -> TypeGuard[str]:
    """Says whether an unchecked value is a request's id."""
    return _fits(value, field_kinds(Request)["id"])


def is_opaque_id(value: object) -> TypeGuard[str]:
    """Says whether an unchecked value is the id of an event, a subject or an enrolment."""
    return _fits(value, field_kinds(Recorded)["event_id"])


def _fits(value: object, kind: Field) -> bool:
    try:
        kind.read(value, "")
    except ProtocolError:
        return False
    return True
