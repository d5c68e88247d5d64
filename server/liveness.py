"""The server's rule of liveness: gives challenges, and says what speaks against an answer.

Fails closed: where the settings demand liveness, whatever is missing, unknown, too late or used
before is an objection. A challenge is good once, for one event at one checkpoint; it lives in
memory, so that a restart of the server makes every open one unknown.

It holds checkpoints to their word and cameras to a challenge. A checkpoint that lies about what
its camera saw is believed: only paired checkpoints may be trusted with a door.
"""

import secrets
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from biometrics.challenge import Challenge, draw
from protocol.liveness import Liveness
from protocol.messages import AskChallenge, ChallengeReply
from server.recognition import Caller

ROOM_S = 3.0
"""For the way there and back and the last look; the time limit itself is the checkpoint's."""

PER_CHECKPOINT = 8
"""Challenges of one checkpoint that are remembered; an honest one has one, and a second for a
moment. The oldest makes room, so that nobody is kept from asking."""

MOST = 1024
"""Of all checkpoints together: names of checkpoints cost nothing."""

KEPT_S = 600.0
"""An answer that could not be stored, or an enrolment with another name, comes again with the same
challenge; after ten minutes it does not count any more."""


def by_lot() -> Challenge:
    """A challenge that nobody can foresee."""
    return draw(secrets.SystemRandom())


@dataclass(slots=True)
class _Given:
    """A challenge that was given, with what was said about it first and what came of that."""

    reply: ChallengeReply
    checkpoint_id: str
    given_s: float
    said: Liveness | None = None
    objection: str = ""


class LivenessRule:
    """Gives challenges and judges answers. Any thread may call.

    Args:
        mode: What the settings demand now, of `protocol.liveness.MODES`.
        draw: Draws a challenge by lot.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        mode: Callable[[], str],
        *,
        draw: Callable[[], Challenge] = by_lot,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._mode = mode
        self._draw = draw
        self._clock = clock
        self._lock = threading.Lock()
        self._given: dict[str, _Given] = {}  # by challenge id, oldest first

    @property
    def remembered(self) -> int:
        """How many challenges are remembered."""
        return len(self._given)

    def ask(self, request: AskChallenge, caller: Caller) -> ChallengeReply:
        """Gives a challenge; the same event is given the one it has, while that is open.

        Whoever asks again and again would otherwise get the challenge that suits a recording.
        """
        now_s = self._clock()
        with self._lock:
            self._forget_old(now_s)
            for given in self._given.values():
                same = given.checkpoint_id == caller.checkpoint_id
                if same and given.reply.event_id == request.event_id and _open(given, now_s):
                    return replace(given.reply, re=request.id)
            self._make_room(caller.checkpoint_id)
            drawn = self._draw()
            reply = ChallengeReply(
                re=request.id,
                event_id=request.event_id,
                challenge_id=uuid.uuid4().hex,
                actions=tuple(action.value for action in drawn.actions),
                time_limit_s=drawn.time_limit_s,
            )
            self._given[reply.challenge_id] = _Given(reply, caller.checkpoint_id, now_s)
            return reply

    def objection(self, event_id: str, said: Liveness | None, caller: Caller) -> str:
        """What speaks against naming or enrolling somebody, in a sentence; "" when nothing does.

        The same word about the same event again (its answer was lost on the way) is judged as it
        was the first time.
        """
        mode = self._mode()
        if mode == "off":
            return ""
        if said is None:
            return "The checkpoint sent nothing about liveness. Update it, or restart it."
        challenge = self._about_challenge(event_id, said, caller) if mode == "active" else ""
        if challenge:
            return challenge
        if not said.live:
            return _with("The picture does not look like a living person's", said.reason)
        return ""

    def _about_challenge(self, event_id: str, said: Liveness, caller: Caller) -> str:
        if said.challenge_id is None:
            return "The checkpoint did not ask for a challenge. Update it, or restart it."
        with self._lock:
            given = self._given.get(said.challenge_id)
            if given is None:
                return "The challenge is not known: it is too old, or the server was restarted."
            if given.checkpoint_id != caller.checkpoint_id:
                return "The challenge was given to another checkpoint."
            if given.reply.event_id != event_id:
                return "The challenge was given for another event."
            if given.said is None:
                given.said = said
                given.objection = self._judge(given, said)
            elif given.said != said:
                return "The challenge was answered before, in another way."
            return given.objection

    def _judge(self, given: _Given, said: Liveness) -> str:
        took_s = self._clock() - given.given_s
        allowed_s = given.reply.time_limit_s + ROOM_S
        if not said.passed:
            return _with("What was asked for was not done", said.reason)
        if took_s > allowed_s:
            return (
                f"The answer to the challenge took {took_s:.0f} s; {allowed_s:.0f} s are allowed."
            )
        return ""

    def _forget_old(self, now_s: float) -> None:
        for key, given in list(self._given.items()):
            if now_s - given.given_s <= KEPT_S:
                return  # the others are younger
            del self._given[key]

    def _make_room(self, checkpoint_id: str) -> None:
        own = [key for key, g in self._given.items() if g.checkpoint_id == checkpoint_id]
        if len(own) >= PER_CHECKPOINT:
            del self._given[own[0]]
        elif len(self._given) >= MOST:
            del self._given[next(iter(self._given))]


def _open(given: _Given, now_s: float) -> bool:
    return given.said is None and now_s - given.given_s <= given.reply.time_limit_s


def _with(sentence: str, reason: str) -> str:
    """A sentence with what the checkpoint said, which may be anything short."""
    reason = reason.strip().rstrip(".")
    return f"{sentence}: {reason}." if reason else f"{sentence}."
