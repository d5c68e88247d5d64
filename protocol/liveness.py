"""What is said about liveness: the server's rule, its challenges, and what was seen."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from protocol.errors import BadMessage
from protocol.fields import Choice, ListOf, Made, Number, Text
from protocol.message import Reply, Request
from protocol.wire import OpaqueId, Wire, Yes

MODES = ("off", "passive", "active")
"""What the server demands: nothing; that the picture looks like a living face; and besides that
the person does what is asked."""

ACTIONS = ("blink", "turn_left", "turn_right")
"""What a person can be asked to do; left and right are their own."""

MAX_ACTIONS = 5
MAX_REASON = 200

Mode = Annotated[str, Choice(MODES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness(Wire):
    """What a checkpoint saw of the liveness of the face it asks about.

    Attributes:
        challenge_id: Of the challenge; None when none was asked for.
        passed: Every action was seen, in time, on the same face throughout.
        live: The picture looks like a living face; False also when that could not be judged.
        reason: What was wrong, "" when nothing was.
    """

    challenge_id: OpaqueId | None = None
    passed: Yes
    live: Yes
    reason: Annotated[str, Text(MAX_REASON, shortest=0)] = ""


def _read(value: object, path: str) -> Liveness:
    if isinstance(value, Liveness):
        value = value.to_wire()
    if not isinstance(value, dict):
        raise BadMessage(path, "must be an object")
    return Liveness.from_wire(value, path + ".")


def _write(value: object) -> object:
    assert isinstance(value, Liveness)
    return value.to_wire()


LivenessSeen = Annotated[
    Liveness, Made("object of challenge_id, passed, live, reason", _read, _write)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskChallenge(Request):
    """What shall the person of this event (or enrolment) do, to show that they are alive?"""

    kind: ClassVar[str] = "ask_challenge"
    event_id: OpaqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeReply(Reply):
    """These actions, in this order, in this time; good once, for this event and checkpoint."""

    kind: ClassVar[str] = "challenge_reply"
    event_id: OpaqueId
    challenge_id: OpaqueId
    actions: Annotated[tuple[str, ...], ListOf(Choice(ACTIONS), 1, MAX_ACTIONS)]
    time_limit_s: Annotated[float, Number(1.0, 60.0, "of seconds")]
