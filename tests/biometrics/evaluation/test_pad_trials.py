"""One recording before the checks: what they see in it, and how challenges to it end."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from biometrics.active_liveness import CheckReason, CheckStatus
from biometrics.align import Aligner
from biometrics.challenge import Action
from biometrics.detect import HogDetector
from biometrics.evaluation.pad_recordings import LOOKS_A_SECOND, Recording
from biometrics.evaluation.pad_trials import (
    CHALLENGES,
    Look,
    PadLooker,
    active_trial,
    passive_trial,
)
from biometrics.faces import Chip, Encoding, Face, Image
from biometrics.geometry import Box
from biometrics.passive_liveness import ImageCues, PassiveReason, judged
from biometrics.vision import SeenFace
from tests.biometrics.evaluation.recordings import (
    FACE,
    bordered,
    framed,
    write_picture,
    write_video,
)
from tests.biometrics.heads import Head
from tests.biometrics.sitters import turning
from tests.biometrics.support import FakeDetector, FakeEncoder, MadeUpPeople

CHIP: Chip = np.zeros((150, 150, 3), np.uint8)
LEFT_RIGHT = next(c for c in CHALLENGES if c.actions == (Action.TURN_LEFT, Action.TURN_RIGHT))


def _encode(_chip: Chip) -> Encoding:
    people = MadeUpPeople()
    return people.picture(people.person())


def _looks(yaws: list[float], *, border: float = 0.2, track_id: int = 1) -> list[Look]:
    head = Head()
    return [
        Look(
            number / LOOKS_A_SECOND,
            Face(Box(0, 0, 100, 100), head.look(yaw=yaw), 1.0),
            track_id,
            CHIP,
            {"cues": judged({"border": border})},
        )
        for number, yaw in enumerate(yaws)
    ]


def test_the_challenges_are_all_a_server_draws() -> None:
    """Six of two actions, each different."""
    assert {c.actions for c in CHALLENGES} == set(itertools.permutations(Action, 2))


def test_a_recording_that_does_as_asked_by_chance_passes() -> None:
    """Left, then right, at the right moments; and no other challenge."""
    script = [
        turning(n / LOOKS_A_SECOND - 1.5, to_deg=30).yaw
        + turning(n / LOOKS_A_SECOND - 4.5, to_deg=-30).yaw
        for n in range(120)
    ]
    ends = {c: active_trial(_looks(script), c, _encode, still=False) for c in CHALLENGES}
    assert ends[LEFT_RIGHT].status is CheckStatus.PASSED
    assert [c for c, end in ends.items() if end.status is CheckStatus.PASSED] == [LEFT_RIGHT]


def test_a_recording_that_ends_is_gone() -> None:
    """Nobody is there afterwards: time runs out."""
    end = active_trial(_looks([0.0] * 30), LEFT_RIGHT, _encode, still=False)
    assert end.reason is CheckReason.NO_ACTION
    assert active_trial([], LEFT_RIGHT, _encode, still=False).reason is CheckReason.NO_FACE
    nobody = [Look(n / LOOKS_A_SECOND) for n in range(30)]
    assert active_trial(nobody, LEFT_RIGHT, _encode, still=False).reason is CheckReason.NO_FACE


def test_a_picture_is_held_until_time_runs_out() -> None:
    """One look stands for all of them, and is encoded once."""
    encoded = []

    def encode(chip: Chip) -> Encoding:
        encoded.append(chip)
        return _encode(chip)

    end = active_trial(_looks([0.0]), LEFT_RIGHT, encode, still=True)
    assert end.reason is CheckReason.NO_ACTION
    assert len(encoded) == 1


def test_most_of_the_verdicts_decide() -> None:
    """A recording that looks like a screen most of the time is one."""
    mostly = _looks([0.0] * 30, border=1.4) + _looks([0.0] * 12)
    found = passive_trial(mostly, "cues", still=False)
    assert found is not None
    assert not found.live
    assert found.reason is PassiveReason.BORDER
    live = passive_trial(_looks([0.0] * 30) + _looks([0.0] * 10, border=1.4), "cues", still=False)
    assert live is not None
    assert live.live


def test_too_few_frames_are_no_decision() -> None:
    """Three looks, or a new track every third; a picture counts as held there."""
    assert passive_trial(_looks([0.0] * 3), "cues", still=False) is None
    changing = [look for track in range(9) for look in _looks([0.0] * 3, track_id=track)]
    assert passive_trial(changing, "cues", still=False) is None
    assert passive_trial([Look(0.0)] * 50, "cues", still=False) is None
    held = passive_trial(_looks([0.0]), "cues", still=True)
    assert held is not None
    assert held.live


@pytest.mark.parametrize("still", [True, False])
def test_real_frames_are_looked_at_and_judged(
    tmp_path: Path, hopper: Image, hopper_seen: SeenFace, still: bool
) -> None:
    """A portrait with the edges of a telephone, as a video and as a picture."""
    shown = bordered(framed(hopper, hopper_seen.face.box))
    path = (
        write_picture(tmp_path / "a.png", shown)
        if still
        else write_video(tmp_path / "a.mp4", [shown] * 8)
    )
    looks = PadLooker([ImageCues()], FakeDetector(FACE)).looks(Recording(path, "a", "replay"))
    assert len(looks) == (1 if still else 8)
    assert all(look.face is not None and look.chip is not None for look in looks)
    assert {look.track_id for look in looks} == {1}
    found = passive_trial(looks, ImageCues.name, still=still)
    assert found is not None
    assert found.reason is PassiveReason.BORDER


def test_frames_without_a_face_are_looks_too(tmp_path: Path, hopper: Image) -> None:
    """Time passes in them."""
    path = write_video(tmp_path / "a.mp4", [hopper[:300, :320]] * 4)
    looks = PadLooker([ImageCues()], FakeDetector()).looks(Recording(path, "a", "live"))
    assert [look.face for look in looks] == [None] * 4


def test_somebody_in_a_clip_blinks(data_dir: Path) -> None:
    """Real eyes, found by the real models: the second from 7.0 s on holds one blink."""
    import cv2

    from biometrics.blink import BlinkWatch, eyes_open

    clip = cv2.VideoCapture(str(data_dir / "clips" / "d10.mp4"))
    pictures = []
    for number in range(255):
        good, picture = clip.read()
        assert good
        if number >= 180 and number % 2 == 0:
            pictures.append(np.asarray(picture[:, :, ::-1], dtype=np.uint8))
    clip.release()
    detector, aligner, watch = HogDetector(), Aligner(), BlinkWatch()
    blinks = []
    for number, image in enumerate(np.ascontiguousarray(image) for image in pictures):
        found = detector.detect(image)[0]
        blink = watch.see(eyes_open(aligner.landmarks(image, found.box)), 6 + number / 15)
        blinks += [] if blink is None else [blink]
    assert [round(blink.began_s, 1) for blink in blinks] == [pytest.approx(7.3, abs=0.15)]


def test_recorded_replays_do_not_pass(data_dir: Path) -> None:
    """The shortest of the replays there are: its edges or its stillness give it away."""
    path = data_dir / "liveness" / "replay" / "b.mp4"
    if not path.is_file():
        pytest.skip("there are no recorded replays among the development files")
    looks = PadLooker([ImageCues()]).looks(Recording(path, "b", "replay"))
    encode = FakeEncoder().encode
    for challenge in CHALLENGES:
        end = active_trial(looks, challenge, lambda c: encode(c[None])[0], still=False)
        assert end.status is CheckStatus.FAILED
