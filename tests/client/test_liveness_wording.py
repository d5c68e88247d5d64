"""The sentences of liveness: what to do, how long, and what a refusal says to whom."""

import json
from importlib.resources import files

import pytest

from biometrics.active_liveness import CheckReason
from biometrics.challenge import Action
from biometrics.passive_liveness import PassiveReason
from client import liveness_wording
from client.liveness_events import ChallengeAsked
from client.liveness_wording import CUES, REASONS, challenge, refused
from protocol.liveness import MAX_REASON


def _icons() -> set[str]:
    path = files("ttkbootstrap") / "assets" / "icons" / "glyphmap.json"
    return set(json.loads(path.read_text("utf-8")))


def _asked(action: Action | None, *, done: int = 1) -> ChallengeAsked:
    return ChallengeAsked("e1", action, done, 2, 8.0)


@pytest.mark.parametrize("action", [None, *Action])
def test_every_action_is_asked_for_in_words(action: Action | None) -> None:
    """A line, an icon that exists, which one it is, and the seconds."""
    banner = challenge(_asked(action), left_s=6.4)
    assert banner.tone == "info"
    assert banner.headline
    assert banner.icon in _icons()
    assert banner.reason == "2 of 2 · 6 s left"


def test_left_and_right_are_the_persons_own() -> None:
    """The preview may be a mirror: "your" says whose."""
    assert liveness_wording.ACTIONS[Action.TURN_LEFT].endswith("your left")
    assert liveness_wording.ACTIONS[Action.TURN_RIGHT].endswith("your right")


def test_after_the_last_action_the_count_stays() -> None:
    """Looking straight once more is no third of two; below 0 s nothing is left."""
    assert challenge(_asked(None, done=2), left_s=-1.0).reason == "2 of 2 · 0 s left"


@pytest.mark.parametrize("reason", [reason for reason in CheckReason if reason])
def test_every_reason_is_a_sentence_that_says_what_now(reason: CheckReason) -> None:
    """It fits the wire, and the person knows what to do."""
    assert 0 < len(REASONS[reason]) <= MAX_REASON
    assert REASONS[reason].endswith(".")
    banner = refused(REASONS[reason])
    assert banner.icon in _icons()
    assert "Space" in banner.reason
    assert "desk" in banner.reason


def test_nothing_a_check_can_say_is_without_words() -> None:
    """Every reason of both checks, and no others."""
    assert set(REASONS) == set(CheckReason)
    assert set(CUES) == set(PassiveReason)
    assert all(len(words) <= MAX_REASON for words in CUES.values())


def test_who_was_slow_is_not_suspected() -> None:
    """Amber for what happens to everybody, red for what only an attack does."""
    assert refused(REASONS[CheckReason.TOO_LATE]).tone == "warn"
    assert refused(REASONS[CheckReason.LOST_FACE]).headline == "Not accepted"
    assert refused("own.onnx cannot be read: No such file.").tone == "warn"
    assert refused(CUES[PassiveReason.MOIRE]).tone == "bad"
    red = refused(REASONS[CheckReason.FLAT])
    assert (red.tone, red.headline) == ("bad", "Spoof suspected")
    assert red.reason.startswith("Not accepted: the face turned as a flat picture does.")
    assert refused("").tone == "bad"
