"""What the threads tell each other and the window about liveness: frozen values."""

from dataclasses import dataclass

from biometrics.challenge import Action


@dataclass(frozen=True, slots=True)
class ChallengeGiven:
    """The server's answer to the question for a challenge, or that there is none.

    Attributes:
        event_id: Of the event or the enrolment it is for.
        challenge_id: The server's name for it; "" when there is none.
        actions: What to do, in this order; words of `biometrics.challenge.Action`.
        time_limit_s: For all of them.
        sentence: Why there is none, or "".
    """

    event_id: str
    challenge_id: str = ""
    actions: tuple[str, ...] = ()
    time_limit_s: float = 0.0
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class ChallengeAsked:
    """The person before the camera is to do something; posted when that is another thing.

    Attributes:
        event_id: Of the event or the enrolment.
        action: What to do; None to look straight at the camera.
        done: Actions done so far.
        total: Actions altogether.
        left_s: Seconds left for all of them when this was posted.
        enrolling: It is for an enrolment: its dialog asks.
    """

    event_id: str
    action: Action | None
    done: int
    total: int
    left_s: float
    enrolling: bool = False


@dataclass(frozen=True, slots=True)
class ChallengeEnded:
    """Everything was done, or not.

    Attributes:
        event_id: Of the event or the enrolment.
        passed: All of it, in time, by the same person.
        reason: A sentence when it was not.
        enrolling: It was for an enrolment.
    """

    event_id: str
    passed: bool
    reason: str = ""
    enrolling: bool = False
