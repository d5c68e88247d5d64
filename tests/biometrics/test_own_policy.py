"""A face model nobody calibrated: nobody named while there are few, fewer strangers than asked."""

import numpy as np
import pytest

from biometrics.calibration import Calibration, calibrate_network
from biometrics.faces import Encoding
from biometrics.gallery import Gallery
from biometrics.identify import Identified, NotIdentified, identify
from biometrics.own_policy import FEWEST_PEOPLE, fit_own, too_few
from tests.biometrics.support import ENCODER, made_person

WIDTH = 512


class Crowd:
    """People of an ArcFace-style network: far apart, pictures of one at a cosine of about 0.6."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)

    def person(self) -> Encoding:
        who = np.zeros(WIDTH)
        who[:90] = self.chance.normal(size=90)
        return who / np.linalg.norm(who)

    def picture(self, person: Encoding) -> Encoding:
        seen = person + self.chance.normal(size=WIDTH) * 0.8 / np.sqrt(WIDTH)
        return seen / np.linalg.norm(seen)

    def many(self, count: int) -> list[tuple[int, Encoding]]:
        return [(number, self.person()) for number in range(count)]

    def gallery(self, count: int, samples: int = 3) -> tuple[Gallery, list[Encoding]]:
        means = [self.person() for _ in range(count)]
        people = [
            made_person(f"p{number}", *[self.picture(mean) for _ in range(samples)])
            for number, mean in enumerate(means)
        ]
        return Gallery.of(people, ENCODER), means


@pytest.mark.parametrize("count", [0, 1, 2, 30, FEWEST_PEOPLE - 1])
def test_nobody_is_named_while_there_are_few(count: int) -> None:
    """Not even by their own template; the sentence says how many are missing."""
    gallery, _ = Crowd(1).gallery(count)
    fitted = fit_own(gallery, 10, None)
    assert fitted.policy.withheld == too_few(count) == fitted.sentence
    assert (
        f"enrol {FEWEST_PEOPLE} people: {count} {'is' if count == 1 else 'are'}." in fitted.sentence
    )
    for person in gallery.people:
        found = identify(person.fused(), gallery, fitted.policy)
        assert isinstance(found, NotIdentified)
        assert found.reason == fitted.sentence


@pytest.mark.parametrize("count", [FEWEST_PEOPLE, 300])
@pytest.mark.parametrize("target", [10, 3])
def test_no_more_strangers_are_named_than_asked(count: int, target: int) -> None:
    """And people enrolled are found."""
    crowd = Crowd(2)
    gallery, means = crowd.gallery(count)
    policy = fit_own(gallery, target, None).policy
    assert not policy.withheld
    strangers = [crowd.picture(crowd.person()) for _ in range(3_000)]
    named = np.mean([isinstance(identify(one, gallery, policy), Identified) for one in strangers])
    assert named <= target / 1000
    found = [identify(crowd.picture(mean), gallery, policy) for mean in means]
    right = [
        isinstance(one, Identified) and one.candidate.subject_id == gallery.people[row].subject_id
        for row, one in enumerate(found)
    ]
    assert np.mean(right) > 0.8


def test_a_smaller_target_asks_for_nearer_faces_and_the_middle_is_nobody() -> None:
    """The threshold falls with the target; a probe made of everybody is not somebody."""
    gallery, _ = Crowd(3).gallery(200)
    thresholds = [fit_own(gallery, target, None).policy.threshold for target in (10, 3, 1)]
    assert thresholds == sorted(thresholds, reverse=True)
    policy = fit_own(gallery, 10, None).policy
    assert not isinstance(identify(gallery.total, gallery, policy), Identified)
    assert 0 < policy.min_off_centre < 1.4


def test_a_model_that_sees_everybody_alike_names_nobody_wrongly() -> None:
    """Noise around one direction: the threshold goes to nothing, and does not fail."""
    chance = np.random.default_rng(4)
    centre = np.zeros(WIDTH)
    centre[0] = 50.0
    rows = [centre + chance.normal(size=WIDTH) for _ in range(2 * 80)]
    people = [made_person(f"p{n}", rows[2 * n], rows[2 * n + 1]) for n in range(80)]
    gallery = Gallery.of(people, ENCODER)
    fitted = fit_own(gallery, 3, None)
    strangers = [centre + chance.normal(size=WIDTH) for _ in range(500)]
    assert not any(
        isinstance(identify(one, gallery, fitted.policy), Identified) for one in strangers
    )
    assert fitted.fnir > 0.5, "and says that it finds nobody"


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    """Learnt from 400 other people."""
    crowd = Crowd(11)
    people = {f"q{n}": [crowd.picture(who) for _ in range(4)] for n, who in crowd.many(400)}
    return calibrate_network(people, encoder=ENCODER, source="a crowd")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_calibrated_names_are_given_from_the_first_person_on(
    calibration: Calibration, count: int
) -> None:
    """And the threshold is one that the calibration can account for."""
    crowd = Crowd(12)
    gallery, means = crowd.gallery(count)
    fitted = fit_own(gallery, 3, calibration)
    assert not fitted.policy.withheld
    assert 0.8 < fitted.policy.threshold < 1.3
    for mean in means:
        assert isinstance(identify(crowd.picture(mean), gallery, fitted.policy), Identified)


@pytest.mark.parametrize("count", [5, 60, 200])
def test_calibrated_about_as_many_strangers_are_named_as_asked(
    calibration: Calibration, count: int
) -> None:
    """Of 20,000; and what is said is what comes out."""
    crowd = Crowd(13)
    gallery, _ = crowd.gallery(count)
    fitted = fit_own(gallery, 10, calibration)
    strangers = np.array([crowd.picture(crowd.person()) for _ in range(20_000)])
    nearest = (strangers.astype(np.float32) @ gallery.matrix().T).max(axis=1)
    named = float((np.sqrt(2 - 2 * nearest) <= fitted.policy.threshold).mean())
    assert 0.004 <= named <= 0.02
    low, high = fitted.fpir_interval
    assert low <= fitted.fpir == pytest.approx(0.01, rel=0.05)
    assert fitted.fpir <= high
    assert "of 1000 strangers named" in fitted.sentence


def test_people_are_found_more_often_with_a_calibration(calibration: Calibration) -> None:
    """Without one the threshold allows for what is not known."""
    gallery, _ = Crowd(14).gallery(FEWEST_PEOPLE)
    with_one, alone = (fit_own(gallery, 3, known) for known in (calibration, None))
    assert with_one.policy.threshold > alone.policy.threshold
    assert with_one.fnir < alone.fnir


def test_an_impossible_target_is_refused(calibration: Calibration) -> None:
    """As for dlib's network."""
    gallery, _ = Crowd(15).gallery(3)
    for target in (0.0, 0.05, 101.0):
        with pytest.raises(ValueError, match="the target is"):
            fit_own(gallery, target, calibration)
