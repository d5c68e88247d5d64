"""The sentences of liveness: what the person is asked to do, and why somebody was not accepted."""

from collections.abc import Sequence

from biometrics.active_liveness import CheckReason
from biometrics.challenge import Action
from biometrics.passive_liveness import PassiveReason
from client.events import FaceView
from client.liveness_events import ChallengeAsked
from client.view_model import Banner, FaceMark

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

CUES: dict[PassiveReason, str] = {
    PassiveReason.NONE: "",
    PassiveReason.MOIRE: "The face shows the pattern of a screen.",
    PassiveReason.BORDER: "The edges of a screen or a sheet are beside the face.",
    PassiveReason.FLAT: "The face is flat, as a picture is.",
    PassiveReason.MODEL: "The liveness network takes the face for a picture.",
    PassiveReason.UNSEEN: "The face is too small to be judged.",
}
NOT_JUDGED = "The picture could not be judged."
BROKEN_OFF = "The check was broken off."

_HONEST = frozenset(
    {
        BROKEN_OFF,
        NOT_JUDGED,
        CUES[PassiveReason.UNSEEN],
        REASONS[CheckReason.NO_FACE],
        REASONS[CheckReason.NO_ACTION],
        REASONS[CheckReason.TOO_LATE],
        REASONS[CheckReason.WRONG_ACTION],
        REASONS[CheckReason.LOST_FACE],
    }
)
"""What happens to living people too: said without suspicion."""

_WHAT_NOW = "Press Space to try again, or see the desk."


def asked(action: Action | None) -> str:
    """What the person is to do now; None before the first action and between two."""
    return LOOK_STRAIGHT if action is None else ACTIONS[action]


def challenge(event: ChallengeAsked, *, left_s: float) -> Banner:
    """The big line while somebody is asked to do something.

    Args:
        event: What is asked for now.
        left_s: Seconds left for all of it, now.
    """
    icon = "person-bounding-box" if event.action is None else ICONS[event.action]
    return Banner("info", icon, asked(event.action), progress(event, left_s=left_s))


def marks(faces: Sequence[FaceView], event: ChallengeAsked) -> tuple[FaceMark, ...]:
    """The boxes meanwhile: what is asked for under the face that is asked, nothing under others."""
    words = asked(event.action)
    return tuple(
        FaceMark(face.box, words, "info") if face.main else FaceMark(face.box, "", "neutral")
        for face in faces
    )


def progress(event: ChallengeAsked, *, left_s: float) -> str:
    """Which action it is, and the time left."""
    step = f"{min(event.done + 1, event.total)} of {event.total}"
    return f"{step} · {max(0, round(left_s))} s left"


def refused(reason: str) -> Banner:
    """Nobody was named, because it was not shown that a living person stands there.

    Args:
        reason: As the checkpoint told the server; "" when the server alone knows.
    """
    if reason in _HONEST:
        return Banner("warn", "stopwatch-fill", "Not accepted", f"{reason} {_WHAT_NOW}")
    why = f"Not accepted: {reason[:1].lower()}{reason[1:]}" if reason else "Not accepted."
    return Banner("bad", "shield-fill-exclamation", "Spoof suspected", f"{why} {_WHAT_NOW}")
