"""Between a probe and the server: holds it back until liveness was shown, where that is demanded.

For the vision thread. One event (or enrolment) at a time is held back. With `passive` the looks at
its face are judged; with `active` the server is asked what the person shall do, and the face is
watched doing it, as the same face throughout. Whatever comes of it goes to the server, which
decides: nothing here lets anybody through.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from biometrics.active_liveness import ActiveCheck, CheckReason, CheckState, CheckStatus
from biometrics.challenge import Action, Challenge
from biometrics.encode import fuse
from biometrics.gallery import unit_length
from biometrics.track import Track
from biometrics.vision import Encode, SeenFace, View
from biometrics.yardstick import DLIB
from client.camera.frames import Frame
from client.enrolment_events import EnrolAnswered
from client.events import ClientEvent, ProbeSent
from client.liveness_events import ChallengeAsked, ChallengeEnded, ChallengeGiven
from client.liveness_wording import BROKEN_OFF, NOT_JUDGED, REASONS
from client.passive import Judging
from client.probing import Hand
from protocol.liveness import MAX_REASON, Liveness
from protocol.messages import Enrol
from protocol.text import printable

JUDGED_WITHIN_S = 2.0
"""With `passive` alone: then a face that could not be judged counts as not alive."""

NO_FRAMES_S = 0.5
"""Without a frame for so long the check's time goes by without one."""

_KEPT = " The samples are kept here: submit again when it is back."


@dataclass(slots=True)
class _Held:
    """What waits for its person to show that they live; a probe or an enrolment.

    Attributes:
        event_id: Of the event, or the enrolment.
        face: The probe's encoding, raw, or that of the samples.
        since_s: When it came.
        hand: The probe.
        enrol: The enrolment.
        challenge_id: The server's; None before it is given, and with `passive`.
        check: Watches the face.
        told: What the person was told last.
        encodings: Made of the watched face where it looked straight; all of the probe's person.
    """

    event_id: str
    face: NDArray[np.float64]
    since_s: float
    hand: Hand | None = None
    enrol: Enrol | None = None
    challenge_id: str | None = None
    check: ActiveCheck | None = None
    told: tuple[Action | None, int] | None = None
    encodings: list[NDArray[np.float64]] = field(default_factory=list)


class LivenessGate:
    """Holds back, watches, passes on.

    Args:
        ask: Takes probes for the server.
        enrol: Takes enrolments for the server.
        challenge: Asks the server what the person of an event shall do; `given` is the answer.
        encode: Encodes those views of a face.
        post: Takes what the window is told.
        clock: That of the frames: `time.monotonic`.
    """

    def __init__(
        self,
        *,
        ask: Callable[[Hand], None],
        enrol: Callable[[Enrol], None],
        challenge: Callable[[str], None],
        encode: Encode,
        post: Callable[[ClientEvent], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._enrol = enrol
        self._challenge = challenge
        self.same_face = DLIB.same_face
        """Largest distance of a face from the one that is checked; the encoder's."""
        self._encode = encode
        self._post = post
        self._clock = clock
        self.judging = Judging()
        self._held: _Held | None = None
        self._shown: tuple[str, Liveness] | None = None
        self._frame_s = 0.0
        self.mode = "off"
        """What the server demands, of `protocol.liveness.MODES`; changed by `demand`."""

    @property
    def busy(self) -> bool:
        """Whether somebody is being watched: then every frame counts."""
        return self._held is not None

    def demand(self, mode: str) -> None:
        """The server demands something else: what waits is taken anew, unless it is watched."""
        self.mode = mode
        held = self._held
        if held is None or held.check is not None:
            return
        self._held = None
        if held.hand is not None:
            self.ask(held.hand)
        elif held.enrol is not None:
            self.enrol(held.enrol)

    def ask(self, hand: Hand) -> None:
        """Takes a probe or a report; passes it on now or later."""
        if hand.event.report or self.mode == "off":
            self._ask(hand)
        else:
            face = np.asarray(hand.event.encoding)
            self._hold(_Held(hand.event.event_id, face, self._clock(), hand=hand))

    def enrol(self, request: Enrol) -> None:
        """Takes an enrolment; passes it on now or later, or answers it when nobody lives."""
        if self._shown is not None and self._shown[0] == request.enrolment_id:
            # Sent again, after a broken connection: it was shown.
            self._enrol(replace(request, liveness=self._shown[1]))
        elif self.mode == "off":
            self._enrol(request)
        else:
            face = fuse([np.asarray(sample.encoding) for sample in request.samples])
            self._hold(_Held(request.enrolment_id, face, self._clock(), enrol=request))

    def enrolled(self, answer: EnrolAnswered) -> None:
        """Notes the server's answer: a challenge it does not take is not sent again."""
        if answer.code == "spoof_suspected":
            self._shown = None

    def given(self, event: ChallengeGiven) -> None:
        """Takes the server's challenge, or that there is none."""
        held = self._held
        if held is None or held.event_id != event.event_id or self.mode != "active":
            return
        try:
            challenge = Challenge(tuple(Action(word) for word in event.actions), event.time_limit_s)
        except ValueError:
            self._unreachable(held, event.sentence or "The server asks for what is not known here.")
            return
        held.challenge_id = event.challenge_id
        held.check = ActiveCheck(challenge, self._clock(), same_person=self.same_face)
        self._follow(held, held.check.state)

    def see(self, frame: Frame, view: View, tracks: tuple[Track, ...]) -> None:
        """Looks at one frame, before a probe is made of it.

        Args:
            frame: The frame.
            view: What was found in it.
            tracks: The track of each face of the view.
        """
        self._frame_s = frame.monotonic_s
        if self.mode == "off" and self._held is None:
            return
        held = self._held
        place = _place(view, tracks, None if held is None else held.check)
        if place is None:
            if held is not None and held.check is not None:
                self._follow(held, held.check.see(None, None, frame.monotonic_s))
            return
        seen, track = view.faces[place], tracks[place]
        self.judging.look(frame.image, seen, track.id, held=held is not None)
        if held is None:
            return
        if held.check is not None:
            self._watch(held, held.check, seen, track.id, frame.monotonic_s)
        elif self.mode == "passive":
            self._judge(held, seen)

    def tick(self, now_s: float) -> None:
        """Ends what waits for nothing: no frames come, or no look can be judged."""
        held = self._held
        if held is None:
            return
        if held.check is not None:
            if now_s - self._frame_s > NO_FRAMES_S:
                self._follow(held, held.check.see(None, None, now_s))
        elif self.mode == "passive" and now_s - held.since_s > JUDGED_WITHIN_S:
            self._end(held)

    def break_off(self) -> None:
        """Ends what is held back as not shown: another camera, no models, an enrolment."""
        if self._held is not None:
            self._end(self._held, reason=BROKEN_OFF)

    def cancel_enrolment(self) -> None:
        """Forgets an enrolment that is held back."""
        held = self._held
        if held is not None and held.enrol is not None:
            self._held = None
            self._post(ChallengeEnded(held.event_id, passed=False, enrolling=True))

    def _hold(self, held: _Held) -> None:
        if self._held is not None:
            swapped = _apart(held.face, self._held.face) > self.same_face
            # Space once more, or the same person anew, is no reason for suspicion.
            self._end(
                self._held,
                reason=REASONS[CheckReason.ANOTHER_FACE] if swapped else BROKEN_OFF,
            )
        self._held = held
        if self.mode == "active":
            self._challenge(held.event_id)
            return
        # Looks from before may be of somebody else: a picture was held up, within one track.
        self.judging.afresh()
        if self.judging.enough:
            self._end(held)  # there is nothing to judge with

    def _judge(self, held: _Held, seen: SeenFace) -> None:
        """Ends it when there are enough looks, and the face they are of is the probe's."""
        if not self.judging.enough or not seen.quality.usable:
            return
        if _apart(self._encode(seen, "probe"), held.face) > self.same_face:
            self._end(held, reason=REASONS[CheckReason.ANOTHER_FACE])
        else:
            self._end(held, judged=True)

    def _watch(
        self, held: _Held, check: ActiveCheck, seen: SeenFace, track_id: int, time_s: float
    ) -> None:
        encoding = None
        if check.wants_encoding:
            encoding = self._encode(seen, "probe")
            # Turned faces are compared by the check, with the straight ones before and after.
            if seen.quality.usable:
                if _apart(encoding, held.face) > self.same_face:
                    self._end(held, reason=REASONS[CheckReason.ANOTHER_FACE])
                    return
                held.encodings.append(encoding)
        self._follow(held, check.see(seen.face.landmarks, track_id, time_s, encoding))

    def _follow(self, held: _Held, state: CheckState) -> None:
        """Tells the person what comes next, or ends it."""
        if state.status is not CheckStatus.WAITING:
            passed = state.status is CheckStatus.PASSED
            self._end(held, passed=passed, judged=passed, reason=REASONS[state.reason])
            return
        if held.told == (state.asked, state.done) or held.check is None:
            return
        held.told = (state.asked, state.done)
        self._post(
            ChallengeAsked(
                event_id=held.event_id,
                action=state.asked,
                done=state.done,
                total=len(held.check.challenge.actions),
                left_s=state.left_s,
                enrolling=held.enrol is not None,
            )
        )

    def _end(
        self, held: _Held, *, passed: bool = False, judged: bool = False, reason: str = ""
    ) -> None:
        """Passes on what is held, with what was seen.

        Args:
            held: What is not held any more.
            passed: The challenge was.
            judged: The looks that were judged are of this very face; otherwise it is not alive.
            reason: What was wrong.
        """
        self._held = None
        live, why = self.judging.result
        if not judged:
            live, why = False, why or NOT_JUDGED
        # What the person did comes first; a picture that does not look alive is said where all
        # was done.
        reason = printable(reason or why, MAX_REASON)
        said = Liveness(challenge_id=held.challenge_id, passed=passed, live=live, reason=reason)
        if held.told is not None:
            self._post(
                ChallengeEnded(
                    held.event_id,
                    passed=passed and live,
                    reason=reason,
                    enrolling=held.enrol is not None,
                )
            )
        if held.hand is not None:
            self._pass_on(held, held.hand, said)
        elif held.enrol is not None:
            shown = live and (passed or self.mode == "passive")
            self._pass_on_enrolment(held.enrol, said, shown=shown)

    def _pass_on(self, held: _Held, hand: Hand, said: Liveness) -> None:
        event = replace(hand.event, liveness=said)
        if held.encodings:
            before = [held.face] * event.frames
            fused = fuse([*before, *held.encodings])
            event = replace(
                event,
                encoding=tuple(float(number) for number in fused),
                frames=event.frames + len(held.encodings),
            )
        steady_s = hand.steady_s
        if held.told is not None:
            # The verdict is waited for from now on; what the person did is not the server's time.
            steady_s = self._clock()
            self._post(ProbeSent(event.event_id, event.captured_at_ms, event.automatic))
        self._ask(replace(hand, event=event, steady_s=steady_s))

    def _pass_on_enrolment(self, request: Enrol, said: Liveness, *, shown: bool) -> None:
        if shown:
            self._shown = (request.enrolment_id, said)
            self._enrol(replace(request, liveness=said))
            return
        self._answer(request, "spoof_suspected", f"Not accepted. {said.reason}".strip())

    def _unreachable(self, held: _Held, sentence: str) -> None:
        """There is no challenge: nobody can be asked, so that the server is told later."""
        self._held = None
        if held.hand is not None:
            self._ask(replace(held.hand, event=replace(held.hand.event, late=True)))
        elif held.enrol is not None:
            self._answer(held.enrol, "server_unreachable", sentence + _KEPT)

    def _answer(self, request: Enrol, code: str, message: str) -> None:
        name = request.display_name
        self._post(EnrolAnswered(ok=False, code=code, message=message, display_name=name))


def _place(view: View, tracks: tuple[Track, ...], check: ActiveCheck | None) -> int | None:
    """Which face is watched: that of the check while it is in view, otherwise the main one."""
    if check is not None:
        for index, track in enumerate(tracks):
            if track.id == check.track_id:
                return index
    return view.main


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(unit_length(one) - unit_length(other)))
