"""The errors of the protocol by code: who is to blame, may it be tried again, what the person sees.

Two branches, by blame: `RemoteError` is what the peer did wrong and becomes an `error` message;
`IllegalSend` is our own mistake, is raised before a byte is made, and changes nothing.
"""

# ruff: noqa: N818 - errors are named for what happened, as their codes are

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Code(StrEnum):
    """Every code an `error` message of this version can carry."""

    BAD_FRAME = "bad_frame"
    BAD_JSON = "bad_json"
    BAD_MESSAGE = "bad_message"
    IMPLAUSIBLE_ENCODING = "implausible_encoding"
    UNSUPPORTED_VERSION = "unsupported_version"
    ENCODER_MISMATCH = "encoder_mismatch"
    NOT_READY = "not_ready"
    UNKNOWN_KIND = "unknown_kind"
    UNEXPECTED_REPLY = "unexpected_reply"
    STORAGE_FULL = "storage_full"
    STORAGE_FAILED = "storage_failed"
    BUSY = "busy"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    REPLAY_SUSPECTED = "replay_suspected"
    TOO_MANY_TRIES = "too_many_tries"
    RATE_LIMITED = "rate_limited"
    ALREADY_ENROLLED = "already_enrolled"
    NAME_TAKEN = "name_taken"
    SAMPLES_DISAGREE = "samples_disagree"
    NAME_INVALID = "name_invalid"
    NOT_ALLOWED = "not_allowed"
    CONSENT_OUTDATED = "consent_outdated"
    SIGN_IN_FIRST = "sign_in_first"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGN_IN_LATER = "sign_in_later"
    ERASED = "erased"
    SPOOF_SUSPECTED = "spoof_suspected"
    POOR_QUALITY = "poor_quality"
    SERVER_STOPPING = "server_stopping"
    INTERNAL = "internal"
    TIMEOUT = "timeout"
    NOT_PAIRED = "not_paired"
    REVOKED = "revoked"
    PAIRING_REFUSED = "pairing_refused"


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for a code: may the same request be sent again, and what the operator sees."""

    retryable: bool
    sentence: str


RULES: Mapping[Code, Rule] = MappingProxyType(
    {
        Code.BAD_FRAME: Rule(
            retryable=False,
            sentence="The other side does not speak FaceNetGrid. Check the address and the port.",
        ),
        Code.BAD_JSON: Rule(
            retryable=False,
            sentence="A message could not be read. Install the same version on both sides.",
        ),
        Code.BAD_MESSAGE: Rule(
            retryable=False,
            sentence="A message has a wrong field. Install the same version on both sides.",
        ),
        Code.IMPLAUSIBLE_ENCODING: Rule(
            retryable=False,
            sentence="The face could not be encoded. Look at the camera and try again.",
        ),
        Code.UNSUPPORTED_VERSION: Rule(
            retryable=False,
            sentence="Checkpoint and server have different versions. Update the older one.",
        ),
        Code.ENCODER_MISMATCH: Rule(
            retryable=False,
            sentence="Checkpoint and server use different face models. Give both the same one.",
        ),
        Code.NOT_READY: Rule(
            retryable=False,
            sentence="A message came out of order. Restart the checkpoint.",
        ),
        Code.UNKNOWN_KIND: Rule(
            retryable=False,
            sentence="The server does not know this request. Update the server.",
        ),
        Code.UNEXPECTED_REPLY: Rule(
            retryable=False,
            sentence="The server answered a question nobody asked. The connection starts again.",
        ),
        Code.STORAGE_FULL: Rule(
            retryable=True,
            sentence="The server's disk is full: nothing is recorded. Make room on the server.",
        ),
        Code.STORAGE_FAILED: Rule(
            retryable=True,
            sentence="The server cannot write its database. Look at the server's window.",
        ),
        Code.BUSY: Rule(
            retryable=True,
            sentence="The server has too much to do. The checkpoint tries again by itself.",
        ),
        Code.IDEMPOTENCY_CONFLICT: Rule(
            retryable=False,
            sentence="This event was recorded before with other content. Tell the administrator.",
        ),
        Code.REPLAY_SUSPECTED: Rule(
            retryable=False,
            sentence="This very capture was sent before. Look into the camera and try again.",
        ),
        Code.TOO_MANY_TRIES: Rule(
            retryable=False,
            sentence="Too many tries found nobody. Ask at the server, or stop trying for an hour.",
        ),
        Code.RATE_LIMITED: Rule(
            retryable=True,
            sentence="The checkpoint asks too fast. It goes on by itself, more slowly.",
        ),
        Code.ALREADY_ENROLLED: Rule(
            retryable=False,
            sentence="This face is enrolled already. Add to that person, or give a reason.",
        ),
        Code.NAME_TAKEN: Rule(
            retryable=False,
            sentence="Another person has this name. Choose a name that tells them apart.",
        ),
        Code.SAMPLES_DISAGREE: Rule(
            retryable=False,
            sentence="One sample shows another face. Take it again with one person in view.",
        ),
        Code.NAME_INVALID: Rule(
            retryable=False,
            sentence="The name cannot be used. Type 1 to 100 ordinary characters.",
        ),
        Code.NOT_ALLOWED: Rule(
            retryable=False,
            sentence="The server does not allow this. Ask the administrator.",
        ),
        Code.CONSENT_OUTDATED: Rule(
            retryable=False,
            sentence="The text that people agree to was changed. Show it as it is now, ask again.",
        ),
        Code.SIGN_IN_FIRST: Rule(
            retryable=False,
            sentence="Whoever enrols at this checkpoint signs in first. Sign in and save again.",
        ),
        Code.SIGN_IN_REFUSED: Rule(
            retryable=False,
            sentence="The name or the password is wrong. Type them again.",
        ),
        Code.SIGN_IN_LATER: Rule(
            retryable=False,
            sentence="Too many wrong passwords. Wait, then sign in again.",
        ),
        Code.ERASED: Rule(
            retryable=False,
            sentence="This person was erased since. Ask for consent and take new pictures.",
        ),
        Code.POOR_QUALITY: Rule(
            retryable=False,
            sentence="A sample is not good enough for this server. Take it again.",
        ),
        Code.SPOOF_SUSPECTED: Rule(
            retryable=False,
            sentence="It was not shown that a living person stands here. Take the samples again.",
        ),
        Code.SERVER_STOPPING: Rule(
            retryable=True,
            sentence="The server is being stopped. The checkpoint connects when it is back.",
        ),
        Code.INTERNAL: Rule(
            retryable=False,
            sentence="The server failed on this request. Its log says why.",
        ),
        Code.TIMEOUT: Rule(
            retryable=True,
            sentence="The other side took too long. The checkpoint tries again by itself.",
        ),
        Code.NOT_PAIRED: Rule(
            retryable=False,
            sentence="This checkpoint is not paired with the server. Ask for a pairing code.",
        ),
        Code.REVOKED: Rule(
            retryable=False,
            sentence="The server has shut this checkpoint out. Ask the administrator.",
        ),
        Code.PAIRING_REFUSED: Rule(
            retryable=False,
            sentence="The pairing code is not good any more. Ask for a new one.",
        ),
    }
)
"""`internal` is not retryable: the same request would meet the same fault for ever."""


def retryable(code: str) -> bool:
    """Says whether the same request may be sent again; False for a code of a newer version."""
    return code in RULES and RULES[Code(code)].retryable


def sentence(code: str) -> str:
    """Gives the operator's sentence for a code, also for one of a newer version."""
    if code in RULES:
        return RULES[Code(code)].sentence
    return "The server refused this for a reason this version does not know. Update it."


class ProtocolError(Exception):
    """Raised when what was said breaks the protocol.

    Args:
        message: One sentence about this very case.
        details: Short texts for the error message, such as the field's name.
    """

    code: Code = Code.INTERNAL

    def __init__(self, message: str, *, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, str] = dict(details or {})

    @property
    def retryable(self) -> bool:
        """Whether the same request may be sent again."""
        return RULES[self.code].retryable


class RemoteError(ProtocolError):
    """Raised when the peer broke the protocol."""


class BadFrame(RemoteError):
    """Raised when a length is zero or above the limit, or a frame ends before its length."""

    code = Code.BAD_FRAME


class BadJson(RemoteError):
    """Raised when a frame's body is not one strict JSON text in UTF-8."""

    code = Code.BAD_JSON


class BadMessage(RemoteError):
    """Raised when a field is missing, of the wrong type or out of its range.

    Args:
        field: The field's path, such as `samples[2].pose`.
        problem: What is wrong with it, to follow the field's name.
    """

    code = Code.BAD_MESSAGE

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", details={"field": field})
        self.field = field


class ImplausibleEncoding(RemoteError):
    """Raised when 128 finite numbers cannot be the encoding of a face."""

    code = Code.IMPLAUSIBLE_ENCODING

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", details={"field": field})
        self.field = field


class NameInvalid(RemoteError):
    """Raised when a typed name cannot be used; the message is a sentence for the person."""

    code = Code.NAME_INVALID


class UnsupportedVersion(RemoteError):
    """Raised when the peer speaks another version of the protocol."""

    code = Code.UNSUPPORTED_VERSION


class NotReady(RemoteError):
    """Raised when a message arrives in a state in which it has no meaning."""

    code = Code.NOT_READY


class NotPaired(RemoteError):
    """Raised when a peer that showed no certificate says anything but what pairing needs."""

    code = Code.NOT_PAIRED


class NotAllowed(RemoteError):
    """Raised when the peer asks for what this server's settings rule out."""

    code = Code.NOT_ALLOWED


class UnknownKind(RemoteError):
    """Raised when a message's kind is not known, or not one the peer may send."""

    code = Code.UNKNOWN_KIND


class TooManyOpen(RemoteError):
    """Raised when the peer asks more at once than the session holds open."""

    code = Code.BUSY


class Unexpected(RemoteError):
    """Raised when a reply names no open request, or does not fit the request it names.

    Args:
        message: One sentence about this very reply.
        late: The request was open once: it is answered already.
    """

    code = Code.UNEXPECTED_REPLY

    def __init__(self, message: str, *, late: bool) -> None:
        super().__init__(message, details={"late": "yes" if late else "no"})
        self.late = late


class TimedOut(RemoteError):
    """Raised when the peer did not finish a frame or an exchange before its deadline."""

    code = Code.TIMEOUT


class IllegalSend(ProtocolError):
    """Raised when our own side would break the protocol; nothing was sent, nothing changed."""
