"""What plots need from an evaluation: curves of some hundred points and two histograms."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.metrics import Curve, Distances

POINTS = 400
"""Of a curve in a report: as many as a plot is wide."""
HISTOGRAM_BINS = 80
HISTOGRAM_TO = 1.2
"""Distances beyond are counted in the last bin: unit templates of strangers lie 0.57 apart."""


def thinned(errors: Curve, points: int = POINTS) -> dict[str, list[float]]:
    """A curve with its ends and about `points` thresholds between, close where FMR is small.

    Args:
        errors: With any number of thresholds.
        points: Kept.
    """
    changed = np.flatnonzero(
        np.concatenate([[True], (np.diff(errors.fmr) > 0) | (np.diff(errors.fnmr) < 0)])
    )
    if len(changed) > points:
        even = np.linspace(0, len(changed) - 1, points // 2).astype(int)
        # Evenly in the logarithm of the FMR as well, where the interesting thresholds are.
        grid = np.logspace(-7, 0, points // 2)
        small = np.searchsorted(errors.fmr[changed], grid, "right") - 1
        changed = changed[np.unique(np.concatenate([even, np.clip(small, 0, None)]))]
    return {
        "threshold": _listed(errors.thresholds[changed]),
        "fmr": _listed(errors.fmr[changed]),
        "fnmr": _listed(errors.fnmr[changed]),
    }


def histograms(genuine: Distances, impostor: Distances) -> dict[str, list[float]]:
    """Shares of both distributions in equal bins; failures to acquire are in neither."""
    edges = np.linspace(0, HISTOGRAM_TO, HISTOGRAM_BINS + 1)
    shares = {}
    for name, values in (("genuine", genuine), ("impostor", impostor)):
        finite = np.minimum(values[np.isfinite(values)], HISTOGRAM_TO)
        counts = np.histogram(finite, edges)[0]
        shares[name] = _listed(counts / max(1, len(finite)))
    return {"edges": _listed(edges), **shares}


def histograms_of_counts(
    edges: Distances, genuine: NDArray[np.int64], impostor: NDArray[np.int64]
) -> dict[str, list[float]]:
    """The same from fine histograms, every bin counted at its upper edge."""
    coarse = np.linspace(0, HISTOGRAM_TO, HISTOGRAM_BINS + 1)
    place = np.minimum(edges[1:], HISTOGRAM_TO - 1e-9)
    shares = {
        name: _listed(np.histogram(place, coarse, weights=counts)[0] / max(1, counts.sum()))
        for name, counts in (("genuine", genuine), ("impostor", impostor))
    }
    return {"edges": _listed(coarse), **shares}


def _listed(values: NDArray[Any]) -> list[float]:
    return [round(float(value), 8) for value in values]
