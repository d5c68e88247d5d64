"""One frame's cues, and the verdict over frames: what says picture, and when nobody can say."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks._presentations import Screen, card, telephone
from biometrics.faces import Face, Image
from biometrics.geometry import Box
from biometrics.passive_liveness import (
    KEPT,
    NEEDED,
    ImageCues,
    Passive,
    PassiveReason,
    PassiveTrack,
    judged,
)
from biometrics.vision import SeenFace
from tests.biometrics.heads import Head

BOX = Box(250, 170, 390, 310)
GOOD = {"moire": 0.4, "border": 0.2}


@dataclass
class _Looking:
    """A track fed with one head's looks."""

    head: Head
    track: PassiveTrack

    def see(self, cues: dict[str, float], *, yaw: float = 0.0) -> Passive | None:
        return self.track.add(judged(cues), Face(BOX, self.head.look(yaw=yaw), 1.0))


@pytest.fixture
def looking() -> _Looking:
    return _Looking(Head(), PassiveTrack())


def test_a_cue_beyond_its_limit_names_the_reason() -> None:
    """The strongest is named; below the limit a face is live."""
    assert judged(GOOD) == Passive(live=True, cues=GOOD, reason=PassiveReason.NONE)
    assert judged({"moire": 1.2, "border": 1.4}).reason is PassiveReason.BORDER
    assert judged({"moire": 1.0}).reason is PassiveReason.MOIRE
    assert not judged({"model": 1.7}).live


def test_no_cue_and_no_number_are_not_live() -> None:
    """What could not be judged is not trusted."""
    assert judged({}).reason is PassiveReason.UNSEEN
    assert not judged({}).live
    broken = judged({"border": 0.3, "moire": math.nan})
    assert not broken.live
    assert broken.reason is PassiveReason.MOIRE


def test_a_portrait_is_live_and_its_picture_on_a_screen_is_not(
    hopper: Image, hopper_seen: SeenFace
) -> None:
    """The file stands for a person here; the telephone shows its edges and its pixels."""
    check = ImageCues()
    assert check.judge(hopper, hopper_seen.face).live
    shown = telephone(hopper, hopper_seen.face.box, Screen(pitch=0.8), fine=3)
    found = check.judge(shown, Face(Box(245, 165, 395, 315), hopper_seen.face.landmarks, 1.0))
    assert not found.live
    assert found.cues["moire"] > 1
    assert found.cues["border"] > 1


def test_a_print_shows_its_edges(collins: Image, collins_seen: SeenFace) -> None:
    """Paper has no pixels; its edges are straight and run past the chin."""
    printed = card(collins, collins_seen.face.box, yaw_deg=0)
    found = ImageCues().judge(printed, Face(BOX, collins_seen.face.landmarks, 1.0))
    assert found.reason is PassiveReason.BORDER
    assert found.cues["moire"] < 1


def test_a_face_in_the_corner_cannot_be_judged() -> None:
    """Small, and what is below it is out of the picture."""
    grey = np.full((480, 640, 3), 90, np.uint8)
    found = ImageCues().judge(grey, Face(Box(0, 410, 70, 480), Head().look(), 1.0))
    assert found == Passive(live=False, cues={}, reason=PassiveReason.UNSEEN)


def test_what_is_no_picture_is_refused() -> None:
    """A mistake of the caller."""
    with pytest.raises(ValueError, match="uint8"):
        ImageCues().judge(np.zeros((4, 4)), Face(BOX, Head().look(), 1.0))  # type: ignore[arg-type]


def test_a_verdict_needs_several_frames(looking: _Looking) -> None:
    """Not before the fifth; unjudged frames do not count."""
    assert looking.track.verdict is None
    for _ in range(20):
        assert looking.see({}) is None
    for _ in range(NEEDED - 1):
        assert looking.see(GOOD) is None
    verdict = looking.see(GOOD)
    assert verdict is not None
    assert verdict.live
    assert looking.track.verdict == verdict


def test_one_bad_frame_is_outvoted(looking: _Looking) -> None:
    """A shirt's pattern in one frame is no screen; in most of them it is."""
    for number in range(KEPT):
        verdict = looking.see({"moire": 1.5 if number in (2, 6) else 0.4})
    assert verdict is not None
    assert verdict.live
    for _ in range(NEEDED):
        verdict = looking.see({"moire": 1.5})
    assert verdict is not None
    assert verdict.reason is PassiveReason.MOIRE


def test_the_verdict_follows_what_comes(looking: _Looking) -> None:
    """Old frames are forgotten."""
    for _ in range(KEPT):
        looking.see({"border": 1.4})
    assert looking.track.verdict is not None
    assert not looking.track.verdict.live
    for _ in range(KEPT):
        looking.see(GOOD)
    assert looking.track.verdict.live


def test_a_cue_seen_too_seldom_says_nothing(looking: _Looking) -> None:
    """The border was in view twice: not enough to say."""
    for number in range(KEPT):
        verdict = looking.see({"moire": 0.4, **({"border": 2.0} if number < 2 else {})})
    assert verdict is not None
    assert verdict.live
    assert "border" not in verdict.cues


def test_a_card_tilted_away_is_flat() -> None:
    """It narrows, and its nose stays in the middle."""
    looking = _Looking(Head(flat=True), PassiveTrack())
    for _ in range(15):
        looking.see(GOOD)
    for _ in range(NEEDED):
        verdict = looking.see(GOOD, yaw=58)
    assert verdict is not None
    assert verdict.reason is PassiveReason.FLAT


def test_a_head_that_turns_is_not_flat(looking: _Looking) -> None:
    """Its nose says that it turned."""
    for number in range(60):
        verdict = looking.see(GOOD, yaw=45 * math.sin(number / 8))
    assert verdict is not None
    assert verdict.live
