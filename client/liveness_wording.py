"""The sentences of liveness: what the person is asked to do, and why somebody was not accepted."""

from collections.abc import Sequence

from biometrics.challenge import Action
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

REASONS: dict[str, str] = {
    "": "",
    "no_face": "Nobody looked straight at the camera in time.",
    "no_action": "Nothing was done in time.",
    "too_late": "Not everything was done in time.",
    "wrong_action": "The head was turned another way than asked.",
    "lost_face": "The face was out of view for too long.",
    "another_face": "Another face took the first one's place.",
    "flat": "The face turned as a flat picture does.",
    "unreadable": "The face could not be read.",
}
"""By `CheckReason`, which is not imported: the window opens before numpy is loaded. The server
stores them for the history."""

CUES: dict[str, str] = {
    "": "",
    "moire": "The face shows the pattern of a screen.",
    "border": "The edges of a screen or a sheet are beside the face.",
    "flat": "The face is flat, as a picture is.",
    "model": "The liveness network takes the face for a picture.",
    "unseen": "The face is too small to be judged.",
}
NOT_JUDGED = "The picture could not be judged."
BROKEN_OFF = "The check was broken off."

_SUSPICIOUS = frozenset(
    {
        "",  # the server alone knows
        REASONS["another_face"],
        REASONS["flat"],
        REASONS["unreadable"],
        CUES["moire"],
        CUES["border"],
        CUES["flat"],
        CUES["model"],
    }
)
"""What living people hardly do. All else happens to them, too, and is said without suspicion."""

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
    if reason not in _SUSPICIOUS:
        return Banner("warn", "stopwatch-fill", "Not accepted", f"{reason} {_WHAT_NOW}")
    why = f"Not accepted: {reason[:1].lower()}{reason[1:]}" if reason else "Not accepted."
    return Banner("bad", "shield-fill-exclamation", "Spoof suspected", f"{why} {_WHAT_NOW}")
