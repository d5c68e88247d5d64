"""One look: which face, its measures, and the encodings of its views."""

import numpy as np
import pytest

from biometrics.detect import DetectorFailed
from biometrics.evaluation.looking import Look, Looker, encoded, picture_hash
from biometrics.faces import Detection, Image
from biometrics.geometry import Box
from tests.biometrics.evaluation.sets import ColourDetector, ColourEncoder, WholeAligner, looker
from tests.biometrics.support import FakeDetector

RED = np.full((90, 120, 3), (200, 30, 30), dtype=np.uint8)
GREY = np.full((90, 120, 3), 128, dtype=np.uint8)


def test_the_face_in_the_middle_is_taken() -> None:
    """Not the larger one at the edge."""
    detector = FakeDetector(Box(0, 0, 50, 50), Box(50, 35, 70, 55))
    look = Looker((detector,), WholeAligner()).look(RED, b"1" * 32)
    assert look.seen.faces == 2
    assert look.seen.face_px == 20
    assert (look.seen.width, look.seen.height) == (120, 90)


def test_the_second_detector_is_asked_when_nothing_is_found() -> None:
    """And only then."""
    empty, full = FakeDetector(), FakeDetector(Box(30, 30, 60, 60))
    assert Looker((empty, full), WholeAligner()).look(RED, b"1" * 32).cuts
    assert (empty.asked, full.asked) == (1, 1)
    Looker((full, empty), WholeAligner()).look(RED, b"1" * 32)
    assert empty.asked == 1


def test_no_face_is_an_ordinary_outcome() -> None:
    """The picture is measured all the same."""
    look = Looker((ColourDetector(),), WholeAligner()).look(GREY, b"1" * 32)
    assert (look.cuts, look.seen.faces) == ((), 0)
    assert look.seen.brightness == pytest.approx(128)


def test_the_second_detector_is_asked_when_nobody_is_over_the_middle() -> None:
    """A bystander at the edge is not the picture's person; without a second opinion, they are."""
    bystander, person = FakeDetector(Box(0, 0, 20, 20)), FakeDetector(Box(45, 30, 75, 60))
    assert Looker((bystander, person), WholeAligner()).look(RED, b"1" * 32).seen.face_px == 30
    assert person.asked == 1
    assert Looker((bystander, FakeDetector()), WholeAligner()).look(RED, b"1" * 32).cuts


def test_a_batch_is_encoded_with_all_its_views() -> None:
    """Two cuts and a turned one, each straight and mirrored; pictures without a face pass."""
    halves = RED.copy()
    halves[:, :60] = (30, 30, 200)
    looks: list[Look] = [looker().look(image, b"data") for image in (GREY, halves, RED)]
    encoder = ColourEncoder()
    seen = encoded(looks, encoder)
    assert [one.straight is None for one in seen] == [True, False, False]
    assert encoder.encoded == 12
    assert not np.array_equal(seen[1].straight, seen[1].fused)
    assert encoded(looks[:1], encoder) == [looks[0].seen]


def test_picture_hash_stays_when_saved_again(hopper: Image, collins: Image) -> None:
    """Half the size changes few bits, another picture many."""
    own = picture_hash(hopper)
    assert (own ^ picture_hash(np.ascontiguousarray(hopper[::2, ::2]))).bit_count() <= 4
    assert (own ^ picture_hash(collins)).bit_count() > 12


class BrokenDetector:
    """Cannot be used."""

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, image: Image) -> list[Detection]:
        self.asked += 1
        raise DetectorFailed("It is broken.")


def test_a_detector_that_fails_is_left_out() -> None:
    """Asked once; what is not found then is not the last word."""
    broken = BrokenDetector()
    failing = Looker((ColourDetector(), broken), WholeAligner())
    for _ in range(2):
        assert not failing.look(GREY, b"1" * 32).final
    assert broken.asked == 1
    assert failing.look(RED, b"1" * 32).final
