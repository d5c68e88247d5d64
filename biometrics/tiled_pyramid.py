"""dlib's tiled pyramid: one picture in ever smaller copies, side by side on one sheet.

The CNN detector sees windows of 80 by 80 px only, so it searches the copies for larger faces. Where
the copies lie decides which of their pixels fall on the same grid, so the layout is dlib's own
(`pyramid_down<6>`, 10 px between copies, 11 px round the sheet). So is the arithmetic: copies are
made in floats from the copy before, corners on corners, after the average colour was subtracted,
and nought lies between them.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.dlib_networks import AVERAGE_COLOUR
from biometrics.faces import Image

SHRINK = 5 / 6
PADDING, OUTER_PADDING = 10, 11
MIN_HEIGHT = 5
_SHIFT = 0.3
"""How far dlib moves a point when it goes up a level, in pixels of the larger picture."""

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Copy:
    """Where one copy lies on the sheet, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column behind it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height

    def distance_squared(self, x: int, y: int) -> int:
        """How far a pixel of the sheet lies from the copy; nought inside."""
        across = max(self.left - x, 0, x - (self.right - 1))
        down = max(self.top - y, 0, y - (self.bottom - 1))
        return across * across + down * down


@dataclass(frozen=True, slots=True)
class Sheet:
    """The size of the sheet and its copies, the original first."""

    width: int
    height: int
    copies: tuple[Copy, ...]

    def level_of(self, x: int, y: int) -> int:
        """The copy nearest to a pixel of the sheet; the first of several."""
        away = [copy.distance_squared(x, y) for copy in self.copies]
        return away.index(min(away))

    def to_image(self, x: float, y: float, level: int) -> tuple[float, float]:
        """A point of the sheet, seen on that copy, as a point of the original picture."""
        x, y = x - self.copies[level].left, y - self.copies[level].top
        for _ in range(level):
            x, y = x / SHRINK + _SHIFT, y / SHRINK + _SHIFT
        return x, y

    def filled(self, image: Image) -> NDArray[np.float32]:
        """The sheet `float32 (1, 3, height, width)` with the picture's copies on it."""
        sheet = np.zeros((1, 3, self.height, self.width), dtype=np.float32)
        now = np.ascontiguousarray(image.transpose(2, 0, 1)).astype(np.float32)
        now -= np.array(AVERAGE_COLOUR, dtype=np.float32)[:, None, None]
        for copy in self.copies:
            if (copy.height, copy.width) != now.shape[1:]:
                now = shrunk(now, copy.height, copy.width)
            sheet[0, :, copy.top : copy.bottom, copy.left : copy.right] = now
        return sheet


@functools.lru_cache(maxsize=8)
def sheet_for(width: int, height: int) -> Sheet:
    """The layout that dlib has for pictures of that size.

    Copies go down one column until the next one fits beside the one before; the rest goes up the
    right-hand side, as long as it does not reach the original.
    """
    sizes = _sizes(width, height)
    column_height = _column_height(sizes)
    copies: list[Copy] = []
    below = OUTER_PADDING
    for copy_width, copy_height in sizes:
        if below >= column_height + OUTER_PADDING:
            break
        copies.append(Copy(OUTER_PADDING, below, copy_width, copy_height))
        below += copy_height + PADDING
    bottom = below - PADDING
    for copy_width, copy_height in sizes[len(copies) :]:
        copy = Copy(
            OUTER_PADDING + width - copy_width, bottom - copy_height, copy_width, copy_height
        )
        if copy.top < OUTER_PADDING + height:
            break
        copies.append(copy)
        bottom = copy.top - PADDING
    return Sheet(width + 2 * OUTER_PADDING, column_height + 2 * OUTER_PADDING, tuple(copies))


def shrunk(planes: Plane, height: int, width: int) -> Plane:
    """The planes `(3, h, w)` at another size, by bilinear interpolation, corners on corners."""
    upper, lower, share = _between(planes.shape[1], _places(planes.shape[1], height))
    rows = planes[:, upper]
    rows += (planes[:, lower] - rows) * share[:, None]
    left, right, share = _between(planes.shape[2], _counted(planes.shape[2], width))
    columns = rows[:, :, left]
    columns += (rows[:, :, right] - columns) * share
    return columns


def _places(old: int, new: int) -> NDArray[np.float64]:
    """Where the new lines lie among the old ones."""
    return np.arange(new, dtype=np.float64) * _step(old, new)


def _counted(old: int, new: int) -> NDArray[np.float64]:
    """The same for columns, with the rounding errors of dlib's way to count: in float32, by fours.

    At sharp edges these errors, up to 0.001 px, change a face's strength by 1e-4.
    """
    step = _step(old, new)
    fours = np.full((-(-new // 4) + 1, 4), np.float32(4 * step), dtype=np.float32)
    fours[0] = [(lane - 4) * step for lane in range(4)]
    counted = np.cumsum(fours, axis=0, dtype=np.float32)[1:].ravel()
    # The last few, which have no neighbour to the right, are counted in float64.
    full = int(np.count_nonzero(counted[3::4].astype(np.intp) + 1 < old)) * 4
    places = _places(old, new)
    places[:full] = counted[:full][:new]
    return places


def _step(old: int, new: int) -> float:
    return (old - 1) / max(new - 1, 1)


def _between(
    old: int, places: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """The old lines before and after each place, and how near it is to the latter."""
    before = np.minimum(places.astype(np.intp), old - 1)
    return before, np.minimum(before + 1, old - 1), (places - before).astype(np.float32)


def _sizes(width: int, height: int) -> list[tuple[int, int]]:
    sizes = [(width, height)]
    while True:
        width, height = math.floor(SHRINK * width), math.floor(SHRINK * height)
        if width == 0 or height < MIN_HEIGHT:
            return sizes
        sizes.append((width, height))


def _column_height(sizes: list[tuple[int, int]]) -> int:
    """How far down the first column goes."""
    first_width, first_height = sizes[0]
    total = sum(height + PADDING for _, height in sizes) - 2 * PADDING
    column, before = 0, 0
    for width, height in sizes:
        fits_beside = width <= first_width - before - PADDING
        if fits_beside and (column - first_height) * 2 >= total - first_height:
            break
        column += height + PADDING
        before = width
    return column - PADDING
