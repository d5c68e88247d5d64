"""Searches within a gallery agree with the search that decides."""

from dataclasses import replace

import numpy as np
import pytest

from biometrics import leave_one_out
from biometrics.gallery import Gallery, Person
from biometrics.identify import Identified, identify
from biometrics.leave_one_out import Searches, within
from biometrics.policy import DEFAULT_POLICY, Policy
from biometrics.prior import OWN_COHORT
from tests.biometrics.support import ENCODER, MadeUpPeople, made_person

POLICY = replace(DEFAULT_POLICY, min_off_centre=0.0, min_off_other=0.0, margin=0.03)


def some_people(size: int, *, seed: int = 1) -> list[Person]:
    """With one, two or three samples; every fifth looks like the one before."""
    made = MadeUpPeople(seed=seed)
    people, before = [], made.person()
    for number in range(size):
        mean = before if number % 5 == 4 else made.person()
        pictures = [made.picture(mean) for _ in range(number % 3 + 1)]
        people.append(made_person(f"p{number}", *pictures))
        before = mean
    return people


@pytest.mark.parametrize(
    "policy", [POLICY, replace(POLICY, cohort=replace(OWN_COHORT, usual=0.85))]
)
@pytest.mark.parametrize("threshold", [0.25, 0.31, 0.36])
def test_the_same_verdicts_as_the_search(policy: Policy, threshold: float) -> None:
    """Strangers: in the gallery without the person. Visits: with the person's other samples."""
    policy = replace(policy, threshold=threshold)
    people = some_people(20)
    gallery = Gallery.of(people, ENCODER)
    strangers, own = within(gallery, policy)
    cosine = 1 - threshold**2 / 2
    named, found, place = [], [], 0
    for person in people:
        rest = gallery.without(person.subject_id)
        for sample in person.templates:
            named.append(isinstance(identify(sample.encoding, rest, policy), Identified))
            others = tuple(t for t in person.templates if t is not sample)
            if others:
                less = rest.with_person(replace(person, templates=others))
                verdict = identify(sample.encoding, less, policy)
                right = isinstance(verdict, Identified)
                found.append(right and verdict.nearest.subject_id == person.subject_id)  # type: ignore[union-attr]
                assert own.samples[place] == len(person.templates)
                place += 1
    assert (strangers.closeness >= cosine).tolist() == named
    assert (own.closeness >= cosine).tolist() == found
    assert any(found)
    assert strangers.people == pytest.approx(20)


@pytest.mark.parametrize("size", [0, 1])
def test_nobody_is_a_stranger_to_themselves(size: int) -> None:
    """With one person there is no search of a stranger."""
    strangers, own = within(Gallery.of(some_people(size), ENCODER), POLICY)
    assert (len(strangers.closeness), len(own.closeness)) == (0, 0)
    assert strangers.beyond(0.05) == -np.inf


def test_a_person_with_many_samples_counts_once() -> None:
    """By hand: of three people one has two samples, of which one lies beyond the others."""
    closeness, weight = np.array([0.9, 0.5, 0.8, -np.inf]), np.array([0.5, 0.5, 1.0, 1.0])
    searches = Searches(closeness, weight, np.zeros(4, dtype=np.int64))
    assert searches.people == 3
    assert [searches.beyond(s) for s in (0.1, 0.3, 0.6, 0.9)] == [0.9, 0.8, 0.5, -np.inf]


def test_two_people_are_strangers_to_each_other() -> None:
    """The smallest gallery that can be searched so: no next person, no margin."""
    strangers, _ = within(Gallery.of(some_people(2), ENCODER), POLICY)
    assert strangers.people == pytest.approx(2)
    assert np.isfinite(strangers.closeness).all()


def test_large_galleries_are_searched_with_an_even_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks change nothing; a choice still weighs every person it takes as one."""
    gallery = Gallery.of(some_people(60), ENCODER)
    whole, _ = within(gallery, POLICY)
    monkeypatch.setattr(leave_one_out, "_AT_ONCE", 7)
    blocks, _ = within(gallery, POLICY)
    assert blocks.closeness == pytest.approx(whole.closeness)
    monkeypatch.setattr(leave_one_out, "MOST_COMPARISONS", 60 * 40)
    monkeypatch.setattr(leave_one_out, "LEAST_PROBES", 10)
    some, _ = within(gallery, POLICY)
    assert len(some.closeness) == 40
    for closeness in some.closeness[np.isfinite(some.closeness)]:
        assert np.abs(whole.closeness - closeness).min() < 1e-5
    assert some.people <= 60
