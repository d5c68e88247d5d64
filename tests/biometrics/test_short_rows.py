"""Rows in fewer numbers: how far off their products are is known for each of them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.short_rows import LEAST_ROWS, Short


def rows_along(fewer: int, count: int, *, beside: float = 1e-4) -> NDArray[np.float32]:
    """Unit rows of 64 numbers that lie in so many dimensions, but for a little."""
    chance = np.random.default_rng(fewer)
    axes = np.linalg.qr(chance.standard_normal((64, 64)))[0]
    spread = np.where(np.arange(64) < fewer, 1.0, beside)
    rows = (chance.standard_normal((count, 64)) * spread) @ axes.T
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = rows.astype(np.float32)
    return unit


def test_as_many_numbers_are_kept_as_rows_need() -> None:
    """A multiple of what a processor multiplies at once."""
    short = Short.of(rows_along(20, LEAST_ROWS))
    assert short is not None
    assert short.rows.shape == (LEAST_ROWS, 32)
    assert short.axes.shape == (64, 32)
    assert short.beside < 1e-3


@pytest.mark.parametrize(("fewer", "count"), [(20, LEAST_ROWS - 1), (60, LEAST_ROWS), (64, 5000)])
def test_there_are_none_where_they_would_gain_nothing(fewer: int, count: int) -> None:
    """Few rows, or such as fill all dimensions."""
    assert Short.of(rows_along(fewer, count)) is None


@pytest.mark.parametrize("beside", [0.0, 1e-4, 1.0])
def test_products_are_off_by_no_more_than_the_lengths_beside(beside: float) -> None:
    """Of probes that lie there too, and of such as lie anywhere; hardly less for some."""
    vectors = rows_along(20, 3000)
    short = Short.of(vectors)
    assert short is not None
    probes = rows_along(20, 200, beside=beside)
    along, lengths = short.along(probes)
    exact = probes.astype(np.float64) @ vectors.astype(np.float64).T
    off = np.abs(along.astype(np.float64) @ short.rows.astype(np.float64).T - exact)
    assert (off <= (lengths * short.beside)[:, np.newaxis] + 2.0**-22).all()
    if beside == 1.0:
        assert off.max() > 0.2 * lengths.max() * short.beside
