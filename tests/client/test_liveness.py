"""Tests of what is held back until liveness was shown: who is passed on, with which word."""

import time
from typing import Any

import numpy as np
import pytest

from biometrics.active_liveness import CheckReason
from biometrics.track import Tracker
from client import liveness
from client.camera.frames import Frame
from client.enrolment_events import EnrolAnswered
from client.events import ProbeSent
from client.liveness import LivenessGate
from client.liveness_events import ChallengeAsked, ChallengeEnded, ChallengeGiven
from client.liveness_wording import BROKEN_OFF, CUES, NOT_JUDGED, REASONS
from client.outbox import KeptEvent
from client.probing import Hand
from protocol.liveness import Liveness
from protocol.messages import Enrol
from tests.client.fakes import EILEEN, GRACE, NOBODY, Collector, direction, picture, view
from tests.client.living import Judge, Sitter
from tests.client.test_errands import enrolment

EVENT, OTHER, CHALLENGE = "e" * 32, "d" * 32, "c" * 32
PERIOD_S = 1 / 15


class Bench:
    """A gate with a clock of its own, and somebody before it."""

    def __init__(self, mode: str, *, sitter: Sitter | None = None, live: bool = True) -> None:
        self.now_s = 100.0
        self.asked: list[Hand] = []
        self.enrolled: list[Enrol] = []
        self.wanted: list[str] = []
        self.posted = Collector()
        self.sitter = sitter or Sitter()
        self.encoded = 0
        self.gate = LivenessGate(
            ask=self.asked.append,
            enrol=self.enrolled.append,
            challenge=self.wanted.append,
            encode=self._encode,
            post=self._post,
            clock=lambda: self.now_s,
        )
        self.gate.mode = mode
        self.gate.judging.use(Judge(live=live))
        self._tracker = Tracker()

    def _encode(self, seen: Any, _views: str) -> Any:
        self.encoded += 1
        return direction(int(seen.chip[0, 0, 0]))

    def _post(self, event: Any) -> None:
        self.posted(event)
        self.sitter.hear(event, self.now_s)

    def show(self, who: int = GRACE) -> None:
        """One frame."""
        self.now_s += PERIOD_S
        faces = view() if who == NOBODY else view(who)
        seen = tuple(self.sitter.face(face, self.now_s) for face in faces.faces)
        shown = type(faces)(seen, faces.main, 1.0)
        frame = Frame(picture(who), round(self.now_s * 1000), self.now_s, None, 0)
        tracks = self._tracker.update([face.face for face in seen], self.now_s)
        self.gate.see(frame, shown, tracks)

    def show_for(self, seconds: float, who: int = GRACE) -> None:
        """Frames for some time, or until the gate holds nothing any more."""
        until_s = self.now_s + seconds
        while self.now_s < until_s and self.gate.busy:
            self.show(who)

    def give(self, *actions: str, event_id: str = EVENT) -> None:
        """The server's answer."""
        self.gate.given(
            ChallengeGiven(event_id, CHALLENGE, actions or ("turn_left", "blink"), 15.0)
        )

    @property
    def said(self) -> Liveness:
        """What was said about the one event that was passed on."""
        (hand,) = self.asked
        assert hand.event.liveness is not None
        return hand.event.liveness


def hand(event_id: str = EVENT, who: int = GRACE, **more: Any) -> Hand:
    """A probe as it comes from probing."""
    encoding = () if more.get("report") else tuple(float(x) for x in direction(who))
    event = KeptEvent(
        event_id=event_id, captured_at_ms=1, automatic=True, encoding=encoding, **more
    )
    return Hand(event, 99.0, "Grace Hopper")


def test_off_everything_is_passed_on_as_it_is() -> None:
    """Nobody waits, nothing is judged, nothing is said."""
    bench = Bench("off")
    bench.show()
    bench.gate.ask(hand())
    bench.gate.enrol(enrolment())
    assert bench.asked == [hand()]
    assert bench.enrolled == [enrolment()]
    assert not bench.posted.events


@pytest.mark.parametrize("mode", ["passive", "active"])
def test_a_report_names_nobody_and_is_not_held(mode: str) -> None:
    """No face, or a poor one: there is nothing to spoof."""
    bench = Bench(mode)
    bench.gate.ask(hand(report="no_face"))
    assert len(bench.asked) == 1
    assert not bench.gate.busy


def test_passive_looks_before_it_passes_on() -> None:
    """Half a second of looks, however long they stood there; nobody is asked anything."""
    bench = Bench("passive")
    for _ in range(20):
        bench.show()
    bench.gate.ask(hand())
    assert bench.gate.busy
    bench.show_for(0.5)
    assert bench.said == Liveness(passed=False, live=True)
    assert not bench.wanted
    assert not bench.posted.events


def test_passive_says_what_it_saw() -> None:
    """The server decides, and the history says why."""
    bench = Bench("passive", live=False)
    bench.gate.ask(hand())
    bench.show_for(2.0)
    assert bench.said == Liveness(passed=False, live=False, reason=CUES["moire"])


def test_passive_fails_closed_when_nothing_can_be_judged() -> None:
    """Nobody is waited for longer than two seconds."""
    bench = Bench("passive")
    bench.gate.ask(hand())
    bench.gate.tick(bench.now_s + 1.0)
    assert bench.gate.busy
    bench.gate.tick(bench.now_s + liveness.JUDGED_WITHIN_S + 0.1)
    assert bench.said == Liveness(passed=False, live=False, reason=NOT_JUDGED)


def test_active_somebody_who_does_what_is_asked() -> None:
    """Asked for once, held until done, passed on with the challenge and a probe of more frames."""
    bench = Bench("active")
    bench.show()
    bench.gate.ask(hand())
    assert bench.wanted == [EVENT]
    assert not bench.asked
    bench.give()
    bench.show_for(15)
    assert bench.said == Liveness(challenge_id=CHALLENGE, passed=True, live=True)
    asked = [event.action for event in bench.posted.of(ChallengeAsked) if event.action]
    assert [action.value for action in asked] == ["turn_left", "blink"]
    assert bench.posted.of(ChallengeEnded) == [ChallengeEnded(EVENT, passed=True)]
    (passed,) = bench.asked
    assert 2 < passed.event.frames < 1 + bench.encoded, "turned looks are not for the probe"
    assert np.linalg.norm(passed.event.encoding) == pytest.approx(1.4, abs=0.01)
    assert passed.steady_s == bench.now_s, "the person's own time counted as the server's"
    assert isinstance(bench.posted.events[-1], ProbeSent)


@pytest.mark.parametrize(
    ("sitter", "reason"),
    [
        (Sitter(obeys=False), CheckReason.NO_ACTION),
        (Sitter(flat=True), None),
    ],
)
def test_active_a_picture_is_sent_as_not_passed(sitter: Sitter, reason: CheckReason | None) -> None:
    """Still or turned on a card: the server hears of it, with the reason."""
    bench = Bench("active", sitter=sitter)
    bench.gate.ask(hand())
    bench.give()
    bench.show_for(20)
    assert (bench.said.passed, bench.said.challenge_id) == (False, CHALLENGE)
    assert bench.said.reason
    if reason is not None:
        assert bench.said.reason == REASONS[reason]
    (ended,) = bench.posted.of(ChallengeEnded)
    assert (ended.passed, ended.reason) == (False, bench.said.reason)


def test_active_includes_passive() -> None:
    """Everything done, before a screen's pattern."""
    bench = Bench("active", live=False)
    bench.gate.ask(hand())
    bench.give()
    bench.show_for(15)
    assert (bench.said.passed, bench.said.live) == (True, False)
    assert bench.said.reason == CUES["moire"]


def test_active_the_probe_and_the_one_who_acts_are_one() -> None:
    """A picture for the probe, then a living face for the challenge."""
    bench = Bench("active")
    bench.gate.ask(hand(who=EILEEN))
    bench.give()
    bench.show_for(15, GRACE)
    assert not bench.said.passed
    assert bench.said.reason == REASONS[CheckReason.ANOTHER_FACE]


def test_active_whoever_leaves_has_not_passed() -> None:
    """Gone for more than a moment, after something was asked."""
    bench = Bench("active")
    bench.gate.ask(hand())
    bench.give()
    bench.show_for(2.0)
    bench.show_for(5.0, NOBODY)
    assert bench.said.reason == REASONS[CheckReason.LOST_FACE]


def test_a_camera_that_gives_nothing_ends_the_check_too() -> None:
    """Time passes without frames."""
    bench = Bench("active")
    bench.gate.ask(hand())
    bench.give()
    bench.show_for(1.0)
    bench.gate.tick(bench.now_s + 20)
    assert not bench.said.passed
    assert not bench.gate.busy


def test_the_same_face_asked_for_again_is_not_suspected() -> None:
    """Space twice: the first is broken off, not taken for a swap."""
    bench = Bench("active")
    bench.gate.ask(hand())
    bench.gate.ask(hand(OTHER))
    assert bench.said.reason == BROKEN_OFF
    assert not bench.said.passed
    assert bench.wanted == [EVENT, OTHER]


def test_another_probe_takes_the_place_of_the_one_held() -> None:
    """A swap within the track: the first is sent as not passed, the second is asked."""
    bench = Bench("active")
    bench.gate.ask(hand())
    bench.gate.ask(hand(OTHER, EILEEN))
    assert bench.said.reason == REASONS[CheckReason.ANOTHER_FACE]
    assert bench.wanted == [EVENT, OTHER]
    bench.give(event_id=EVENT)
    assert not bench.posted.of(ChallengeAsked), "the answer to the first was taken for the second"
    bench.give(event_id=OTHER)
    assert bench.posted.of(ChallengeAsked)


def test_without_a_challenge_the_server_counts_as_unreachable() -> None:
    """The event is passed on as late, without a word about liveness."""
    bench = Bench("active")
    bench.gate.ask(hand())
    bench.gate.given(ChallengeGiven(EVENT, sentence="The server cannot be reached."))
    (passed,) = bench.asked
    assert passed.event.late
    assert passed.event.liveness is None


@pytest.mark.parametrize("actions", [("smile",), ("blink", "blink")])
def test_a_challenge_that_is_not_known_here_is_none(actions: tuple[str, ...]) -> None:
    """A newer server: the event is kept, nobody is let through."""
    bench = Bench("active")
    bench.gate.ask(hand())
    bench.give(*actions)
    assert bench.asked[0].event.late


@pytest.mark.parametrize("mode", ["off", "passive"])
def test_another_demand_reaches_who_is_waiting(mode: str) -> None:
    """Nobody waits for a challenge that is not wanted any more, nor for ever."""
    bench = Bench("active")
    bench.gate.ask(hand())
    bench.gate.demand(mode)
    bench.show_for(1.0)
    assert len(bench.asked) == 1
    assert (bench.asked[0].event.liveness is None) == (mode == "off")
    bench.give()
    assert not bench.posted.events, "a challenge was begun that nobody demands"


def test_a_new_demand_is_asked_for_at_once() -> None:
    """From passive to active, while somebody is judged."""
    bench = Bench("passive")
    bench.gate.ask(hand())
    bench.gate.demand("active")
    assert bench.wanted == [EVENT]


def test_broken_off_is_not_passed() -> None:
    """Another camera, an enrolment: said so, and nothing is held any more."""
    bench = Bench("active")
    bench.gate.ask(hand())
    bench.give()
    bench.show_for(1.0)
    bench.gate.break_off()
    assert bench.said.reason == BROKEN_OFF
    assert not bench.gate.busy
    bench.gate.break_off()
    assert len(bench.asked) == 1


def test_an_enrolment_is_held_and_passed_on() -> None:
    """With the challenge of its own id; sent again it needs no new one."""
    bench = Bench("active")
    request = enrolment()
    bench.gate.enrol(request)
    assert bench.wanted == [request.enrolment_id]
    bench.give(event_id=request.enrolment_id)
    bench.show_for(15)
    (sent,) = bench.enrolled
    assert sent.liveness == Liveness(challenge_id=CHALLENGE, passed=True, live=True)
    assert all(event.enrolling for event in bench.posted.of(ChallengeAsked))
    assert not bench.posted.of(ProbeSent)
    bench.gate.enrol(request)
    assert bench.enrolled == [sent, sent]
    bench.gate.enrolled(EnrolAnswered(ok=False, code="spoof_suspected", message="Too old."))
    bench.gate.enrol(request)
    assert bench.gate.busy, "a challenge the server does not take was sent once more"


def test_an_enrolment_that_shows_nothing_is_answered_here() -> None:
    """The dialog says why; the server is not asked to enrol a picture."""
    bench = Bench("active", sitter=Sitter(obeys=False))
    request = enrolment()
    bench.gate.enrol(request)
    bench.give(event_id=request.enrolment_id)
    bench.show_for(20)
    assert not bench.enrolled
    (answer,) = bench.posted.of(EnrolAnswered)
    assert (answer.ok, answer.code) == (False, "spoof_suspected")
    assert REASONS[CheckReason.NO_ACTION] in answer.message


def test_a_passive_enrolment_needs_a_living_picture() -> None:
    """Judged like a probe."""
    for live in (True, False):
        bench = Bench("passive", live=live)
        bench.gate.enrol(enrolment())
        bench.show_for(2.0)
        assert len(bench.enrolled) == live
        assert len(bench.posted.of(EnrolAnswered)) == (not live)


def test_an_enrolment_without_a_challenge_is_unreachable() -> None:
    """Nothing is lost: the samples stay in the dialog."""
    bench = Bench("active")
    request = enrolment()
    bench.gate.enrol(request)
    bench.gate.given(ChallengeGiven(request.enrolment_id, sentence="The server cannot be reached."))
    (answer,) = bench.posted.of(EnrolAnswered)
    assert answer.code == "server_unreachable"
    assert "submit again" in answer.message


def test_a_cancelled_enrolment_is_forgotten() -> None:
    """Its dialog is closed: nobody is asked on."""
    bench = Bench("active")
    request = enrolment()
    bench.gate.enrol(request)
    bench.give(event_id=request.enrolment_id)
    bench.gate.cancel_enrolment()
    assert not bench.gate.busy
    assert bench.posted.of(ChallengeEnded)[0].enrolling
    assert not bench.enrolled
    bench.gate.ask(hand())
    bench.gate.cancel_enrolment()
    assert bench.gate.busy, "an event was cancelled with an enrolment"


def test_the_gates_clock_is_that_of_the_frames() -> None:
    """Frames carry `time.monotonic()`: so does the beginning of a check."""
    ticks = [time.monotonic()]
    gate = LivenessGate(
        ask=lambda _hand: None,
        enrol=lambda _request: None,
        challenge=lambda _event: None,
        encode=lambda _seen, _views: direction(GRACE),
        post=lambda _event: None,
    )
    ticks += [gate._clock(), time.monotonic()]
    assert ticks == sorted(ticks)
