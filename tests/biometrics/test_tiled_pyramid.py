"""dlib's tiled pyramid: its layout, its way back to the picture, its interpolation."""

import dlib
import numpy as np
import pytest

from biometrics.tiled_pyramid import OUTER_PADDING, PADDING, Copy, sheet_for, shrunk


@pytest.mark.parametrize(
    "size", [(640, 480), (480, 640), (250, 250), (1280, 720), (333, 31), (81, 500), (1, 1), (9, 6)]
)
def test_copies_lie_apart_and_inside_the_sheet(size: tuple[int, int]) -> None:
    """The first is the original; each is smaller than the one before."""
    sheet = sheet_for(*size)
    first = sheet.copies[0]
    assert first == Copy(OUTER_PADDING, OUTER_PADDING, *size)
    covered = np.zeros((sheet.height, sheet.width), dtype=int)
    for copy in sheet.copies:
        assert copy.left >= OUTER_PADDING
        assert copy.right <= sheet.width - OUTER_PADDING
        assert copy.top >= OUTER_PADDING
        assert copy.bottom <= sheet.height - OUTER_PADDING
        covered[copy.top : copy.bottom, copy.left : copy.right] += 1
    assert covered.max() == 1
    widths = [copy.width for copy in sheet.copies]
    assert widths == sorted(widths, reverse=True)


def test_the_layout_of_a_camera_frame_is_dlibs() -> None:
    """Worked out by hand from dlib's rules for 640x480: five copies down, the rest up."""
    sheet = sheet_for(640, 480)
    column = [copy for copy in sheet.copies if copy.left == OUTER_PADDING]
    assert [copy.height for copy in column] == [480, 400, 333, 277, 230]
    assert sheet.height == 480 + 400 + 333 + 277 + 230 + 4 * PADDING + 2 * OUTER_PADDING
    assert sheet.width == 640 + 2 * OUTER_PADDING
    sixth = sheet.copies[5]
    assert (sixth.right, sixth.bottom) == (640 + OUTER_PADDING, sheet.height - OUTER_PADDING)


@pytest.mark.parametrize("level", [0, 1, 5])
def test_points_go_back_up_as_dlib_takes_them(level: int) -> None:
    """Compared with dlib's own `rect_up`."""
    sheet = sheet_for(640, 480)
    copy = sheet.copies[level]
    expected = dlib.drectangle(12, 7, 91, 86)
    if level:
        expected = dlib.pyramid_down(6).rect_up(expected, level)
    left, top = sheet.to_image(copy.left + 12, copy.top + 7, level)
    right, bottom = sheet.to_image(copy.left + 91, copy.top + 86, level)
    wanted = (expected.left(), expected.top(), expected.right(), expected.bottom())
    assert (left, top, right, bottom) == pytest.approx(wanted)


def test_a_pixel_belongs_to_the_nearest_copy() -> None:
    """Also one between copies, and one outside all."""
    sheet = sheet_for(640, 480)
    second = sheet.copies[1]
    assert sheet.level_of(second.left, second.top) == 1
    assert sheet.level_of(second.left, second.top - 1) == 1
    assert sheet.level_of(second.left, second.top - PADDING) == 0
    assert sheet.level_of(0, 0) == 0


def test_interpolation_keeps_corners_on_corners() -> None:
    """A ramp stays a ramp, from the first value to the last."""
    ramp = np.broadcast_to(np.linspace(0, 100, 61, dtype=np.float32), (3, 41, 61))
    small = shrunk(ramp, 34, 50)
    assert small.shape == (3, 34, 50)
    np.testing.assert_allclose(small[1, 7], np.linspace(0, 100, 50), rtol=0, atol=1e-3)
    assert shrunk(ramp, 1, 1).shape == (3, 1, 1)


def test_the_sheet_holds_the_picture_less_the_average_colour() -> None:
    """And nought between the copies."""
    image = np.full((40, 60, 3), 200, dtype=np.uint8)
    sheet = sheet_for(60, 40)
    filled = sheet.filled(image)
    assert filled.shape == (1, 3, sheet.height, sheet.width)
    for copy in sheet.copies:
        part = filled[0, 0, copy.top : copy.bottom, copy.left : copy.right]
        np.testing.assert_allclose(part, 200 - 122.782, rtol=0, atol=1e-3)
    assert (filled[0, :, :OUTER_PADDING] == 0).all()
