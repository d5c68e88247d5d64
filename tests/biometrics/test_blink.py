"""Blinks are seen at 10 to 30 looks a second; gazes, winks, noise and sleep are none."""

import pytest

from biometrics.blink import Blink, BlinkWatch, eyes_open
from tests.biometrics.heads import Head
from tests.biometrics.sitters import blinking


def _watched(openness: list[float], fps: float, *, noise_px: float = 0.5) -> list[Blink]:
    head = Head(noise_px=noise_px)
    watch = BlinkWatch()
    found = [
        watch.see(eyes_open(head.look(openness=share)), number / fps)
        for number, share in enumerate(openness)
    ]
    return [blink for blink in found if blink is not None]


def _script(fps: float, *blinks_at_s: float, for_s: float = 0.25) -> list[float]:
    return [
        min(blinking(number / fps - at, for_s=for_s).openness for at in blinks_at_s)
        for number in range(round(6 * fps))
    ]


def test_the_aspect_ratio_falls_with_the_lids() -> None:
    """About 0.3 open, near 0 closed, whatever the face's size and place."""
    head = Head(noise_px=0.0)
    assert all(0.25 < eye < 0.35 for eye in eyes_open(head.look()))
    assert all(eye < 0.12 for eye in eyes_open(head.look(openness=0.1)))


@pytest.mark.parametrize("fps", [10, 15, 30])
@pytest.mark.parametrize("for_s", [0.3, 0.5])
def test_blinks_are_seen_at_every_pace(fps: float, for_s: float) -> None:
    """Two blinks, two found, each where it was."""
    found = _watched(_script(fps, 2.0, 4.0, for_s=for_s), fps)
    assert [round(blink.began_s) for blink in found] == [2, 4]
    assert all(0.09 <= blink.ended_s - blink.began_s < 0.8 for blink in found)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_no_blink(seed: int) -> None:
    """A minute of a still face with noisy landmarks."""
    head, watch = Head(noise_px=0.8, seed=seed), BlinkWatch()
    assert not any(watch.see(eyes_open(head.look()), number / 15) for number in range(900))


def test_one_eye_is_a_wink() -> None:
    """Both eyes have to close."""
    watch = BlinkWatch()
    eyes = [(0.3, 0.3)] * 10 + [(0.05, 0.3)] * 3 + [(0.3, 0.3)] * 10
    assert not any(watch.see(pair, number / 15) for number, pair in enumerate(eyes))


def test_a_sinking_gaze_is_no_blink() -> None:
    """Looking down and up again takes half a second each way, a lid a tenth."""
    down = [max(0.5, 1 - number / 10) for number in range(10)]
    assert not _watched([1.0] * 15 + down + [0.5] * 10 + down[::-1] + [1.0] * 15, 15)


def test_eyes_closed_for_long_are_no_blink() -> None:
    """Somebody asleep, or a picture held up later; what comes after is learnt anew."""
    slept = [1.0] * 30 + [0.1] * 30 + [1.0] * 45
    assert not _watched(slept, 15)
    assert len(_watched([*slept, *_script(15, 2.0)], 15)) == 1


def test_a_single_bad_look_at_a_high_pace_is_no_blink() -> None:
    """At 30 looks a second a blink is closed for more than one of them."""
    assert not _watched([1.0] * 30 + [0.1] + [1.0] * 30, 30)


def test_eyes_without_a_width_are_closed() -> None:
    """Degenerate landmarks divide by nothing."""
    assert eyes_open(Head().look() * 0) == (0.0, 0.0)
