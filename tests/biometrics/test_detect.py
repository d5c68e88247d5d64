"""Faces are found where they are, and nowhere else."""

import logging
from pathlib import Path

import numpy as np
import pytest

from biometrics.detect import (
    DetectorFailed,
    FirstThatFinds,
    HogDetector,
    IfUsable,
    InTurn,
    ThoroughDetector,
    enlarged,
)
from biometrics.faces import Detection, Image
from biometrics.geometry import Box
from biometrics.pictures import read_picture
from tests.biometrics.support import FakeDetector

GREY = np.full((200, 200, 3), 128, dtype=np.uint8)


def test_a_portrait_has_one_face(hopper: Image) -> None:
    """Grace Hopper's face lies in the upper middle."""
    (found,) = HogDetector().detect(hopper)
    assert found.box.iou(Box(161, 137, 377, 353)) > 0.8
    assert found.strength > 1


def test_a_shrunk_search_answers_in_the_pictures_own_pixels(hopper: Image) -> None:
    """The box of a search at half size lies where that of a full search lies."""
    (full,) = HogDetector().detect(hopper)
    (shrunk,) = HogDetector(longest_side=300).detect(hopper)
    assert shrunk.box.iou(full.box) > 0.6


def test_the_largest_face_comes_first(hopper: Image, collins: Image) -> None:
    """So the main face is the first."""
    both = np.zeros((600, 1024, 3), np.uint8)
    both[:512, :512] = collins
    both[:, 512:] = hopper
    found = HogDetector().detect(both)
    assert found[0].box.left > 512
    areas = [detection.box.area for detection in found]
    assert areas == sorted(areas, reverse=True)
    assert any(detection.box.right < 512 for detection in found)


def test_no_face_in_noise() -> None:
    """Nothing is found where nothing is."""
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3)).astype(np.uint8)
    assert HogDetector().detect(noise) == []
    assert ThoroughDetector().detect(GREY) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (40, 40)])
def test_pictures_too_small_for_a_face_have_none(size: tuple[int, int]) -> None:
    """Also where shrinking would leave less than a pixel."""
    assert HogDetector(longest_side=100).detect(np.zeros((*size, 3), np.uint8)) == []


def test_settings_out_of_range_are_refused() -> None:
    """The message says which."""
    with pytest.raises(ValueError, match="upsample"):
        HogDetector(upsample=-1)
    with pytest.raises(ValueError, match="longest_side"):
        HogDetector(longest_side=10)
    with pytest.raises(ValueError, match="image"):
        HogDetector().detect(np.zeros((5, 5), np.uint8))


def test_a_photo_is_searched_again_when_faces_may_be_missed() -> None:
    """None found, or the largest is of the smallest size the first search can find."""
    large, small = Box(0, 0, 120, 120), Box(0, 0, 73, 73)
    for first, asked in ((FakeDetector(large), 0), (FakeDetector(small), 1), (FakeDetector(), 1)):
        second = FakeDetector(Box(0, 0, 50, 50), Box(60, 0, 110, 50))
        found = ThoroughDetector(first=first, second=second).detect(GREY)
        assert second.asked == asked
        assert len(found) == (2 if asked else 1)


def test_a_photo_keeps_the_first_search_when_the_second_finds_nothing() -> None:
    """A doubtful face is better than none: its quality decides."""
    first = FakeDetector(Box(0, 0, 73, 73))
    assert len(ThoroughDetector(first=first, second=FakeDetector()).detect(GREY)) == 1


def test_a_detector_that_cannot_be_used_is_left_out_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Logged with the reason; afterwards it is not even asked."""

    class Failing(FakeDetector):
        def detect(self, image: Image) -> list[Detection]:
            super().detect(image)
            raise DetectorFailed("There is no runtime.")

    failing, working = Failing(), FakeDetector(Box(0, 0, 90, 90))
    assert len(IfUsable(working).detect(GREY)) == 1
    wrapped = IfUsable(failing)
    with caplog.at_level(logging.WARNING):
        assert wrapped.detect(GREY) == wrapped.detect(GREY) == []
    assert failing.asked == 1
    assert [record.getMessage() for record in caplog.records] == ["face detector left out"]


def test_the_next_detector_is_asked_when_one_finds_nothing() -> None:
    """And not when it does."""
    blind, seeing, last = FakeDetector(), FakeDetector(Box(0, 0, 90, 90)), FakeDetector()
    assert len(FirstThatFinds(blind, seeing, last).detect(GREY)) == 1
    assert (blind.asked, seeing.asked, last.asked) == (1, 1, 0)
    assert FirstThatFinds(blind, last).detect(GREY) == []


def test_detectors_take_turns() -> None:
    """One a picture."""
    one, two = FakeDetector(), FakeDetector(Box(0, 0, 90, 90))
    both = InTurn(one, two)
    assert [len(both.detect(GREY)) for _ in range(4)] == [0, 1, 0, 1]
    assert (one.asked, two.asked) == (2, 2)


def test_enlarging_doubles() -> None:
    """Both sides, the kind of numbers kept."""
    assert enlarged(GREY[:50]).shape == (100, 400, 3)
    assert enlarged(GREY).dtype == np.uint8


@pytest.mark.parametrize(
    ("name", "faces"), [("010_2", 2), ("011_3", 3), ("015_6", 6), ("017_0", 0), ("dogs", 0)]
)
def test_groups_are_counted(data_dir: Path, name: str, faces: int) -> None:
    """The development pictures say in their names how many faces they hold."""
    image = read_picture(data_dir / "groups" / f"{name}.jpg")
    assert len(ThoroughDetector(longest_side=800).detect(image)) == faces
