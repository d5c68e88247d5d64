"""The views of a face: which, in which order, and that a turn is a turn."""

import numpy as np

from biometrics.faces import mirrored
from biometrics.views import TURN_DEGREES, probe_views, sample_views
from biometrics.vision import SeenFace


def test_every_cut_comes_straight_and_mirrored(hopper_seen: SeenFace) -> None:
    """A frame of two cuts is four views; the first one is the chip that was cut first."""
    views = probe_views(hopper_seen.cuts)
    assert len(views) == 4
    assert views[0] is hopper_seen.chip
    assert (views[1] == mirrored(hopper_seen.chip)).all()
    assert views[2] is hopper_seen.second


def test_a_sample_has_a_turned_view_too(hopper_seen: SeenFace) -> None:
    """Turned about the middle, which stays; nothing black comes in at the corners."""
    views = sample_views(hopper_seen.cuts)
    assert len(views) == 6
    turned = views[4].astype(int)
    assert (mirrored(views[4]) == views[5]).all()
    assert np.abs(turned[70:80, 70:80] - hopper_seen.chip[70:80, 70:80]).mean() < 12
    assert np.abs(turned - hopper_seen.chip).mean() > 3
    white = np.full((150, 150, 3), 255, dtype=np.uint8)
    assert (sample_views([white])[2] == 255).all()
    assert TURN_DEGREES > 0
