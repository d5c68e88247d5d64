"""Boxes: areas, overlap, clipping, scaling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.geometry import Box


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(st.integers(-500, 500)), draw(st.integers(-500, 500))
    return Box(left, top, left + draw(st.integers(1, 500)), top + draw(st.integers(1, 500)))


def test_moved_keeps_the_size() -> None:
    """To either side, also out of the picture."""
    assert Box(10, 20, 30, 50).moved(-15, 5) == Box(-5, 25, 15, 55)


def test_measures_of_a_box() -> None:
    """Right and bottom are exclusive."""
    box = Box(10, 20, 40, 60)
    assert (box.width, box.height, box.area, box.centre) == (30, 40, 1200, (25.0, 40.0))


@pytest.mark.parametrize("edges", [(0, 0, 0, 5), (0, 0, 5, 0), (5, 0, 4, 5)])
def test_a_box_without_area_is_refused(edges: tuple[int, int, int, int]) -> None:
    """The message shows what was given."""
    with pytest.raises(ValueError, match=r"left < right"):
        Box(*edges)


@given(boxes(), boxes())
def test_overlap_is_symmetric_and_bounded(one: Box, other: Box) -> None:
    """Intersection over union lies between 0 and 1, and is 1 for a box with itself."""
    assert one.iou(other) == other.iou(one)
    assert 0 <= one.iou(other) <= 1
    assert one.iou(one) == 1


def test_boxes_apart_do_not_overlap() -> None:
    """Touching edges share nothing."""
    assert Box(0, 0, 10, 10).iou(Box(10, 0, 20, 10)) == 0


@given(boxes())
def test_a_clipped_box_lies_in_the_picture(box: Box) -> None:
    """None when nothing of it does."""
    clipped = box.clipped(100, 80)
    if clipped is None:
        assert box.shared_area(Box(0, 0, 100, 80)) == 0
    else:
        assert clipped.area == box.shared_area(Box(0, 0, 100, 80))


@given(boxes(), st.floats(0.01, 20))
def test_a_scaled_box_is_still_a_box(box: Box, factor: float) -> None:
    """Also where the factor would leave nothing of it."""
    scaled = box.scaled(factor)
    assert abs(scaled.width - box.width * factor) <= 1
