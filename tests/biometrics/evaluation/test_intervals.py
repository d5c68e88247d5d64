"""Intervals against published values."""

import pytest

from biometrics.evaluation.intervals import interval, trials_needed


def test_wilson_by_hand() -> None:
    """10 of 100: 5.52 to 17.44 % (Newcombe 1998 gives the formula)."""
    low, high = interval(10, 100)
    assert low == pytest.approx(0.0552, abs=1e-4)
    assert high == pytest.approx(0.1744, abs=1e-4)


def test_without_an_error_the_rule_of_three() -> None:
    """0 of 30,000: at most 1e-4."""
    low, high = interval(0, 30_000)
    assert low == 0.0
    assert high == pytest.approx(1e-4, rel=0.01)
    assert interval(100, 100)[0] == pytest.approx(1 - interval(0, 100)[1])


def test_no_trials_say_nothing() -> None:
    """Anything is possible."""
    assert interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("errors", "trials"), [(-1, 5), (6, 5)])
def test_no_share_is_refused(errors: int, trials: int) -> None:
    """A count is between none and all."""
    with pytest.raises(ValueError, match="no share"):
        interval(errors, trials)


def test_trials_needed_for_a_claim() -> None:
    """The shared protocol's 30,000, and 299 for 1 %."""
    assert trials_needed(1e-4) == 29_956
    assert trials_needed(1e-2) == 299
    with pytest.raises(ValueError, match="rate"):
        trials_needed(0)
