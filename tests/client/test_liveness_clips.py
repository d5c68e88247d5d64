"""Real recordings before the gate: alive, replayed from a screen, and blinking when asked to."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from biometrics.faces import Image
from biometrics.track import Tracker
from biometrics.vision import Vision
from client.camera.frames import Frame
from client.liveness import LivenessGate
from client.liveness_events import ChallengeEnded, ChallengeGiven
from client.outbox import KeptEvent
from client.passive import open_judge
from client.probing import Hand
from protocol.liveness import Liveness
from tests.client.fakes import Collector

EVENT, CHALLENGE = "e" * 32, "c" * 32


@pytest.fixture(scope="module")
def vision() -> Iterator[Vision]:
    """The real models."""
    made = Vision.open(background=False)
    yield made
    made.close()


def frames(path: Path, *, seconds: float) -> Iterator[tuple[Image, float]]:
    """Every second picture of a recording, with its time."""
    clip = cv2.VideoCapture(str(path))
    fps = clip.get(cv2.CAP_PROP_FPS)
    try:
        for number in range(round(seconds * fps)):
            good, picture = clip.read()
            if not good:
                return
            if number % 2 == 0:
                yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), number / fps
    finally:
        clip.release()


def played(
    vision: Vision,
    path: Path,
    *,
    mode: str,
    seconds: float,
    challenge: ChallengeGiven | None = None,
) -> tuple[Liveness, Collector]:
    """What is said about the first face of a recording."""
    now_s, asked, posted = [0.0], list[Hand](), Collector()
    gate = LivenessGate(
        ask=asked.append,
        enrol=lambda _request: None,
        challenge=lambda _event: None,
        encode=vision.encode,
        post=posted,
        clock=lambda: now_s[0],
    )
    gate.demand(mode)
    gate.judging.use(open_judge(""))
    tracker, held = Tracker(), False
    for image, at_s in frames(path, seconds=seconds):
        now_s[0] = at_s
        view = vision.look(image)
        tracks = tracker.update([seen.face for seen in view.faces], at_s)
        gate.see(Frame(image, round(at_s * 1000), at_s, None, 0), view, tracks)
        main = view.main_face
        if not held and main is not None and main.quality.usable:
            encoding = tuple(float(x) for x in vision.encode(main))
            gate.ask(Hand(KeptEvent(EVENT, 0, automatic=True, encoding=encoding), at_s))
            held = True
            if challenge is not None:
                gate.given(challenge)
        if asked:
            break
    (hand,) = asked
    assert hand.event.liveness is not None
    return hand.event.liveness, posted


@pytest.mark.parametrize(("clip", "live"), [("live/a.mp4", True), ("replay/a.mp4", False)])
def test_a_person_and_the_same_person_on_a_screen(
    vision: Vision, data_dir: Path, *, clip: str, live: bool
) -> None:
    """Nobody is asked for anything; the screen's edges are seen."""
    said, _ = played(vision, data_dir / "liveness" / clip, mode="passive", seconds=6)
    assert said.live is live
    assert bool(said.reason) is not live


@pytest.mark.parametrize(("action", "passed"), [("blink", True), ("turn_left", False)])
def test_a_recorded_blink_answers_a_blink_and_no_turn(
    vision: Vision, data_dir: Path, *, action: str, passed: bool
) -> None:
    """Real landmarks answer; and a recording fits only the challenge it happens to hold."""
    given = ChallengeGiven(EVENT, CHALLENGE, (action,), 6.0)
    clip = data_dir / "clips" / "d19.mp4"
    said, posted = played(vision, clip, mode="active", seconds=8, challenge=given)
    assert said.passed is passed
    assert [ended.passed for ended in posted.of(ChallengeEnded)] == [passed]
