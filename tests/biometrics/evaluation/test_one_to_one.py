"""Two pictures compared: with the real models, and with what can go wrong."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from biometrics.evaluation.one_to_one import NotComparable, compare
from biometrics.faces import Face, Image
from biometrics.geometry import Box
from biometrics.pictures import PictureError
from biometrics.quality import PHOTO, QualityLimits
from biometrics.vision import PhotoSample, SeenFace, Vision
from biometrics.yardstick import usual
from tests.biometrics.support import COLLINS, HOPPER, frontal_landmarks, good_quality


def test_the_same_picture_and_another_person(vision: Vision) -> None:
    """A copy that is mirrored lies near, another person far."""
    assert compare(HOPPER, HOPPER, vision).distance == pytest.approx(0)
    other = compare(HOPPER, COLLINS, vision)
    assert not other.same
    assert other.distance > 0.45
    assert "Not the same person" in other.sentence


def test_a_changed_copy_is_the_same(vision: Vision, tmp_path: Path) -> None:
    """Mirrored and saved small."""
    with Pillow.open(HOPPER) as picture:
        ImageOps.mirror(picture.resize((256, 300))).save(tmp_path / "copy.jpg")
    found = compare(HOPPER, tmp_path / "copy.jpg", vision)
    assert found.same
    assert found.as_dict()["same"] is True


def test_poor_pictures_are_compared_with_a_word(vision: Vision, tmp_path: Path) -> None:
    """A dark copy gets a warning that names it."""
    with Pillow.open(HOPPER) as picture:
        dark = picture.point(lambda value: value // 8)
    dark.save(tmp_path / "dark.png")
    found = compare(HOPPER, tmp_path / "dark.png", vision)
    assert any("dark.png: More light needed" in warning for warning in found.warnings)


def test_no_face_and_several(vision: Vision, tmp_path: Path) -> None:
    """The picture is named."""
    Pillow.new("RGB", (200, 200), "white").save(tmp_path / "white.png")
    with pytest.raises(NotComparable, match=r"white\.png: No face"):
        compare(HOPPER, tmp_path / "white.png", vision)
    with Pillow.open(HOPPER) as picture:
        twice = np.concatenate([np.asarray(picture.convert("RGB"))] * 2, axis=1)
    Pillow.fromarray(twice).save(tmp_path / "twice.png")
    with pytest.raises(NotComparable, match="One person at a time"):
        compare(tmp_path / "twice.png", HOPPER, vision)
    with pytest.raises(PictureError, match="not there"):
        compare(tmp_path / "none.png", HOPPER, vision)


def test_the_limit_follows_from_the_target(vision: Vision) -> None:
    """Stricter is nearer; what may be expected is said, and in JSON."""
    found = [compare(HOPPER, COLLINS, vision, target_fmr=t) for t in (0.01, 0.001, 0.0001)]
    limits = [one.threshold for one in found]
    assert limits == sorted(limits, reverse=True)
    plain = found[1].as_dict()
    assert plain["target_fmr"] == 0.001
    assert plain["expected_fmr"] == pytest.approx(0.001, rel=0.01)
    low, high = plain["expected_fmr_interval"]
    assert low < 0.001 < high
    assert 0 < plain["expected_fnmr"] < 0.2
    assert "about 10 of 10,000 strangers are taken for the person" in found[1].sentence
    with pytest.raises(ValueError, match="target"):
        compare(HOPPER, COLLINS, vision, target_fmr=0.5)


def test_a_limit_in_place_of_a_target(vision: Vision) -> None:
    """At most that distance, and nothing is promised."""
    distance = compare(HOPPER, COLLINS, vision).distance
    assert compare(HOPPER, COLLINS, vision, threshold=distance).same
    refused = compare(COLLINS, HOPPER, vision, threshold=distance - 1e-6)
    assert not refused.same
    assert "target_fmr" not in refused.as_dict()
    assert refused.sentence.endswith(f"the limit is {distance - 1e-6:.3f}.")


class OwnNetwork:
    """Takes two pictures whose encodings lie that far apart, with a model nobody calibrated."""

    yardstick = usual(512)

    def __init__(self, distance: float) -> None:
        angles = [0.0, 2 * np.arcsin(distance / 2)]
        self.rows = [np.array([np.cos(angle), np.sin(angle)]) for angle in angles]

    def enrol_photo(self, image: Image, *, limits: QualityLimits = PHOTO) -> PhotoSample:
        assert image.shape
        box = Box(10, 10, 160, 160)
        face = Face(box, frontal_landmarks(box), 1.0)
        seen = SeenFace(face, np.full((112, 112, 3), 128, np.uint8), good_quality())
        return PhotoSample(self.rows.pop(0), seen)

    def close(self) -> None:
        """Nothing."""


@pytest.mark.parametrize(("distance", "same"), [(0.9, True), (1.2, False)])
def test_another_model_has_its_own_limit_and_a_warning(distance: float, *, same: bool) -> None:
    """0.9 apart is the same person there; a threshold that is given needs no warning."""
    found = compare(HOPPER, COLLINS, OwnNetwork(distance))
    assert found.same == same
    assert found.threshold == usual(512).same_person
    assert any("not calibrated" in warning for warning in found.warnings)
    given = compare(HOPPER, COLLINS, OwnNetwork(distance), threshold=1.3)
    assert given.same
    assert not any("not calibrated" in warning for warning in given.warnings)
