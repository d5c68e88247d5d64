"""What a policy may be, and how the cohort term moves its limit."""

import numpy as np
import pytest

from biometrics.policy import DEFAULT_POLICY, Cohort, Policy, largest


@pytest.mark.parametrize(
    "numbers", [(0, 0.1, 0), (2.0, 0.1, 0), (0.3, -0.1, 0), (0.3, 0.1, -1), (np.nan, 0.1, 0)]
)
def test_policies_are_distances(numbers: tuple[float, float, float]) -> None:
    """A threshold that accepts everybody is refused."""
    threshold, margin, allowance = numbers
    with pytest.raises(ValueError, match="distances"):
        Policy(threshold=threshold, margin=margin, one_sample_allowance=allowance)


@pytest.mark.parametrize("farthest", [0.0, -0.1, np.nan])
def test_a_bound_that_is_none_is_refused(farthest: float) -> None:
    """With NaN every comparison would fail, or none."""
    with pytest.raises(ValueError, match="distances"):
        Policy(threshold=0.3, margin=0.05, farthest=farthest)


def test_without_a_cohort_the_limit_is_the_threshold() -> None:
    """Whatever the crowd; one sample is allowed a little more."""
    assert DEFAULT_POLICY.limit(3) == DEFAULT_POLICY.limit(2, 0.2) == 0.31
    assert DEFAULT_POLICY.limit(1) == pytest.approx(0.33)


def test_the_limit_is_a_distance_for_the_cosine_that_is_needed() -> None:
    """Threshold 0.36 is a cosine of 0.9352; half of 0.02 crowding asks for 0.9452."""
    policy = Policy(threshold=0.36, margin=0.03, cohort=Cohort(nearest=3, weight=0.5, usual=0.9))
    assert policy.limit(3) == pytest.approx(0.36)
    assert policy.limit(3, 0.02) == pytest.approx(np.sqrt(2 - 2 * (1 - 0.36**2 / 2 + 0.01)))
    assert policy.limit(3, 1.0) == 0.0


def test_no_search_allows_more_than_the_farthest() -> None:
    """A threshold made for crowded places does not let anybody in where there is no crowd."""
    policy = Policy(threshold=0.42, margin=0.03, farthest=0.36)
    assert policy.limit(3) == 0.36
    assert policy.limit(1) == 0.36
    crowded = Cohort(nearest=3, weight=0.5, usual=0.9)
    tight = Policy(threshold=0.42, margin=0.03, farthest=0.36, cohort=crowded)
    assert tight.limit(3, 0.03) == 0.36
    assert tight.limit(3, 0.1) == pytest.approx((0.42**2 - 0.1) ** 0.5)


def test_the_nearest_others_make_the_crowd() -> None:
    """By hand: the three largest of people and strangers; missing ones count as usual."""
    term = Cohort(nearest=3, weight=0.5, usual=0.9)
    probes = np.eye(2, 4, dtype=np.float32)
    others = np.array([[0.99, 0.96, 0.93, 0.1], [0.5, 0.4, 0.3, 0.2]], dtype=np.float32)
    assert term.crowding(others, probes, probes) == pytest.approx([0.06, 0.0], abs=1e-6)
    assert term.crowding(others[:, :1], probes, probes) == pytest.approx([0.03, 0.0], abs=1e-6)
    assert term.crowding(others[:, :0], probes, probes) == pytest.approx([0.0, 0.0])
    strangers = np.array([[1, 0, 0, 0], [0, 0, 0, 1]], dtype=np.float32)
    more = Cohort(nearest=3, weight=0.5, usual=0.9, strangers=strangers)
    wanted = (1.0 + 0.99 + 0.96) / 3 - 0.9
    assert more.crowding(others, probes, probes)[0] == pytest.approx(wanted, abs=1e-6)


def test_a_template_near_many_strangers_counts_too() -> None:
    """As much as the probe's own crowd where `mutual` says so; the people enrolled do not."""
    strangers = np.array([[1, 0, 0, 0], [0.8, 0.6, 0, 0]], dtype=np.float32)
    term = Cohort(nearest=2, weight=0.5, usual=0.7, mutual=1.0, strangers=strangers)
    far = np.array([[0, 0, 1, 0]], dtype=np.float32)
    others = np.zeros((1, 2), dtype=np.float32)
    claimed = np.array([[1, 0, 0, 0]], dtype=np.float64)
    assert term.crowding(others, far, far)[0] == pytest.approx(0.0)
    assert term.crowding(others, far, claimed)[0] == pytest.approx((1.0 + 0.8) / 2 - 0.7)
    one_sided = Cohort(nearest=2, weight=0.5, usual=0.7, strangers=strangers)
    assert one_sided.crowding(others, far, claimed)[0] == 0.0
    alone = Cohort(nearest=2, weight=0.5, usual=0.7, mutual=1.0)
    assert alone.crowding(others, far, claimed)[0] == 0.0


def test_largest_keeps_what_there_is() -> None:
    """Fewer than asked for are all; the order is not promised."""
    rows = np.array([[3.0, 1.0, 2.0]])
    assert sorted(largest(rows, 2)[0]) == [2.0, 3.0]
    assert largest(rows, 5) is rows


@pytest.mark.parametrize("numbers", [(0, 0.5, 0.9), (3, 1.0, 0.9), (3, -0.1, 0.9), (3, 0.5, 1.1)])
def test_cohort_numbers_have_ranges(numbers: tuple[int, float, float]) -> None:
    """A weight of 1 would never accept, a negative one would reward a crowd."""
    nearest, weight, usual = numbers
    with pytest.raises(ValueError, match="cohort"):
        Cohort(nearest=nearest, weight=weight, usual=usual)


@pytest.mark.parametrize("rows", [np.full((2, 4), np.nan), np.ones(4)])
def test_strangers_are_finite_rows(rows: np.ndarray) -> None:
    """A NaN among them would decide for everybody."""
    with pytest.raises(ValueError, match="finite"):
        Cohort(nearest=3, weight=0.5, usual=0.9, strangers=rows.astype(np.float32))
