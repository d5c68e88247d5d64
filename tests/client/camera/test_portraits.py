"""Tests of the two portraits."""

import importlib.util
import sys

import numpy as np
import pytest

from client.camera.errors import CameraMissing
from client.camera.portraits import PORTRAITS, cut_out, find, named


def test_portraits_are_found_without_importing_their_packages() -> None:
    """scikit-image alone takes a second to import."""
    before = "skimage" in sys.modules
    for portrait in PORTRAITS:
        assert find(portrait).is_file()
    assert ("skimage" in sys.modules) is before


def test_keys_and_names_are_both_understood() -> None:
    """People type names."""
    assert named("Grace Hopper") is named("grace-hopper")
    assert named(" EILEEN_COLLINS ").name == "Eileen Collins"
    with pytest.raises(CameraMissing, match="grace-hopper, eileen-collins"):
        named("ada")


@pytest.mark.parametrize("portrait", PORTRAITS, ids=lambda portrait: portrait.key)
def test_the_face_is_covered_and_the_corners_are_not(portrait: object) -> None:
    """What is cut out is the person."""
    assert portrait in PORTRAITS
    chosen = next(each for each in PORTRAITS if each is portrait)
    cutout = cut_out(chosen)
    left, top, right, bottom = chosen.face
    middle = cutout.cover[(top + bottom) // 2, (left + right) // 2]
    assert (middle == 255).all()
    assert (cutout.cover[5, 5] == 0).all()
    assert cutout.colour.shape == cutout.cover.shape
    assert int(np.count_nonzero(cutout.colour[cutout.cover == 0])) == 0


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says how to install it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(CameraMissing, match="pip install"):
        find(PORTRAITS[0])
