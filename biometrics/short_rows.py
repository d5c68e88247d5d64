"""Unit rows once more in fewer numbers, where an encoder's rows fill fewer dimensions.

dlib's encodings have 128 numbers and lie in 80 dimensions: of unit encodings of the pictures of
lfw-dev the part beside those is 0.0002 long in the mean and 0.0009 at most. A product with the
shorter rows takes three fifths of the time, and is off by no more than the product of the two
lengths beside them. That is known for each row and each probe, whatever they are.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

LEAST_ROWS = 1024
"""Fewer tell too little about where rows lie, and are compared fast enough."""
_LOOKED_AT = 4096
_LEFT_OUT = 1e-6
"""Mean square of the length beside the axes, at most: what that changes in a cosine is less than
what rounding may."""
_STEP = 16
"""Numbers that a processor multiplies at once."""
_MOST = 0.75
"""Share of the dimensions; more would gain too little."""
_UNCERTAIN = 1e-7
"""Lengths beside the axes are known to 3e-8: the root of what float64 leaves of a difference."""


@dataclass(frozen=True, slots=True, eq=False)
class Short:
    """Rows along axes.

    Args:
        axes: At right angles to one another, `float64 (dimensions, fewer)`.
        rows: `float32 (n, fewer)`.
        beside: Length of what is left of any row beside the axes, at most.
    """

    axes: NDArray[np.float64]
    rows: NDArray[np.float32]
    beside: float

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Self | None:
        """These unit rows; None where they need nearly all dimensions. 25 ms for 16,384."""
        rows, dimensions = vectors.shape
        if rows < LEAST_ROWS:
            return None
        some = vectors[:: -(-rows // _LOOKED_AT)].astype(np.float64)
        squares, directions = np.linalg.eigh(some.T @ some / len(some))
        left = np.cumsum(np.maximum(squares, 0.0))  # the smallest first
        needed = dimensions - int(np.searchsorted(left, _LEFT_OUT))
        fewer = -(-needed // _STEP) * _STEP
        if fewer > _MOST * dimensions:
            return None
        axes = np.ascontiguousarray(directions[:, -fewer:])
        short, beside = _along(axes, vectors)
        return cls(axes, short, float(beside.max()))

    def along(
        self, vectors: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Other unit rows along the axes, and the lengths beside them, at most, `(n,)`."""
        return _along(self.axes, vectors)


def _along(
    axes: NDArray[np.float64], vectors: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    exact = vectors.astype(np.float64)
    along = exact @ axes
    short = along.astype(np.float32)
    kept = short.astype(np.float64)
    squares = np.vecdot(exact, exact) - 2 * np.vecdot(along, kept) + np.vecdot(kept, kept)
    return short, np.sqrt(np.maximum(squares, 0.0)) + _UNCERTAIN
