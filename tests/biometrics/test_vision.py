"""Looking, encoding and taking photographs' samples, with the real models and with stand-ins."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from biometrics.align import Aligner
from biometrics.encode import stack
from biometrics.faces import Image
from biometrics.gallery import unit_length
from biometrics.geometry import Box
from biometrics.quality import FlawKind, QualityLimits
from biometrics.views import probe_views
from biometrics.vision import PhotoRefused, PhotoSample, SeenFace, Vision
from tests.biometrics.support import FakeDetector, FakeEncoder

GREY = np.full((300, 400, 3), 128, dtype=np.uint8)
ANYTHING = QualityLimits(
    min_size_px=0,
    min_brightness=0,
    max_brightness=255,
    min_sharpness=0,
    max_yaw_deg=180,
    max_cut_off=1,
    max_faces=99,
)


def made_vision(*boxes: Box, far: FakeDetector | None = None) -> Vision:
    """Finds faces where it is told to; landmarks are the real predictor's guesses."""
    return Vision(
        detector=FakeDetector(*boxes),
        far_detector=far,
        photo_detector=FakeDetector(*boxes),
        aligner=Aligner(),
        encoder=FakeEncoder(),
    )


def test_a_look_gives_faces_chips_and_quality(hopper_seen: SeenFace) -> None:
    """Grace Hopper is the main face and has no flaw."""
    assert hopper_seen.chip.shape == (150, 150, 3)
    assert hopper_seen.quality.usable
    assert hopper_seen.quality.size_px == hopper_seen.face.box.width


def test_a_frame_without_faces_has_no_main_face() -> None:
    """An ordinary outcome, not an error."""
    view = made_vision().look(GREY)
    assert (view.faces, view.main, view.main_face) == ((), None, None)
    assert view.detect_ms >= 0


def test_only_people_of_about_the_same_size_count_as_several() -> None:
    """Somebody far behind is no reason to refuse the person in front."""
    beside = made_vision(Box(10, 10, 130, 130), Box(200, 10, 290, 100)).look(GREY)
    behind = made_vision(Box(10, 10, 130, 130), Box(200, 10, 260, 70)).look(GREY)
    assert beside.faces[0].quality.faces_in_view == 2
    assert behind.faces[0].quality.faces_in_view == 1


def test_small_faces_are_looked_for_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody is near: once in 1 s, to say "come closer"; never while somebody is."""
    clock = [100.0]
    monkeypatch.setattr("biometrics.vision.time.monotonic", lambda: clock[0])
    far = FakeDetector(Box(10, 10, 64, 64))
    vision = made_vision(far=far)
    view = vision.look(GREY)
    assert view.main_face is not None
    assert view.main_face.quality.flaws[0].sentence() == "Come closer: 54 px, 70 needed"
    assert vision.look(GREY).main is None
    clock[0] += 1.6
    assert vision.look(GREY).main == 0
    assert far.asked == 2
    near = made_vision(Box(10, 10, 130, 130), far=far)
    clock[0] += 10
    near.look(GREY)
    assert far.asked == 2


def test_a_wide_frame_asks_for_what_its_search_can_see() -> None:
    """At 1280 pixels a face of 100 is only seen now and then: it has to come closer."""
    wide = np.full((720, 1280, 3), 128, np.uint8)
    seen = made_vision(far=FakeDetector(Box(100, 100, 200, 200))).look(wide).main_face
    assert seen is not None
    assert seen.quality.flaws[0].sentence() == "Come closer: 100 px, 140 needed"


def test_a_look_begins_where_the_faces_are_by_now(hopper: Image) -> None:
    """Followed boxes tell the next look where to search; nobody there means nowhere."""
    box = Box(155, 132, 380, 357)
    detector = FakeDetector(box)
    vision = Vision(
        detector=detector,
        photo_detector=FakeDetector(),
        aligner=Aligner(),
        encoder=FakeEncoder(),
    )
    assert vision.follow(hopper) == ()
    vision.look(hopper)
    assert detector.near == ()
    (moved,) = vision.follow(np.roll(hopper, 12, axis=1))
    assert abs(moved.left - box.left - 12) <= 2
    detector.boxes = ()
    vision.look(np.roll(hopper, 12, axis=1))
    assert detector.near == (moved,)
    assert vision.follow(hopper) == ()


def test_importing_it_loads_no_engine() -> None:
    """The window stands before dlib and OpenCV are loaded."""
    code = "import sys, biometrics.vision; print(sorted({'dlib', 'cv2', 'PIL'} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_views_choose_which_chips_are_encoded(hopper_seen: SeenFace) -> None:
    """The chip alone, both cuts and their mirrors, or a turned one too; the mean of each."""
    encoder = FakeEncoder()
    vision = Vision(
        detector=FakeDetector(),
        photo_detector=FakeDetector(),
        aligner=Aligner(),
        encoder=encoder,
    )
    vision.encode(hopper_seen, "one")
    assert encoder.encoded == 1
    probe = vision.encode(hopper_seen)
    assert encoder.encoded == 1 + 4
    vision.encode(hopper_seen, "sample")
    assert encoder.encoded == 1 + 4 + 6
    rows = encoder.encode(stack(probe_views(hopper_seen.cuts)))
    np.testing.assert_allclose(probe, rows.mean(axis=0))
    vision.close()
    assert encoder.closed


def test_where_dlib_takes_over_a_probe_takes_one_chip_a_frame(hopper_seen: SeenFace) -> None:
    """Ten times slower: nobody waits a second for four views; samples keep theirs."""
    encoder = FakeEncoder()
    encoder.note = "dlib instead of ONNX Runtime: slower."
    vision = Vision(
        detector=FakeDetector(),
        photo_detector=FakeDetector(),
        aligner=Aligner(),
        encoder=encoder,
    )
    vision.encode(hopper_seen)
    assert encoder.encoded == 1
    vision.encode(hopper_seen, "sample")
    assert encoder.encoded == 1 + 6


def test_two_portraits_of_different_people_lie_apart(
    vision: Vision, hopper_seen: SeenFace, collins_seen: SeenFace
) -> None:
    """Raw, straight, 0.70 as measured before; and far beyond the threshold as unit vectors."""
    raw = [vision.encode(seen, "one") for seen in (hopper_seen, collins_seen)]
    assert np.linalg.norm(raw[0] - raw[1]) == pytest.approx(0.70, abs=0.03)
    units = [unit_length(vision.encode(seen)) for seen in (hopper_seen, collins_seen)]
    assert np.linalg.norm(units[0] - units[1]) > 0.4


def test_a_photo_gives_the_fused_encoding_of_its_face(
    vision: Vision, hopper: Image, hopper_seen: SeenFace
) -> None:
    """Of both cuts and a turned one, each with its mirror; near the chip's own, and not it."""
    sample = vision.enrol_photo(hopper)
    assert isinstance(sample, PhotoSample)
    np.testing.assert_allclose(sample.encoding, vision.encode(hopper_seen, "sample"))
    assert 0.02 < np.linalg.norm(sample.encoding - vision.encode(hopper_seen, "one")) < 0.25
    assert 1.2 < np.linalg.norm(sample.encoding) < 1.7


def test_a_photo_without_a_face_is_refused(vision: Vision) -> None:
    """With what to do."""
    refused = vision.enrol_photo(GREY)
    assert isinstance(refused, PhotoRefused)
    assert refused.reason.startswith("No face was found: ")
    assert refused.flaws == ()


def test_a_photo_of_two_people_is_refused(vision: Vision, hopper: Image) -> None:
    """Nobody can say who is meant."""
    two = np.concatenate([hopper, np.ascontiguousarray(hopper[:, ::-1])], axis=1)
    refused = vision.enrol_photo(np.ascontiguousarray(two))
    assert isinstance(refused, PhotoRefused)
    assert "2 faces in view" in refused.reason


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        (FlawKind.TOO_SMALL, {"min_size_px": 1000}),
        (FlawKind.TOO_DARK, {"min_brightness": 200}),
        (FlawKind.TOO_BRIGHT, {"max_brightness": 100}),
        (FlawKind.BLURRED, {"min_sharpness": 0.99}),
        (FlawKind.TURNED_AWAY, {"max_yaw_deg": 0.001}),
        (FlawKind.CUT_OFF, {"max_cut_off": -1}),
        (FlawKind.SEVERAL_FACES, {"max_faces": 0}),
    ],
)
def test_each_flaw_refuses_a_photo(
    vision: Vision, hopper: Image, kind: FlawKind, limits: dict[str, float]
) -> None:
    """Under limits no portrait meets; the reason is the flaw's own sentence."""
    refused = vision.enrol_photo(hopper, limits=replace(ANYTHING, **limits))
    assert isinstance(refused, PhotoRefused)
    assert [flaw.kind for flaw in refused.flaws] == [kind]
    assert refused.reason == refused.flaws[0].sentence() + "."


def test_warming_up_loads_every_model() -> None:
    """And leaves no trace in what is found afterwards."""
    encoder = FakeEncoder()
    vision = Vision(
        detector=FakeDetector(),
        photo_detector=FakeDetector(),
        aligner=Aligner(),
        encoder=encoder,
    )
    vision.warm_up()
    assert encoder.encoded == 1
    assert vision.fingerprint == encoder.fingerprint


def test_what_is_not_a_picture_is_refused(vision: Vision) -> None:
    """Before any model sees it."""
    with pytest.raises(ValueError, match="image"):
        vision.look(np.zeros((10, 10), np.uint8))
