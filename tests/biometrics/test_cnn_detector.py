"""The CNN detector is held equal to dlib's; what it cannot do is said."""

import json
import sys
import threading
import time
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from biometrics.cnn_detector import (
    LARGEST_DIFFERENCE,
    CnnDetector,
    difference,
    find,
    reference,
    weights_path,
)
from biometrics.detect import DetectorFailed, fitted
from biometrics.drawn import drawn_scene
from biometrics.faces import Detection, Image
from biometrics.geometry import Box
from biometrics.pictures import read_picture


@pytest.fixture(scope="module")
def detector(converted: Path) -> CnnDetector:
    """With a network that is there already."""
    return CnnDetector(folder=converted, threads=1)


def by_dlib(image: Image) -> list[Detection]:
    network = dlib.cnn_face_detection_model_v1(str(weights_path()))
    return [
        Detection(
            Box(one.rect.left(), one.rect.top(), one.rect.right() + 1, one.rect.bottom() + 1),
            one.confidence,
        )
        for one in network(image, 0)
    ]


def assert_same(ours: list[Detection], dlibs: list[Detection]) -> None:
    assert [one.box for one in ours] == [one.box for one in dlibs]
    for one, other in zip(ours, dlibs, strict=True):
        assert one.strength == pytest.approx(other.strength, abs=LARGEST_DIFFERENCE)


@pytest.mark.parametrize("who", ["hopper", "collins"])
def test_portraits_give_dlibs_boxes_and_strengths(
    detector: CnnDetector, who: str, request: pytest.FixtureRequest
) -> None:
    """At a size that dlib searches in a second, on several levels of the pyramid."""
    picture: Image = request.getfixturevalue(who)
    image = fitted(picture, 300)[0] if who == "hopper" else picture[:300, 80:380].copy()
    ours = detector.detect(image)
    assert len(ours) == 1
    assert_same(ours, by_dlib(image))


def test_faces_of_several_sizes_give_dlibs_boxes(
    detector: CnnDetector, hopper: Image, collins: Image
) -> None:
    """Side by side, the largest first."""
    scene = np.full((260, 420, 3), 70, dtype=np.uint8)
    scene[10:230, 10:200] = cv2.resize(hopper, (190, 220))
    scene[20:240, 200:420] = cv2.resize(collins[:330, 60:390], (220, 220))
    ours = detector.detect(scene)
    assert len(ours) == 2
    assert_same(sorted(ours, key=lambda one: -one.strength), by_dlib(scene))
    assert ours[0].box.area >= ours[1].box.area


def test_groups_and_many_people_give_dlibs_faces(detector: CnnDetector, data_dir: Path) -> None:
    """A few of what `python -m benchmarks.detector` compares."""
    groups = ("2008_001322.jpg", "two_people.jpg", "dogs.jpg")
    paths = [data_dir / "groups" / name for name in groups]
    paths += sorted((data_dir / "lfw-dev" / "images").glob("*/*.jpg"))[::1500]
    for path in paths:
        image, _ = fitted(read_picture(path), 320)
        ours = sorted(detector.detect(image), key=lambda one: -one.strength)
        assert_same(ours, by_dlib(image))


def test_shrinking_and_doubling_keep_the_boxes_in_place(
    detector: CnnDetector, converted: Path, collins: Image
) -> None:
    """Boxes are in pixels of the picture that was given."""
    image = collins[:300, 80:380].copy()
    (plain,) = detector.detect(image)
    (small,) = CnnDetector(folder=converted, threads=1, longest_side=290).detect(image)
    (doubled,) = CnnDetector(folder=converted, threads=1, upsample=1).detect(image)
    assert plain.box.iou(small.box) > 0.6
    assert plain.box.iou(doubled.box) > 0.6


def test_there_is_no_face_in_nothing(detector: CnnDetector) -> None:
    """Pictures of one colour, down to one pixel."""
    for shape in ((240, 320, 3), (1, 1, 3), (3, 900, 3)):
        assert detector.detect(np.full(shape, 128, dtype=np.uint8)) == []


def test_nonsense_differs_infinitely(detector: CnnDetector) -> None:
    """A reference that is none, or names other faces; dlib's own is met."""
    detector.detect(drawn_scene())
    kept = json.loads(reference())
    assert len(kept) == 2
    assert difference(detector._session, json.dumps(kept)) <= LARGEST_DIFFERENCE
    for text in ("", "7", "[]", "[[1]]", json.dumps(kept[:1]), '[["a", 1, 1, 1, 1]]'):
        assert difference(detector._session, text) == float("inf")


def test_a_limit_of_strength_drops_the_weak(detector: CnnDetector) -> None:
    """The drawn faces are weak ones."""
    detector.detect(drawn_scene())
    strengths = [one.strength for one in find(detector._session, drawn_scene())]
    between = (strengths[0] + strengths[1]) / 2
    assert len(find(detector._session, drawn_scene(), min_strength=between)) == 1


def test_closing_ends_a_conversion(tmp_path: Path) -> None:
    """Instead of waiting for it."""
    stopped = threading.Event()
    stopped.set()
    command = (sys.executable, "-c", "import time; time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(DetectorFailed, match="ended"):
        CnnDetector(folder=tmp_path, command=command, stopped=stopped).detect(drawn_scene())
    assert time.monotonic() - started < 5


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    """A cache that cannot be made; arguments and pictures that are wrong."""
    (tmp_path / "models").write_bytes(b"")
    with pytest.raises(DetectorFailed, match="models"):
        CnnDetector(folder=tmp_path / "models").detect(drawn_scene())
    with pytest.raises(ValueError, match="upsample"):
        CnnDetector(upsample=3)
    with pytest.raises(ValueError, match="longest_side"):
        CnnDetector(longest_side=79)
    with pytest.raises(ValueError, match="image"):
        CnnDetector().detect(np.zeros((10, 10), np.uint8))
