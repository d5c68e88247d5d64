"""Faces differ from their template by themselves, mixtures by other people's."""

import numpy as np
import pytest

from biometrics.composed import own_part, own_parts
from biometrics.gallery import unit_length
from tests.biometrics.support import MadeUpPeople

MADE = MadeUpPeople(seed=2)
PEOPLE = np.array([MADE.person() for _ in range(8)])


def test_of_a_face_most_is_its_own() -> None:
    """However many others stand near."""
    for count in (2, 4, 8):
        probe = unit_length(MADE.picture(PEOPLE[0]))
        assert own_part(probe, PEOPLE[:count]) > 0.8


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_of_a_mixture_nothing_is(count: int) -> None:
    """In equal parts or not, and with a little noise."""
    for weights in (np.ones(count), np.arange(count, 0, -1)):
        probe = unit_length(weights @ PEOPLE[:count])
        assert own_part(probe, PEOPLE) == pytest.approx(0, abs=1e-6)
        noisy = unit_length(probe + 0.05 * unit_length(MADE.picture(PEOPLE[0]) - PEOPLE[0]))
        assert own_part(noisy, PEOPLE) < 0.5


def test_next_to_nothing_to_explain() -> None:
    """A template itself, and a gallery of one."""
    assert own_part(PEOPLE[0], PEOPLE) == 1
    assert own_part(unit_length(MADE.picture(PEOPLE[0])), PEOPLE[:1]) == 1


def test_several_at_once_have_the_parts_that_each_has() -> None:
    """Faces, mixtures, a template itself; what is not sure is said to be so."""
    probes = [unit_length(MADE.picture(person)) for person in PEOPLE[:4]]
    probes += [unit_length(PEOPLE[:count].sum(axis=0)) for count in (2, 5)] + [PEOPLE[0]]
    templates = np.array([PEOPLE] * len(probes))
    found = own_parts(np.array(probes), templates)
    expected = [own_part(probe, PEOPLE) for probe in probes]
    assert found == pytest.approx(np.array(expected), abs=1e-6)
    assert own_parts(np.array(probes), templates[:, :1]).tolist() == [1.0] * len(probes)


@pytest.mark.parametrize("apart", [0.0, 1e-12, 1e-4])
def test_one_person_twice_makes_it_unsure(apart: float) -> None:
    """Then the slow way decides: products of templates that are nearly equal say too little."""
    probe = unit_length(MADE.picture(PEOPLE[0]))
    twice = np.array([*PEOPLE, unit_length(PEOPLE[1] + apart * PEOPLE[2])])
    assert np.isnan(own_parts(probe[np.newaxis], twice[np.newaxis])).all()
