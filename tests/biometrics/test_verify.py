"""1:1: the same decision one by one and in bulk, targets kept, tiny galleries, R4."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from biometrics.faces import Encoding
from biometrics.gallery import Gallery, unit_length
from biometrics.identify import ImplausibleEncoding
from biometrics.policy import DEFAULT_POLICY
from biometrics.prior import FEWEST_STRANGERS, OWN_COHORT
from biometrics.verify import TARGETS, fit_verification, verify
from tests.biometrics.support import ENCODER, MadeUpPeople, Population, made_person


@pytest.fixture(scope="module")
def crowd() -> tuple[Population, list[Encoding], Gallery]:
    """300 people."""
    population = Population(11)
    means = [population.person() for _ in range(300)]
    return population, means, Gallery.of(population.people(means), ENCODER)


@pytest.mark.parametrize("target", TARGETS[:2])
def test_strangers_are_accepted_as_rarely_as_asked(
    crowd: tuple[Population, list[Encoding], Gallery], target: float
) -> None:
    """4,000 strangers claim to be each of 20 people; everybody is accepted as themselves."""
    population, means, gallery = crowd
    fitted = fit_verification(gallery, target)
    assert fitted.pairs > 1000
    low, high = fitted.fmr_interval
    assert low <= fitted.fmr <= high
    assert fitted.fmr <= target * 1.001
    strangers = [population.picture(population.person()) for _ in range(1000)]
    accepted = [
        verify(probe, person, fitted.policy, gallery).same
        for probe in strangers
        for person in gallery.people[:20]
    ]
    sampling = 3 * math.sqrt(target / len(accepted) * 4)
    assert low - sampling <= np.mean(accepted) <= high + sampling
    own = [
        verify(population.picture(mean), person, fitted.policy, gallery).same
        for mean, person in zip(means, gallery.people, strict=True)
    ]
    assert np.mean(own) > 0.97


def test_a_stricter_target_is_a_smaller_limit(
    crowd: tuple[Population, list[Encoding], Gallery],
) -> None:
    """And refuses more people as themselves."""
    fits = [fit_verification(crowd[2], target) for target in TARGETS]
    limits = [fit.policy.threshold for fit in fits]
    assert limits == sorted(limits, reverse=True)
    assert [fit.fnmr for fit in fits] == sorted(fit.fnmr for fit in fits)


def test_limits_of_two_pictures_as_measured_on_lfw_dev() -> None:
    """Nobody enrolled: what was learnt alone; every pair of lfw-dev gave 0.381 at 0.1 %."""
    limits = {}
    for target in TARGETS:
        fitted = fit_verification(Gallery.of([], ENCODER), target)
        assert (fitted.people, fitted.pairs) == (0, 0)
        limits[target] = fitted.policy.limit(1)
        assert fitted.fmr == pytest.approx(target, rel=0.01)
        low, high = fitted.fmr_interval
        assert low < target < high
    assert 0.40 < limits[0.01] < 0.44
    assert 0.365 < limits[0.001] < 0.39
    assert 0.32 < limits[0.0001] < 0.35


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("samples", [1, 3])
def test_tiny_galleries_lean_on_what_was_learnt(size: int, samples: int) -> None:
    """Nearly the limits of none at all."""
    made = MadeUpPeople(seed=4)
    people = [
        made_person(f"p{n}", *[made.picture(mean) for _ in range(samples)])
        for n, mean in enumerate([made.person() for _ in range(size)])
    ]
    fitted = fit_verification(Gallery.of(people, ENCODER), 0.001)
    alone = fit_verification(Gallery.of([], ENCODER), 0.001)
    assert fitted.policy.threshold == pytest.approx(alone.policy.threshold, abs=0.02)
    assert fitted.people == size


def test_the_crowd_lowers_the_limit(crowd: tuple[Population, list[Encoding], Gallery]) -> None:
    """The person claimed is never their own crowd; the sentence says by how much."""
    population, means, gallery = crowd
    policy = fit_verification(gallery, 0.001).policy
    policy = replace(policy, cohort=replace(OWN_COHORT, usual=0.5))
    person = gallery.people[7]
    verdict = verify(population.picture(means[7]), person, policy, gallery)
    alone = verify(population.picture(means[7]), person, policy)
    assert verdict.lowered > 0.02
    assert alone.lowered == 0
    assert alone.threshold == policy.limit(3)
    assert "lower because others are near" in verdict.reason
    assert "others are near" not in alone.reason


def test_strangers_kept_are_a_cohort(crowd: tuple[Population, list[Encoding], Gallery]) -> None:
    """As for searches."""
    population, _, gallery = crowd
    rows = np.array([population.picture(population.person()) for _ in range(FEWEST_STRANGERS)])
    cohort = fit_verification(gallery, 0.001, strangers=rows).policy.cohort
    assert cohort is not None
    assert cohort.strangers is not None
    assert len(cohort.strangers) <= FEWEST_STRANGERS


@pytest.mark.parametrize("size", [2, 3, 6, 300])
def test_r4_the_middle_of_everybody_is_nobody(
    crowd: tuple[Population, list[Encoding], Gallery], size: int
) -> None:
    """Even where the distance would do, as with two people it does."""
    some = Gallery.of(crowd[2].people[:size], ENCODER)
    policy = fit_verification(some, 0.01).policy
    mean = np.mean([person.fused() for person in some.people], axis=0)
    verdicts = [verify(mean, person, policy, some) for person in some.people]
    assert not any(verdict.same for verdict in verdicts)
    if size == 2:
        close = replace(policy, min_off_other=0.0, least_own_part=0.0)
        assert any(verify(mean, person, close, some).same for person in some.people)


def test_numbers_of_no_face_are_refused() -> None:
    """Before anything is compared."""
    person = made_person("p", MadeUpPeople().person())
    for probe in (np.zeros(128), np.full(128, np.nan), np.ones(127)):
        with pytest.raises(ImplausibleEncoding):
            verify(probe, person, DEFAULT_POLICY)


@pytest.mark.parametrize("target", [0, 1e-6, 0.02, float("nan")])
def test_targets_have_a_range(target: float) -> None:
    """Outside it nothing was measured."""
    with pytest.raises(ValueError, match="target"):
        fit_verification(Gallery.of([], ENCODER), target)


def test_one_line_for_the_administrator() -> None:
    """In people, not in distances."""
    fitted = replace(
        fit_verification(Gallery.of([], ENCODER), 0.001),
        fmr=0.001,
        fmr_interval=(0.0007, 0.0014),
        fnmr=0.002,
    )
    assert fitted.sentence == (
        "Expected: about 10.0 of 10,000 strangers accepted (between 7.0 and 14.0), about 2 of "
        "1000 refused as themselves."
    )


def test_thousands_of_people_are_fitted_within_seconds() -> None:
    """An even choice of the samples is compared."""
    made = np.random.default_rng(2)
    rows = made.normal(size=(20_000, 128)) * 0.1 + np.eye(128)[0]
    people = [made_person(f"p{n}", unit_length(row)) for n, row in enumerate(rows)]
    gallery = Gallery.of(people, ENCODER)
    began = time.perf_counter()
    fitted = fit_verification(gallery, 0.001)
    assert time.perf_counter() - began < 10
    assert fitted.people == 20_000
