"""What the product would say on made-up galleries."""

from dataclasses import replace

import numpy as np
import pytest

from biometrics.evaluation.product import fit_of, fitted_policies, gallery_of, needed
from biometrics.identify import Identified, identify
from biometrics.own_policy import fit_own
from biometrics.yardstick import DLIB
from tests.biometrics.evaluation.sets import at
from tests.biometrics.support import MadeUpPeople


def test_a_gallery_of_those_with_templates() -> None:
    """Who has none is not in it."""
    gallery = gallery_of(
        {"a": [np.array(at(0)), np.array(at(4))], "b": [], "c": [np.array(at(90))]}
    )
    assert [person.subject_id for person in gallery.people] == ["a", "c"]
    assert gallery.samples == 3


def test_the_threshold_needed_is_where_the_verdict_turns() -> None:
    """A little more names, a little less does not; with the cohort term and a lone sample too."""
    made = MadeUpPeople(7)
    people = [made.person() for _ in range(40)]
    gallery = gallery_of(
        {f"P{n}": [made.picture(one) for _ in range(1 + n % 3)] for n, one in enumerate(people)}
    )
    policy = fitted_policies(gallery)[0.003].policy
    for number, person in enumerate(people[:12]):
        probe = made.picture(person)
        threshold, nearest = needed(probe, gallery, policy)
        assert nearest == f"P{number}"
        above, below = (replace(policy, threshold=threshold + step) for step in (1e-4, -4e-4))
        assert isinstance(identify(probe, gallery, above), Identified)
        assert not isinstance(identify(probe, gallery, below), Identified)


def test_between_two_people_no_threshold_helps() -> None:
    """The margin refuses at any."""
    gallery = gallery_of({"a": [np.array(at(0))], "b": [np.array(at(60))]})
    policy = fitted_policies(gallery)[0.01].policy
    assert needed(np.array(at(30)), gallery, policy)[0] == np.inf


def test_smaller_targets_have_smaller_thresholds() -> None:
    """One policy a target, by the share of strangers."""
    made = MadeUpPeople(1)
    gallery = gallery_of({str(n): [made.picture(made.person())] for n in range(30)})
    thresholds = [fits.policy.threshold for _, fits in sorted(fitted_policies(gallery).items())]
    assert sorted(fitted_policies(gallery)) == pytest.approx([0.001, 0.003, 0.01])
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]


def test_a_network_of_ones_own_is_fitted_as_a_server_does() -> None:
    """Without a calibration nobody is named in a small gallery, at any target."""
    made = MadeUpPeople(2)
    gallery = gallery_of({str(n): [made.picture(made.person())] for n in range(12)})
    yardstick = replace(DLIB, own=True, calibration=None)
    fits = fitted_policies(gallery, fit=fit_of(yardstick))
    assert {fitted.policy.threshold for fitted in fits.values()} == {
        fit_own(gallery, 3, None).policy.threshold
    }
    assert fits[0.003].policy != fitted_policies(gallery)[0.003].policy
