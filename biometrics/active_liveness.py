"""Watches one face answer a challenge, and fails closed: anything odd ends the check as failed."""

import enum
import math
from dataclasses import dataclass

import numpy as np

from biometrics.blink import Blink, BlinkWatch, eyes_open
from biometrics.challenge import TURNS, Action, Challenge
from biometrics.consensus import SAME_FACE
from biometrics.encode import fuse
from biometrics.faces import LANDMARK_COUNT, Encoding, Landmarks
from biometrics.gallery import GalleryRefused, unit_length
from biometrics.head_turn import MOST_AWAY_DEG, STRAIGHT_DEG, TurnWatch
from biometrics.quality import yaw_degrees

GONE_S = 1.0
"""Longest time without the face: what a tracker forgives too. Longer, and it could be another."""
SETTLED_S = 0.4
SETTLED_LOOKS = 4
SETTLED_ENCODINGS = 2
"""How long a face looks straight before the first action is asked for. The mean of the encodings
of that time stands for the person: single ones of one clip lie up to 0.46 apart."""
REACTION_S = 0.2
"""Nobody reads and reacts faster: what begins earlier was not an answer."""


class CheckStatus(enum.StrEnum):
    """Where a check stands. Passed and failed are final."""

    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"


class CheckReason(enum.StrEnum):
    """Why a check failed; empty while it has not."""

    NONE = ""
    NO_FACE = "no_face"
    """Time ran out before a face had looked at the camera."""
    NO_ACTION = "no_action"
    """Time ran out before the first action was done: a picture, or somebody who did not see it."""
    TOO_LATE = "too_late"
    """Time ran out between the first action and the last."""
    WRONG_ACTION = "wrong_action"
    """The head turned when that was not asked for, or to the other side: so does a recording."""
    LOST_FACE = "lost_face"
    """The face was out of view for too long, or another track took its place."""
    ANOTHER_FACE = "another_face"
    """The encodings are not all of one person."""
    FLAT = "flat"
    """The face turned as a flat picture does."""
    UNREADABLE = "unreadable"
    """Landmarks or an encoding that hold no finite numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckState:
    """What to tell the person now.

    Args:
        status: Waiting, passed or failed.
        asked: The action to ask for now. None while waiting means: look straight at the camera.
        done: Actions done so far.
        reason: Why it failed.
        left_s: Seconds left, never below 0.
    """

    status: CheckStatus
    asked: Action | None
    done: int
    reason: CheckReason
    left_s: float


class ActiveCheck:
    """One challenge to one face. For one thread.

    Give it every look at the face, at best 10 and more a second, and call it without a face as
    well: time passes then too. It begins once somebody looks straight at the camera. An action
    counts when it began after it was asked for. After each the face looks straight again and is
    encoded anew, a turning one on its way as well: a turn without an encoding of the turning face
    is asked for again. All encodings have to be of one person. (Turned by 20 to 40 degrees, people
    in the clips stay within 0.35 of themselves looking straight; others are 0.39 to 0.6 away.)

    Args:
        challenge: What is asked.
        started_s: When the time limit begins to run, on the clock of the looks.
        same_person: Largest distance (unit length) of an encoding from the mean of those of the
            looks before the first action.
    """

    def __init__(
        self, challenge: Challenge, started_s: float, *, same_person: float = SAME_FACE
    ) -> None:
        self.challenge = challenge
        self._started_s = self._last_s = started_s
        self._same_person = same_person
        self._track_id: int | None = None
        self._seen_s = started_s
        self._blinks = BlinkWatch()
        self._straight: list[Landmarks] = []
        self._straight_since_s = started_s
        self._turns: TurnWatch | None = None
        self._encodings: list[Encoding] = []
        self._wants_encoding = True
        self._asked_s: float | None = None
        self._armed = False
        self._turned_encoded = False
        self._done = 0
        self._status = CheckStatus.WAITING
        self._reason = CheckReason.NONE

    @property
    def track_id(self) -> int | None:
        """The track that is watched; until something was asked, the last one seen."""
        return self._track_id

    @property
    def wants_encoding(self) -> bool:
        """The next look at the face is to come with its encoding."""
        turning = self._turns is not None and not self._turns.straight
        wanted = self._wants_encoding or (turning and not self._turned_encoded)
        return wanted and self._status is CheckStatus.WAITING

    @property
    def state(self) -> CheckState:
        """As of the last look."""
        waiting = self._status is CheckStatus.WAITING
        asked = self._asked_s is not None and waiting
        return CheckState(
            status=self._status,
            asked=self.challenge.actions[self._done] if asked else None,
            done=self._done,
            reason=self._reason,
            left_s=max(0.0, self._started_s + self.challenge.time_limit_s - self._last_s),
        )

    def see(
        self,
        landmarks: Landmarks | None,
        track_id: int | None,
        time_s: float,
        encoding: Encoding | None = None,
    ) -> CheckState:
        """Takes one look.

        Args:
            landmarks: The face's, `float64 (68, 2)`; None when there is no face.
            track_id: The face's track; None when there is no face.
            time_s: When the frame was taken. Looks that are not later than the one before, or
                than the start, are left out.
            encoding: Of this very look, raw or unit; wanted when `wants_encoding`, compared
                whenever it is given and the face looks straight.
        """
        if self._status is not CheckStatus.WAITING:
            return self.state
        if not math.isfinite(time_s):
            return self._fail(CheckReason.UNREADABLE)
        if time_s <= self._last_s:
            return self.state
        self._last_s = time_s
        if time_s - self._started_s >= self.challenge.time_limit_s:
            return self._fail(self._why_late())
        if landmarks is None or track_id is None:
            return self._without_face(time_s)
        if track_id != self._track_id or time_s - self._seen_s > GONE_S:
            if self._turns is not None:
                return self._fail(CheckReason.LOST_FACE)
            self._begin_with(track_id)
        self._seen_s = time_s
        if landmarks.shape != (LANDMARK_COUNT, 2) or not np.isfinite(landmarks).all():
            return self._fail(CheckReason.UNREADABLE)
        return self._look(landmarks, time_s, encoding)

    def _look(self, landmarks: Landmarks, time_s: float, encoding: Encoding | None) -> CheckState:
        if encoding is not None and (problem := self._compared(encoding)):
            return self._fail(problem)
        blink = self._blinks.see(eyes_open(landmarks), time_s)
        if self._turns is None:
            self._settle(landmarks, time_s, encoding)
            return self.state
        side = self._turns.see(landmarks)
        if encoding is not None and not self._turns.straight:
            self._turned_encoded = True
        if self._asked_s is not None:
            self._answer(self._turns, side, blink, time_s)
        elif self._turns.straight and encoding is not None:
            self._did()
            self._next(time_s)
        return self.state

    def _begin_with(self, track_id: int) -> None:
        """Until somebody was asked something, whoever stands there may be the one."""
        self._track_id = track_id
        self._blinks = BlinkWatch()
        self._straight.clear()
        self._encodings.clear()

    def _settle(self, landmarks: Landmarks, time_s: float, encoding: Encoding | None) -> None:
        """Before the first action: a face that looks straight for a moment, and its encodings."""
        yaws = [yaw_degrees(known) for known in (*self._straight, landmarks)]
        if abs(yaws[-1]) > MOST_AWAY_DEG or max(yaws) - min(yaws) > STRAIGHT_DEG:
            self._straight.clear()
            return
        if not self._straight:
            self._straight_since_s = time_s
        self._straight.append(landmarks)
        if encoding is not None:
            self._encodings.append(unit_length(encoding))
        if (
            len(self._straight) >= SETTLED_LOOKS
            and len(self._encodings) >= SETTLED_ENCODINGS
            and time_s - self._straight_since_s >= SETTLED_S
        ):
            self._turns = TurnWatch(self._straight)
            self._next(time_s)

    def _compared(self, encoding: Encoding) -> CheckReason:
        """What is wrong with an encoding, if anything: it has to be of the person so far."""
        try:
            unit = unit_length(encoding)
        except GalleryRefused:
            return CheckReason.UNREADABLE
        if not self._encodings:
            return CheckReason.NONE
        if unit.shape != self._encodings[0].shape:
            return CheckReason.ANOTHER_FACE
        away = float(np.linalg.norm(unit - unit_length(fuse(self._encodings))))
        return CheckReason.ANOTHER_FACE if away > self._same_person else CheckReason.NONE

    def _next(self, time_s: float) -> None:
        """Asks for the next action, or passes when there is none."""
        self._wants_encoding = self._turned_encoded = self._armed = False
        if self._done == len(self.challenge.actions):
            self._status = CheckStatus.PASSED
        else:
            self._asked_s = time_s

    def _answer(
        self, turns: TurnWatch, side: Action | None, blink: Blink | None, time_s: float
    ) -> None:
        """Whether this look completes what was asked, or shows something else."""
        assert self._asked_s is not None
        if time_s - self._asked_s < REACTION_S:
            return
        # A head that was on its way before it could know does not count, until it is back.
        self._armed = self._armed or turns.straight
        asked = self.challenge.actions[self._done]
        if self._armed and side is not None and side is not asked:
            self._fail(CheckReason.WRONG_ACTION)
        elif self._armed and side is not None and turns.flat:
            self._fail(CheckReason.FLAT)
        elif asked in TURNS:
            if self._armed and side is asked:
                self._seen()
        elif blink is not None and blink.began_s >= self._asked_s + REACTION_S:
            self._seen()

    def _seen(self) -> None:
        """The action was seen: the face has to look straight again, and be encoded."""
        self._asked_s = None
        self._wants_encoding = True

    def _did(self) -> None:
        """Counts the action, unless somebody else could have turned in the person's place."""
        turned = self.challenge.actions[self._done] in TURNS
        if not turned or self._turned_encoded:
            self._done += 1

    def _without_face(self, time_s: float) -> CheckState:
        if self._turns is not None and time_s - self._seen_s > GONE_S:
            return self._fail(CheckReason.LOST_FACE)
        return self.state

    def _why_late(self) -> CheckReason:
        if self._turns is None:
            return CheckReason.NO_FACE
        return CheckReason.NO_ACTION if self._done == 0 else CheckReason.TOO_LATE

    def _fail(self, reason: CheckReason) -> CheckState:
        self._status = CheckStatus.FAILED
        self._reason = reason
        return self.state
