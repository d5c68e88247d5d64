"""What is said about liveness: the server's rule, the actions it may ask for, what was seen."""

from dataclasses import dataclass
from typing import Annotated

from protocol.errors import BadMessage
from protocol.fields import Choice, Made, Text
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
