"""Error rates against values computed by hand."""

import numpy as np
import pytest

from biometrics.evaluation.metrics import (
    area_under_roc,
    best_threshold,
    confusion,
    curve,
    curve_of_counts,
    equal_error_rate,
    point_at_fmr,
)

GENUINE = np.array([0.1, 0.2, 0.3, 0.6])
IMPOSTOR = np.array([0.4, 0.5, 0.7, 0.8, 0.9])


def test_confusion_by_hand() -> None:
    """At 0.5: three of four genuine in, two of five impostors in."""
    counts = confusion(GENUINE, IMPOSTOR, 0.5)
    assert (counts.accepted_genuine, counts.refused_genuine) == (3, 1)
    assert (counts.accepted_impostor, counts.refused_impostor) == (2, 3)
    assert counts.accuracy == pytest.approx(6 / 9)
    assert counts.precision == pytest.approx(3 / 5)
    assert counts.recall == pytest.approx(3 / 4)
    assert counts.f1 == pytest.approx(2 * 0.6 * 0.75 / (0.6 + 0.75))
    assert counts.fmr == pytest.approx(2 / 5)
    assert counts.fnmr == pytest.approx(1 / 4)


def test_nothing_accepted_has_no_precision() -> None:
    """Shares of nothing are 0, not an error."""
    counts = confusion(GENUINE, IMPOSTOR, 0.0)
    assert (counts.precision, counts.recall, counts.f1) == (0.0, 0.0, 0.0)
    assert confusion(np.array([]), np.array([]), 0.5).accuracy == 0.0


def test_curve_begins_with_nothing_accepted() -> None:
    """The first threshold lies below every distance, the last accepts everything."""
    errors = curve(GENUINE, IMPOSTOR)
    assert (errors.fmr[0], errors.fnmr[0]) == (0.0, 1.0)
    assert (errors.fmr[-1], errors.fnmr[-1]) == (1.0, 0.0)
    assert np.all(np.diff(errors.fmr) >= 0)
    assert np.all(np.diff(errors.fnmr) <= 0)


def test_failures_to_acquire_are_never_accepted() -> None:
    """An infinite distance stays an error of genuine pairs at every threshold."""
    errors = curve(np.append(GENUINE, np.inf), IMPOSTOR)
    assert errors.fnmr[-1] == pytest.approx(1 / 5)
    assert (errors.genuine, errors.impostor) == (5, 5)
    assert np.isfinite(errors.thresholds).all()


@pytest.mark.parametrize(
    ("genuine", "impostor"),
    [([], [0.5]), ([0.5], []), ([np.nan], [0.5])],
)
def test_a_curve_needs_both_kinds_and_numbers(genuine: list[float], impostor: list[float]) -> None:
    """Nothing is computed from nothing, or from what is not a number."""
    with pytest.raises(ValueError, match=r"needed|not a number"):
        curve(np.array(genuine), np.array(impostor))


def test_point_at_fmr_by_hand() -> None:
    """At FMR 0: threshold 0.3, one missed. At FMR 40 %: threshold 0.6, none missed."""
    errors = curve(GENUINE, IMPOSTOR)
    strict = point_at_fmr(errors, 0.0)
    assert (strict.threshold, strict.fmr, strict.fnmr) == (0.3, 0.0, 0.25)
    lax = point_at_fmr(errors, 0.4)
    assert (lax.threshold, lax.fmr, lax.fnmr) == (0.6, 0.4, 0.0)


def test_point_at_fmr_refuses_all_where_it_must() -> None:
    """When the nearest pair is an impostor pair, FMR 0 accepts nothing."""
    point = point_at_fmr(curve(np.array([0.2]), np.array([0.1])), 0.0)
    assert (point.fmr, point.fnmr) == (0.0, 1.0)
    assert point.threshold < 0.1


def test_equal_error_rate_by_hand() -> None:
    """Of four and four one each is wrong between 0.4 and 0.5: 25 %."""
    errors = curve(np.array([0.1, 0.2, 0.3, 0.5]), np.array([0.4, 0.6, 0.7, 0.8]))
    rate, threshold = equal_error_rate(errors)
    assert rate == pytest.approx(0.25)
    assert 0.3 <= threshold <= 0.5


def test_equal_error_rate_of_separate_distances_is_zero() -> None:
    """Nothing overlaps."""
    assert equal_error_rate(curve(np.array([0.1, 0.2]), np.array([0.8, 0.9])))[0] == 0.0


def test_equal_error_rate_without_acquisition() -> None:
    """Where every genuine pair failed the rates cross in the straight line's end."""
    rate, _ = equal_error_rate(curve(np.array([np.inf]), np.array([0.5])))
    assert 0.5 <= rate <= 1.0


def test_area_under_roc_is_the_share_of_ordered_pairs() -> None:
    """0.6 lies behind 0.4 and 0.5: 18 of 20 pairs of distances are in order."""
    assert area_under_roc(curve(GENUINE, IMPOSTOR)) == pytest.approx(18 / 20)


def test_area_under_roc_counts_ties_half() -> None:
    """The same distance on both sides is chance."""
    assert area_under_roc(curve(np.array([0.5]), np.array([0.5]))) == pytest.approx(0.5)


def test_best_threshold_lies_in_the_middle_of_the_gap() -> None:
    """Between 0.3 and 0.4 one error is made, as little as anywhere."""
    assert best_threshold(GENUINE, IMPOSTOR) == pytest.approx(0.35)
    assert best_threshold(np.array([0.1]), np.array([0.9])) == pytest.approx(0.5)


def test_histograms_give_the_same_rates() -> None:
    """At the edges, rates from counts equal those from distances."""
    edges = np.linspace(0, 1, 11)
    bins = [np.histogram(values - 1e-9, edges)[0] for values in (GENUINE, IMPOSTOR)]
    errors = curve_of_counts(edges, *bins)
    point = point_at_fmr(errors, 0.4)
    assert (point.threshold, point.fnmr) == (pytest.approx(0.6), 0.0)
    with_missing = curve_of_counts(edges, *bins, not_acquired=4)
    assert with_missing.fnmr[-1] == pytest.approx(0.5)
    with pytest.raises(ValueError, match="needed"):
        curve_of_counts(edges, np.zeros(10, dtype=np.int64), bins[1])
