"""The sentences of liveness: what the person is asked to do, and why somebody was not accepted."""

from biometrics.active_liveness import CheckReason
from biometrics.challenge import Action
from client.view_model import Banner

LOOK_STRAIGHT = "Look straight at the camera"
ACTIONS: dict[Action, str] = {
    Action.BLINK: "Blink, please",
    Action.TURN_LEFT: "Turn your head to your left",
    Action.TURN_RIGHT: "Turn your head to your right",
}
ICONS: dict[Action, str] = {
    Action.BLINK: "eye-slash-fill",
    Action.TURN_LEFT: "arrow-left-circle-fill",
    Action.TURN_RIGHT: "arrow-right-circle-fill",
}

REASONS: dict[CheckReason, str] = {
    CheckReason.NONE: "",
    CheckReason.NO_FACE: "Nobody looked straight at the camera in time.",
    CheckReason.NO_ACTION: "Nothing was done in time.",
    CheckReason.TOO_LATE: "Not everything was done in time.",
    CheckReason.WRONG_ACTION: "The head was turned another way than asked.",
    CheckReason.LOST_FACE: "The face was out of view for too long.",
    CheckReason.ANOTHER_FACE: "Another face took the first one's place.",
    CheckReason.FLAT: "The face turned as a flat picture does.",
    CheckReason.UNREADABLE: "The face could not be read.",
}
"""For the history as well: the server stores them."""

_HONEST = frozenset(
    REASONS[reason]
    for reason in (
        CheckReason.NO_FACE,
        CheckReason.NO_ACTION,
        CheckReason.TOO_LATE,
        CheckReason.WRONG_ACTION,
        CheckReason.LOST_FACE,
    )
)
"""What happens to living people too: said without suspicion."""

_WHAT_NOW = "Press Space to try again, or see the desk."


def asked(action: Action | None) -> str:
    """What the person is to do now; None before the first action and between two."""
    return LOOK_STRAIGHT if action is None else ACTIONS[action]


def challenge(action: Action | None, *, done: int, total: int, left_s: float) -> Banner:
    """The big line while somebody is asked to do something.

    Args:
        action: What is asked for now.
        done: Actions done.
        total: Actions altogether.
        left_s: Seconds left for all of them.
    """
    icon = "person-bounding-box" if action is None else ICONS[action]
    step = f"{min(done + 1, total)} of {total}"
    return Banner("info", icon, asked(action), f"{step} · {max(0, round(left_s))} s left")


def refused(reason: str) -> Banner:
    """Nobody was named, because it was not shown that a living person stands there.

    Args:
        reason: As the checkpoint told the server; "" when the server alone knows.
    """
    if reason in _HONEST:
        return Banner("warn", "stopwatch-fill", "Not accepted", f"{reason} {_WHAT_NOW}")
    why = f"Not accepted: {reason[:1].lower()}{reason[1:]}" if reason else "Not accepted."
    return Banner("bad", "shield-fill-exclamation", "Spoof suspected", f"{why} {_WHAT_NOW}")
