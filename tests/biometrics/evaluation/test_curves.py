"""Curves and histograms small enough for a report."""

import numpy as np
import pytest

from biometrics.evaluation.curves import histograms, histograms_of_counts, thinned
from biometrics.evaluation.metrics import curve


def test_a_small_curve_is_kept_whole() -> None:
    """Every threshold at which something changes."""
    errors = curve(np.array([0.1, 0.2]), np.array([0.3]))
    points = thinned(errors)
    assert points["fmr"] == [0, 0, 0, 1]
    assert points["fnmr"] == [1, 0.5, 0, 0]


def test_a_large_curve_keeps_its_ends_and_small_rates() -> None:
    """A few hundred of 20,000 points, some of them below an FMR of 1 %."""
    chance = np.random.default_rng(1)
    errors = curve(chance.normal(0.3, 0.05, 10_000), chance.normal(0.6, 0.05, 10_000))
    points = thinned(errors)
    assert 100 < len(points["fmr"]) <= 400
    assert (points["fmr"][0], points["fmr"][-1]) == (0, 1)
    assert sum(0 < rate < 0.01 for rate in points["fmr"]) > 30


def test_histograms_are_shares() -> None:
    """Each adds up to 1; infinite distances are in neither."""
    found = histograms(np.array([0.1, 0.1, np.inf]), np.array([0.5, 5.0]))
    assert sum(found["genuine"]) == pytest.approx(1)
    assert max(found["genuine"]) == pytest.approx(1)
    assert found["impostor"][-1] == pytest.approx(0.5)
    assert len(found["edges"]) == len(found["genuine"]) + 1


def test_fine_histograms_give_the_same() -> None:
    """Counted from bins as from distances."""
    edges = np.linspace(0, 2, 2001)
    values = np.random.default_rng(2).uniform(0.05, 1.5, 5000)
    counts = np.histogram(values, edges)[0]
    coarse = histograms_of_counts(edges, counts, np.zeros(2000, dtype=np.int64))
    direct = histograms(values, values)
    assert np.abs(np.subtract(coarse["genuine"], direct["genuine"])).max() < 0.01
    assert sum(coarse["genuine"]) == pytest.approx(1, abs=1e-6)
    assert sum(coarse["impostor"]) == 0
