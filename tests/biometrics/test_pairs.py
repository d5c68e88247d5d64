"""Comparisons in bulk agree with those made one by one."""

from dataclasses import replace

import numpy as np
import pytest

from biometrics.gallery import Gallery
from biometrics.pairs import NOBODY, pair_closeness
from biometrics.policy import DEFAULT_POLICY, Policy
from biometrics.prior import OWN_COHORT
from biometrics.verify import verify
from tests.biometrics.support import ENCODER, MadeUpPeople, made_person

_PLAIN = replace(DEFAULT_POLICY, min_off_centre=0.0, min_off_other=0.0, threshold=0.36)
_CROWD = replace(OWN_COHORT, usual=0.80)


@pytest.mark.parametrize(
    "policy", [_PLAIN, replace(_PLAIN, cohort=OWN_COHORT), replace(_PLAIN, cohort=_CROWD)]
)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 25])
@pytest.mark.parametrize("kept", [0, 2, 40])
def test_the_same_decisions_as_verify(policy: Policy, size: int, kept: int) -> None:
    """Strangers' probes against everybody, and people's own, in a gallery without them."""
    made = MadeUpPeople(seed=8)
    if kept and policy.cohort is not None:
        rows = np.array([made.picture(made.person()) / 1.5 for _ in range(kept)], dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        policy = replace(policy, cohort=replace(policy.cohort, strangers=rows))
    means = [made.person() for _ in range(size)]
    people = [
        made_person(f"p{n}", *[made.picture(mean) for _ in range(n % 3 + 1)])
        for n, mean in enumerate(means)
    ]
    gallery = Gallery.of(people, ENCODER)
    probes = np.array([made.picture(mean) for mean in [*means, made.person()]])
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    owners = np.array([*range(size), NOBODY])
    closeness = pair_closeness(gallery, probes, owners, policy)
    assert closeness.shape == (size + 1, size)
    cosine = 1 - policy.threshold**2 / 2
    for row, (probe, owner) in enumerate(zip(probes, owners, strict=True)):
        for column, person in enumerate(people):
            # The cohort of an own probe is everybody else; of another's, everybody but both.
            others = gallery
            if owner not in (NOBODY, column):
                others = gallery.without(people[owner].subject_id)
            verdict = verify(probe, person, policy, others)
            near = max(0.0, verdict.distance - 0.02 * (len(person.templates) == 1))
            lone = 0.02 * (len(person.templates) == 1)
            taken = (policy.threshold**2 - (verdict.threshold - lone) ** 2) / 2
            assert closeness[row, column] == pytest.approx(1 - near**2 / 2 - taken, abs=1e-5)
            assert verdict.same == (verdict.distance <= verdict.threshold)
            if abs(closeness[row, column] - cosine) > 1e-4:
                assert verdict.same == bool(closeness[row, column] >= cosine)
