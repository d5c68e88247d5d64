"""A policy from a target: known populations, tiny galleries, strangers kept, real faces."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biometrics.calibrate import STRANGERS_PER_1000, Fitted, fit_policy
from biometrics.faces import Encoding
from biometrics.gallery import Gallery, GalleryRefused, unit_length
from biometrics.identify import Identified, NotIdentified, Verdict, identify
from biometrics.pictures import read_picture
from biometrics.policy import Policy
from biometrics.prior import FEWEST_STRANGERS, LARGEST_THRESHOLD, OWN_COHORT
from biometrics.vision import PhotoSample, Vision
from tests.biometrics.support import ENCODER, Population, made_person


def named(gallery: Gallery, policy: Policy, probes: Sequence[Encoding]) -> float:
    """Which share of these is identified as anybody."""
    verdicts: list[Verdict] = [identify(probe, gallery, policy) for probe in probes]
    return float(np.mean([isinstance(verdict, Identified) for verdict in verdicts]))


@pytest.fixture(scope="module")
def crowd() -> tuple[Population, list[Encoding], Gallery]:
    """400 people."""
    population = Population(7)
    means = [population.person() for _ in range(400)]
    return population, means, Gallery.of(population.people(means), ENCODER)


@pytest.mark.parametrize("target", STRANGERS_PER_1000)
def test_strangers_never_seen_are_named_as_rarely_as_asked(
    crowd: tuple[Population, list[Encoding], Gallery], target: int
) -> None:
    """A known population, unlike the prior's: 6,000 others stay within what was said."""
    population, means, gallery = crowd
    fitted = fit_policy(gallery, target)
    strangers = [population.picture(population.person()) for _ in range(6000)]
    share = named(gallery, fitted.policy, strangers)
    low, high = fitted.fpir_interval
    sampling = 2 * np.sqrt(high / 6000)
    assert low - sampling <= share <= high + sampling
    assert fitted.fpir <= target / 1000 * 1.001
    visits = [population.picture(mean) for mean in means]
    found = named(gallery, fitted.policy, visits)
    assert 1 - found <= fitted.fnir_interval[1] + 0.03


def test_a_stricter_target_is_a_smaller_threshold(
    crowd: tuple[Population, list[Encoding], Gallery],
) -> None:
    """And misses more."""
    fits = [fit_policy(crowd[2], target) for target in STRANGERS_PER_1000]
    assert [f.policy.threshold for f in fits] == sorted(
        (f.policy.threshold for f in fits), reverse=True
    )
    assert [f.fnir for f in fits] == sorted(f.fnir for f in fits)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 6])
@pytest.mark.parametrize("samples", [1, 3])
def test_tiny_galleries_lean_on_what_was_learnt(size: int, samples: int) -> None:
    """A policy that finds its people, keeps strangers out, and says how unsure it is."""
    population = Population(3)
    means = [population.person() for _ in range(size)]
    gallery = Gallery.of(population.people(means, samples), ENCODER)
    fitted = fit_policy(gallery, 3)
    assert fitted.people == size
    assert 0.25 < fitted.policy.threshold <= LARGEST_THRESHOLD
    low, high = fitted.fpir_interval
    assert 0 < low <= fitted.fpir <= high <= 1
    strangers = [population.picture(population.person()) for _ in range(200)]
    assert named(gallery, fitted.policy, strangers) <= 0.02
    if size == 0:
        assert isinstance(identify(strangers[0], gallery, fitted.policy), NotIdentified)
    else:
        assert fitted.fnir > 0


def test_two_entries_of_one_person_are_told_and_hardly_matter(
    crowd: tuple[Population, list[Encoding], Gallery],
) -> None:
    """Six searches of 1,200 that no stranger made."""
    population, means, gallery = crowd
    before = fit_policy(gallery, 3)
    twin = made_person("twin", *[population.picture(means[0]) for _ in range(3)])
    after = fit_policy(gallery.with_person(twin), 3)
    assert after.look_alikes == before.look_alikes + 2
    assert abs(after.policy.threshold - before.policy.threshold) < 0.02


def test_strangers_are_a_cohort_when_there_are_enough(
    crowd: tuple[Population, list[Encoding], Gallery],
) -> None:
    """Raw or unit; whoever may be an enrolled person is left out; too few are not used."""
    population, means, gallery = crowd
    rows = np.array([population.picture(population.person()) for _ in range(FEWEST_STRANGERS + 20)])
    visit = population.picture(means[3])
    kept = fit_policy(gallery, 3, strangers=np.vstack([rows, visit])).policy.cohort
    assert kept is not None
    assert kept.strangers is not None
    assert np.linalg.norm(kept.strangers, axis=1) == pytest.approx(1.0, abs=1e-6)
    assert float((kept.strangers @ unit_length(visit)).max()) < 0.999
    small = fit_policy(Gallery.of(gallery.people[:5], ENCODER), 3, strangers=rows)
    assert small.policy.threshold > small.policy.farthest
    # What the history says of a search is what it could allow.
    assert small.grounds["largest_limit"] == small.policy.limit(3)
    few = fit_policy(gallery, 3, strangers=rows[:100]).policy.cohort
    assert few == OWN_COHORT
    rows[5, 0] = np.nan
    with pytest.raises(GalleryRefused):
        fit_policy(gallery, 3, strangers=rows)


def test_the_rule_against_made_up_probes_stays(
    crowd: tuple[Population, list[Encoding], Gallery],
) -> None:
    """R4: the mean of all, whatever the target."""
    _, _, gallery = crowd
    for size in (2, 3, 6, 400):
        some = Gallery.of(gallery.people[:size], ENCODER)
        policy = fit_policy(some, 10).policy
        assert policy.min_off_centre == 0.30
        mean = np.mean([person.fused() for person in some.people], axis=0)
        assert not isinstance(identify(mean, some, policy), Identified)


@pytest.mark.parametrize("target", [0, 0.05, 101, float("nan")])
def test_targets_have_a_range(target: float) -> None:
    """Below 1 in 10,000 no gallery here could show it."""
    with pytest.raises(ValueError, match="target"):
        fit_policy(Gallery.of([], ENCODER), target)


def test_one_line_for_the_administrator() -> None:
    """In people, not in distances."""
    nobody = fit_policy(Gallery.of([], ENCODER), 3)
    assert nobody.sentence == "Nobody is enrolled yet, so nobody is named."
    fitted = replace(
        nobody,
        people=5,
        fpir=0.003,
        fpir_interval=(0.0012, 0.0059),
        fnir=0.1,
        fnir_interval=(0.08, 0.13),
    )
    assert fitted.sentence == (
        "Expected: about 3.0 of 1000 strangers named (between 1.2 and 5.9), about 10 of 100 "
        "enrolled missed (between 8 and 13)."
    )
    assert isinstance(fitted, Fitted)


@pytest.mark.alone
def test_refitting_420_people_takes_a_moment(
    crowd: tuple[Population, list[Encoding], Gallery],
) -> None:
    """Best of three, well under a second."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        fit_policy(crowd[2], 3)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.5


def test_real_faces(data_dir: Path, vision: Vision) -> None:
    """Twelve people of lfw-dev with two samples: each found again, the others not named."""
    folders = sorted((data_dir / "lfw-dev" / "images").iterdir())
    several = [sorted(f.glob("*.jpg")) for f in folders if len(list(f.glob("*.jpg"))) >= 3][:12]
    encodings = [
        [
            sample.encoding
            for sample in (vision.enrol_photo(read_picture(p)) for p in pictures[:3])
            if isinstance(sample, PhotoSample)
        ]
        for pictures in several
    ]
    whole = [rows for rows in encodings if len(rows) == 3]
    assert len(whole) >= 6
    half = len(whole) // 2
    gallery = Gallery.of(
        (made_person(f"p{number}", *rows[:2]) for number, rows in enumerate(whole[:half])), ENCODER
    )
    fitted = fit_policy(gallery, 3)
    assert named(gallery, fitted.policy, [row for rows in whole[half:] for row in rows]) == 0
    assert named(gallery, fitted.policy, [rows[2] for rows in whole[:half]]) >= 0.5
