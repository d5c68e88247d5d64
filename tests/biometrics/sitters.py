"""People and pictures before a check: they answer what is asked, or do what they want."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from biometrics.active_liveness import ActiveCheck, CheckState, CheckStatus
from biometrics.challenge import Action
from biometrics.faces import Encoding
from tests.biometrics.heads import Head
from tests.biometrics.support import MadeUpPeople

REACTION_S = 0.5


@dataclass(frozen=True)
class Pose:
    """How a head is held at one moment."""

    yaw: float = 0.0
    openness: float = 1.0


def turning(t: float, *, to_deg: float, for_s: float = 1.2) -> Pose:
    """Out and back, beginning at 0 s."""
    return Pose(yaw=to_deg * math.sin(math.pi * t / for_s) if 0 <= t <= for_s else 0.0)


def blinking(t: float, *, for_s: float = 0.25) -> Pose:
    """Lids down, held, and up again, beginning at 0 s."""
    if not 0 <= t <= for_s:
        return Pose()
    return Pose(openness=max(0.1, abs(2 * t / for_s - 1)))


@dataclass
class Answering:
    """Does what it is asked to, after a moment."""

    turn_deg: float = 28.0
    reaction_s: float = REACTION_S
    _asked: Action | None = field(default=None, init=False)
    _since_s: float = field(default=0.0, init=False)

    def __call__(self, t: float, state: CheckState) -> Pose:
        """The pose now; an action once begun goes on to its end."""
        if state.asked is not None and t - self._since_s > 2.0:
            self._asked, self._since_s = state.asked, t
        at = t - self._since_s - self.reaction_s
        if self._asked is Action.BLINK:
            return blinking(at)
        if self._asked is not None:
            return turning(
                at, to_deg=self.turn_deg * (1 if self._asked is Action.TURN_LEFT else -1)
            )
        return Pose()


def play(
    check: ActiveCheck,
    pose: Callable[[float, CheckState], Pose | None],
    *,
    head: Head | None = None,
    fps: float = 15.0,
    for_s: float = 20.0,
    track_id: Callable[[float], int] = lambda _t: 1,
    face: Callable[[float], Encoding] | None = None,
) -> list[CheckState]:
    """Every state of a check until it ends; gives an encoding whenever one is wanted.

    Args:
        check: Started at 0 s.
        pose: Called with the time and the last state; None for no face in view.
        head: Whose landmarks are shown.
        fps: Looks a second.
        for_s: When to give up.
        track_id: The track at a time.
        face: The encoding at a time; one person's by default.
    """
    head = head or Head()
    people = MadeUpPeople()
    person = people.person()
    face = face or (lambda _t: people.picture(person))
    states = [check.state]
    for number in range(1, round(for_s * fps)):
        t = number / fps
        now = pose(t, states[-1])
        if now is None:
            states.append(check.see(None, None, t))
        else:
            landmarks = head.look(yaw=now.yaw, openness=now.openness)
            encoding = face(t) if check.wants_encoding else None
            states.append(check.see(landmarks, track_id(t), t, encoding))
        if states[-1].status is not CheckStatus.WAITING:
            break
    return states
