"""Tests of what samples have to be; what an enrolment makes of it is in `test_enrolment.py`."""

import numpy as np
import pytest

from biometrics.yardstick import DLIB
from server.misses import NEAR
from server.refusals import Refused
from server.sample_checks import agreeing, distance, places_of
from tests.server.wire import face


def test_samples_of_one_person_lie_in_one_place() -> None:
    """Only one that is farther from their mean than a place is wide is a probe of its own."""
    samples = [face(1, noise=0.2, noise_seed=number) for number in range(3)]
    mean = agreeing(samples, DLIB.samples_agree)
    assert np.linalg.norm(mean) == pytest.approx(1.0)
    assert len(places_of(mean, samples)) == 1
    apart = face(1, noise=0.5, noise_seed=9)
    assert distance(apart, mean) > NEAR
    assert len(places_of(mean, [*samples, apart])) == 2


def test_one_sample_agrees_with_itself_and_another_face_does_not() -> None:
    """The one that is wrong is named, counted from one."""
    assert distance(agreeing([face(1)], DLIB.samples_agree), face(1)) == pytest.approx(0.0)
    with pytest.raises(Refused, match=r"Sample 3 shows another face"):
        agreeing([face(1), face(1, noise=0.1), face(2)], DLIB.samples_agree)
