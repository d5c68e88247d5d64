"""Verification 1:1: the folds of a list of pairs, the threshold chosen on the other folds."""

import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np

from biometrics.evaluation.acquire import Acquisition, distances
from biometrics.evaluation.curves import histograms, thinned
from biometrics.evaluation.intervals import interval, trials_needed
from biometrics.evaluation.metrics import (
    Confusion,
    Curve,
    Distances,
    area_under_roc,
    best_threshold,
    confusion,
    curve,
    equal_error_rate,
    point_at_fmr,
)
from biometrics.evaluation.pairs import Pair, PairList
from biometrics.faces import Encoding

FMR_TARGETS = (1e-2, 1e-3, 1e-4)
NAIVE_THRESHOLD = 0.6
"""What face_recognition's documentation suggests, for raw encodings of the chip alone."""
_SCORES = ("accuracy", "precision", "recall", "f1", "fmr", "fnmr")

Fold = tuple[Distances, Distances]
"""Genuine and impostor distances of one fold."""


def fold_distances(pairs: PairList, templates: Sequence[Encoding | None]) -> list[Fold]:
    """Distances of each fold's pairs; infinite where a picture has no template."""

    def of(fold: Sequence[Pair], *, same: bool) -> Distances:
        wanted = [pair for pair in fold if pair.same is same]
        left = [templates[pair.left] for pair in wanted]
        return distances(left, [templates[pair.right] for pair in wanted])

    return [(of(fold, same=True), of(fold, same=False)) for fold in pairs.folds]


def joined(folds: Sequence[Fold]) -> Fold:
    """All folds as one."""
    return (
        np.concatenate([genuine for genuine, _ in folds]),
        np.concatenate([impostor for _, impostor in folds]),
    )


def cross_validated(folds: Sequence[Fold]) -> tuple[list[Confusion], list[float]]:
    """Each fold's counts at the best threshold of the others, and those thresholds.

    A single fold is judged at its own best threshold, which flatters.

    Raises:
        ValueError: The other folds hold no genuine or no impostor pairs.
    """
    counts, thresholds = [], []
    for place, (genuine, impostor) in enumerate(folds):
        others = [fold for other, fold in enumerate(folds) if other != place] or [folds[place]]
        threshold = best_threshold(*joined(others))
        counts.append(confusion(genuine, impostor, threshold))
        thresholds.append(threshold)
    return counts, thresholds


def verification_report(pairs: PairList, acquisition: Acquisition) -> dict[str, Any]:
    """The whole protocol, ready for JSON.

    Raises:
        ValueError: There are no genuine, or no impostor, pairs.
    """
    templates = acquisition.templates()
    folds = fold_distances(pairs, templates)
    genuine, impostor = joined(folds)
    errors = curve(genuine, impostor)
    counts, thresholds = cross_validated(folds)
    right = sum(one.accepted_genuine + one.refused_impostor for one in counts)
    total = sum(one.total for one in counts)
    eer, eer_threshold = equal_error_rate(errors)
    return {
        "pairs": pairs.origin,
        "problems": {"count": len(pairs.problems), "shown": list(pairs.problems[:50])},
        "left_out_by_limit": pairs.left_out,
        "folds": len(folds),
        "cross_validated": len(folds) > 1,
        "genuine": len(genuine),
        "impostor": len(impostor),
        "not_acquired": {
            "genuine": int(np.isinf(genuine).sum()),
            "impostor": int(np.isinf(impostor).sum()),
        },
        "thresholds": [round(threshold, 4) for threshold in thresholds],
        "per_fold": [{name: getattr(one, name) for name in _SCORES} for one in counts],
        **{name: _mean_and_deviation([getattr(one, name) for one in counts]) for name in _SCORES},
        "accuracy_interval": list(interval(right, total)),
        "accuracy_of_acquired": _accuracy_of_acquired(folds),
        "eer": eer,
        "eer_threshold": eer_threshold,
        "area_under_roc": area_under_roc(errors),
        "at_fmr": points(errors),
        "curve": thinned(errors),
        "histograms": histograms(genuine, impostor),
        "naive": naive_report(pairs, acquisition),
    }


def points(errors: Curve) -> list[dict[str, Any]]:
    """FNMR at the target FMRs, and whether there are impostors enough to claim such an FMR."""
    rows = []
    for target in FMR_TARGETS:
        point = point_at_fmr(errors, target)
        false_matches = round(point.fmr * errors.impostor)
        missed = round(point.fnmr * errors.genuine)
        rows.append(
            {
                "fmr_target": target,
                "threshold": point.threshold,
                "fmr": point.fmr,
                "fmr_interval": list(interval(false_matches, errors.impostor)),
                "fnmr": point.fnmr,
                "fnmr_interval": list(interval(missed, errors.genuine)),
                "supported": errors.impostor >= trials_needed(target),
                "needed": trials_needed(target),
            }
        )
    return rows


def naive_report(pairs: PairList, acquisition: Acquisition) -> dict[str, Any]:
    """The habit beside it: raw encoding of the chip alone, accepted within 0.6."""
    raw = [None if item.seen is None else item.seen.straight for item in acquisition.items]
    counts = [
        confusion(genuine, impostor, NAIVE_THRESHOLD)
        for genuine, impostor in fold_distances(pairs, raw)
    ]
    return {
        "threshold": NAIVE_THRESHOLD,
        **{name: _mean_and_deviation([getattr(one, name) for one in counts]) for name in _SCORES},
    }


def _accuracy_of_acquired(folds: Sequence[Fold]) -> dict[str, float] | None:
    """The same over pairs in which both faces were found, as most publications count."""
    found = [
        (genuine[np.isfinite(genuine)], impostor[np.isfinite(impostor)])
        for genuine, impostor in folds
    ]
    if any(len(distances) == 0 for distances in joined(found)):
        return None
    try:
        counts, _ = cross_validated(found)
    except ValueError:
        return None
    return _mean_and_deviation([one.accuracy for one in counts])


def _mean_and_deviation(values: Sequence[float]) -> dict[str, float]:
    """Over folds; the deviation is the sample's, 0 for one fold."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return {"mean": statistics.fmean(values), "deviation": deviation}
