"""Folds, thresholds of the others, and failures that are not dropped."""

import numpy as np
import pytest

from biometrics.evaluation.acquire import Acquisition
from biometrics.evaluation.metrics import curve
from biometrics.evaluation.pairs import Pair, PairList
from biometrics.evaluation.verification import cross_validated, points, verification_report
from tests.biometrics.evaluation.sets import acquisition, at, item


def two_folds(*, broken: bool = False) -> tuple[PairList, Acquisition]:
    """People 60 degrees apart, pictures of one 5 degrees; one picture may have no face."""
    items = [
        item(name, number, at(60 * place + 5 * number))
        for place, name in enumerate(("Ann", "Bob", "Cem", "Dee"))
        for number in (0, 1)
    ]
    if broken:
        items[1] = item("Ann", 1, None)
    folds = (
        (Pair(0, 1, same=True), Pair(0, 2, same=False), Pair(2, 3, same=True)),
        (Pair(4, 5, same=True), Pair(4, 6, same=False), Pair(6, 7, same=True)),
    )
    return PairList(folds, "by hand"), acquisition(*items)


def test_the_threshold_comes_from_the_other_folds() -> None:
    """The second fold's own best threshold would be 0.6; it is judged at the first's."""
    first = (np.array([0.1]), np.array([0.3]))
    second = (np.array([0.5]), np.array([0.7]))
    counts, thresholds = cross_validated([first, second])
    assert thresholds == [pytest.approx(0.6), pytest.approx(0.2)]
    assert [one.accuracy for one in counts] == [0.5, 0.5]


def test_a_single_fold_is_judged_at_its_own() -> None:
    """Which flatters, and is said in the report."""
    counts, thresholds = cross_validated([(np.array([0.1]), np.array([0.3]))])
    assert thresholds == [pytest.approx(0.2)]
    assert counts[0].accuracy == 1.0


def test_the_whole_report() -> None:
    """Nothing overlaps: everything is right, and 3 impostor pairs are too few for any claim."""
    report = verification_report(*two_folds())
    assert report["accuracy"] == {"mean": 1.0, "deviation": 0.0}
    assert (report["genuine"], report["impostor"], report["folds"]) == (4, 2, 2)
    assert report["eer"] == 0.0
    assert report["area_under_roc"] == pytest.approx(1.0)
    assert report["cross_validated"] is True
    assert report["accuracy_of_acquired"] == {"mean": 1.0, "deviation": 0.0}
    assert not any(row["supported"] for row in report["at_fmr"])
    # At 60 degrees raw vectors of length 1 lie 1 apart: the habit is right here too.
    assert report["naive"]["accuracy"]["mean"] == 1.0


def test_failures_to_acquire_are_errors() -> None:
    """One of four genuine pairs has a picture without a face: it is refused, and counted apart."""
    report = verification_report(*two_folds(broken=True))
    assert report["not_acquired"] == {"genuine": 1, "impostor": 0}
    assert report["genuine"] == 4
    assert report["recall"]["mean"] == pytest.approx(0.75)
    assert report["accuracy"]["mean"] == pytest.approx((2 / 3 + 1) / 2)
    assert report["accuracy_of_acquired"]["mean"] == 1.0


def test_no_pairs_of_a_kind() -> None:
    """There is nothing to choose a threshold from."""
    pairs, seen = two_folds()
    with pytest.raises(ValueError, match="needed"):
        verification_report(PairList((pairs.folds[0][:1],), "by hand"), seen)


def test_a_claim_needs_its_sample() -> None:
    """300 impostor pairs are enough for an FMR of 1 %, not for less."""
    rows = points(curve(np.array([0.1]), np.linspace(0.5, 1, 300)))
    assert [row["supported"] for row in rows] == [True, False, False]
    assert rows[0]["fmr_interval"][1] > rows[0]["fmr"]
