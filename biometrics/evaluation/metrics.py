"""Error rates from distances: pure functions, each checked by hand in its tests.

Words as in ISO/IEC 19795-1: genuine comparisons are of one person, impostor comparisons of two. A
pair is accepted when its distance is at most the threshold. An infinite distance stands for a
picture without a face: it is never accepted, so failures to acquire count as errors of genuine
pairs and are not dropped.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Distances = NDArray[np.float64]
"""`float64 (n,)`, 0 or more, infinite for failures to acquire; never not-a-number."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Both error rates at every threshold.

    Args:
        thresholds: Ascending, `float64 (k,)`; the first accepts nothing.
        fmr: Share of impostor comparisons accepted, ascending.
        fnmr: Share of genuine comparisons not accepted, descending.
        genuine: Comparisons behind `fnmr`.
        impostor: Comparisons behind `fmr`.
    """

    thresholds: Distances
    fmr: Distances
    fnmr: Distances
    genuine: int
    impostor: int


@dataclass(frozen=True, slots=True)
class Point:
    """Error rates at one threshold; `target` is the FMR it was chosen for."""

    target: float
    threshold: float
    fmr: float
    fnmr: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts at one threshold: accepted and refused, of genuine and of impostor pairs."""

    accepted_genuine: int
    refused_genuine: int
    accepted_impostor: int
    refused_impostor: int

    @property
    def total(self) -> int:
        """Comparisons."""
        return (
            self.accepted_genuine
            + self.refused_genuine
            + self.accepted_impostor
            + self.refused_impostor
        )

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return _share(self.accepted_genuine + self.refused_impostor, self.total)

    @property
    def precision(self) -> float:
        """Share of the accepted that are genuine; 0 when nothing is accepted."""
        return _share(self.accepted_genuine, self.accepted_genuine + self.accepted_impostor)

    @property
    def recall(self) -> float:
        """Share of the genuine that are accepted: 1 minus the FNMR."""
        return _share(self.accepted_genuine, self.accepted_genuine + self.refused_genuine)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _share(
            2 * self.accepted_genuine,
            2 * self.accepted_genuine + self.accepted_impostor + self.refused_genuine,
        )

    @property
    def fmr(self) -> float:
        """Share of the impostors accepted (the FAR of older texts)."""
        return _share(self.accepted_impostor, self.accepted_impostor + self.refused_impostor)

    @property
    def fnmr(self) -> float:
        """Share of the genuine refused (the FRR of older texts)."""
        return _share(self.refused_genuine, self.accepted_genuine + self.refused_genuine)


def confusion(genuine: Distances, impostor: Distances, threshold: float) -> Confusion:
    """Counts at a threshold."""
    accepted_genuine = int((genuine <= threshold).sum())
    accepted_impostor = int((impostor <= threshold).sum())
    return Confusion(
        accepted_genuine,
        len(genuine) - accepted_genuine,
        accepted_impostor,
        len(impostor) - accepted_impostor,
    )


def curve(genuine: Distances, impostor: Distances) -> Curve:
    """The error rates at every distance that occurs.

    Raises:
        ValueError: One of the two is empty, or holds something that is not a number.
    """
    if len(genuine) == 0 or len(impostor) == 0:
        raise ValueError("both genuine and impostor distances are needed")
    together = np.concatenate([genuine, impostor])
    if np.isnan(together).any():
        raise ValueError("a distance is not a number")
    finite = np.unique(together[np.isfinite(together)])
    lowest = float(finite[0]) if len(finite) else 0.0
    thresholds = np.concatenate([[np.nextafter(lowest, -1.0)], finite])
    return Curve(
        thresholds,
        np.searchsorted(np.sort(impostor), thresholds, "right") / len(impostor),
        1 - np.searchsorted(np.sort(genuine), thresholds, "right") / len(genuine),
        len(genuine),
        len(impostor),
    )


def curve_of_counts(
    edges: Distances,
    genuine: NDArray[np.int64],
    impostor: NDArray[np.int64],
    *,
    not_acquired: int = 0,
) -> Curve:
    """The error rates at the bins' edges of two histograms.

    Args:
        edges: Ascending, one more than bins; a distance on an edge is in the bin below it.
        genuine: Comparisons in each bin.
        impostor: The same.
        not_acquired: Genuine comparisons beside those in bins, never accepted.

    Raises:
        ValueError: One of the two is empty.
    """
    if genuine.sum() == 0 or impostor.sum() == 0:
        raise ValueError("both genuine and impostor distances are needed")
    zero = np.zeros(1, dtype=np.int64)
    compared = int(genuine.sum()) + not_acquired
    return Curve(
        edges,
        np.concatenate([zero, impostor.cumsum()]) / impostor.sum(),
        1 - np.concatenate([zero, genuine.cumsum()]) / compared,
        compared,
        int(impostor.sum()),
    )


def point_at_fmr(errors: Curve, target: float) -> Point:
    """The FNMR at the largest threshold whose FMR is at most `target`."""
    place = int(np.searchsorted(errors.fmr, target, "right")) - 1
    return Point(
        target,
        float(errors.thresholds[place]),
        float(errors.fmr[place]),
        float(errors.fnmr[place]),
    )


def equal_error_rate(errors: Curve) -> tuple[float, float]:
    """Where FMR and FNMR cross, straight lines between thresholds: the rate, the threshold."""
    place = int(np.argmax(errors.fmr >= errors.fnmr))
    if place == 0:
        # Never where genuine pairs fail to be acquired more often than impostors are refused.
        if errors.fmr[0] < errors.fnmr[0]:
            return float((errors.fmr[-1] + errors.fnmr[-1]) / 2), float(errors.thresholds[-1])
        return float(errors.fmr[0]), float(errors.thresholds[0])
    before = errors.fnmr[place - 1] - errors.fmr[place - 1]
    after = errors.fmr[place] - errors.fnmr[place]
    way = float(before / (before + after))

    def between(values: Distances) -> float:
        return float(values[place - 1] + way * (values[place] - values[place - 1]))

    return between(errors.fmr), between(errors.thresholds)


def area_under_roc(errors: Curve) -> float:
    """The chance that a genuine pair lies nearer than an impostor pair."""
    fmr = np.concatenate([errors.fmr, [1.0]])
    accepted = np.concatenate([1 - errors.fnmr, [1 - errors.fnmr[-1]]])
    return float(np.trapezoid(accepted, fmr))


def best_threshold(genuine: Distances, impostor: Distances) -> float:
    """The threshold of most right answers; the middle one where several are as good.

    Raises:
        ValueError: As `curve`.
    """
    errors = curve(genuine, impostor)
    right = (1 - errors.fnmr) * errors.genuine + (1 - errors.fmr) * errors.impostor
    # Counts are whole numbers; shares of them differ in the last digit.
    best = np.round(right) == np.round(right).max()
    first = int(best.argmax())
    worse = np.flatnonzero(~best[first:])
    last = int(first + worse[0]) if len(worse) else len(best) - 1
    return float(errors.thresholds[first] + errors.thresholds[last]) / 2


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
