"""Two pictures compared: with the real models, and with what can go wrong."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from biometrics.evaluation.one_to_one import THRESHOLD, Comparison, NotComparable, compare
from biometrics.pictures import PictureError
from biometrics.vision import Vision
from tests.biometrics.support import COLLINS, HOPPER


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


def test_the_limit_belongs_to_the_same_person() -> None:
    """At most the threshold."""
    assert Comparison(THRESHOLD, THRESHOLD).same
    assert not Comparison(THRESHOLD + 1e-9, THRESHOLD).same
