"""The tail: known rates are found again, and the uncertainty covers them."""

import numpy as np
import pytest

from biometrics.tail import Tail, TailPrior

PRIOR = TailPrior(start=0.93, share=0.05, scale=0.005)


def draw(size: int, *, share: float, scale: float, seed: int) -> np.ndarray:
    """That share lies above 0.93, exponentially."""
    chance = np.random.default_rng(seed)
    above = chance.random(size) < share
    return np.where(above, 0.93 + chance.exponential(scale, size), 0.9)


def fit(values: np.ndarray) -> Tail:
    """Each value a person."""
    return Tail.fit(values, np.ones(len(values)), PRIOR)


def test_without_searches_the_prior_speaks() -> None:
    """5 % beyond the start, and less by about e for every scale."""
    tail = fit(np.empty(0))
    assert tail.share(0.93) == pytest.approx(0.05)
    assert tail.share(0.935) == pytest.approx(0.05 / np.e, rel=0.02)
    assert tail.share(0.90) <= 1.0


@pytest.mark.parametrize("share", [0.0001, 0.003, 0.01, 0.04])
def test_at_is_the_inverse_of_share(share: float) -> None:
    """Also with searches."""
    tail = fit(draw(500, share=0.1, scale=0.008, seed=1))
    assert tail.share(tail.at(share)) == pytest.approx(share)


@pytest.mark.parametrize(("share", "scale"), [(0.05, 0.005), (0.02, 0.004), (0.12, 0.008)])
def test_many_searches_outvote_the_prior(share: float, scale: float) -> None:
    """20,000 searches of a known population: the share beyond 0.3 % is 0.3 %."""
    tail = fit(draw(20_000, share=share, scale=scale, seed=2))
    value = tail.at(0.003)
    assert share * np.exp(-(value - 0.93) / scale) == pytest.approx(0.003, rel=0.15)
    narrow, wide = tail.interval(value), fit(np.empty(0)).interval(0.945)
    assert narrow[0] < 0.003 < narrow[1]
    assert narrow[1] / narrow[0] < wide[1] / wide[0]


def test_the_interval_holds_what_it_promises() -> None:
    """Of 200 sites like the prior, with 420 people, 90 % or more lie within."""
    inside = 0
    for seed in range(200):
        tail = fit(draw(420, share=0.05, scale=0.005, seed=seed))
        value = tail.at(0.003)
        low, high = tail.interval(value)
        inside += low <= 0.05 * np.exp(-(value - 0.93) / 0.005) <= high
    assert inside >= 180


def test_one_person_enrolled_twice_hardly_moves_the_tail() -> None:
    """Their two searches are no strangers' searches."""
    values = draw(420, share=0.05, scale=0.005, seed=4)
    before = fit(values).at(0.003)
    values[:2] = 0.999
    assert fit(values).at(0.003) - before < 0.003


def test_values_that_are_no_numbers_are_refused() -> None:
    """Minus infinity is a search that named nobody; not-a-number is a mistake."""
    assert fit(np.full(100, -np.inf)).share(0.93) < 0.05
    with pytest.raises(ValueError, match="none"):
        fit(np.array([0.9, np.nan]))
