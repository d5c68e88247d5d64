"""What is measured between probes and people is the same alone and beside others."""

from dataclasses import replace

import numpy as np
import pytest

from biometrics.faces import Encoding
from biometrics.gallery import Gallery, unit_length
from biometrics.policy import DEFAULT_POLICY, Cohort, Policy
from biometrics.ranked import made_up, ranked
from tests.biometrics.support import ENCODER, MadeUpPeople, made_person

MADE = MadeUpPeople(seed=5)
MEANS = [MADE.person() for _ in range(60)]
GALLERY = Gallery.of(
    [made_person(f"p{number}", MADE.picture(mean)) for number, mean in enumerate(MEANS)], ENCODER
)
FACES = np.array([unit_length(MADE.picture(mean)) for mean in MEANS[:20]])
MIXED = np.array([unit_length(sum(MEANS[at : at + 3])) for at in range(10)])


def test_distances_are_in_order_and_of_the_templates() -> None:
    """The nearest first, each to the person of its row."""
    for unit, one in zip(FACES, ranked(FACES, GALLERY.nearest(FACES, 16), None), strict=True):
        assert one.distances == sorted(one.distances)
        assert one.crowding == 0.0
        for row, distance, template in zip(one.rows, one.distances, one.templates, strict=True):
            assert (template == GALLERY.vector(row)).all()
            assert distance == float(np.linalg.norm(GALLERY.vector(row) - unit))


@pytest.mark.parametrize("kept", [0, 40])
def test_the_crowd_is_the_same_alone(kept: int) -> None:
    """Also where strangers are kept, whose cosines are products of matrices."""
    rows = np.array([unit_length(MADE.picture(MADE.person())) for _ in range(kept)], np.float32)
    cohort = Cohort(nearest=10, weight=0.4, usual=0.5, mutual=1.0, strangers=rows if kept else None)
    together = ranked(FACES, GALLERY.nearest(FACES, 16), cohort)
    assert max(one.crowding for one in together) > 0
    for at, one in enumerate(together):
        (alone,) = ranked(FACES[at : at + 1], GALLERY.nearest(FACES[at : at + 1], 16), cohort)
        assert alone.crowding == one.crowding


@pytest.mark.parametrize(
    "policy",
    [
        replace(DEFAULT_POLICY, min_off_centre=0.0, min_off_other=0.0),
        replace(DEFAULT_POLICY, least_own_part=0.0, min_off_centre=0.45),
        replace(
            DEFAULT_POLICY,
            least_own_part=0.0,
            min_off_centre=0.0,
            middle=tuple(unit_length(np.sum(MEANS, axis=0)).tolist()),
            min_off_middle=0.45,
        ),
    ],
    ids=["own part", "off the others", "off the middle"],
)
def test_mixtures_are_told_from_faces_by_each_rule(policy: Policy) -> None:
    """By each alone, and the same for one as for many."""
    probes = np.concatenate([FACES, MIXED])
    found = verdicts(probes, GALLERY, policy)
    assert found[len(FACES) :].all()
    assert not found[: len(FACES)].all()
    alone = [verdicts(probe[np.newaxis], GALLERY, policy)[0] for probe in probes]
    assert found.tolist() == alone


def test_nobody_and_one_person_alone() -> None:
    """Where nobody else is enrolled there is nobody to be made of."""
    single = Gallery.of([made_person("p0", MADE.picture(MEANS[0]))], ENCODER)
    assert verdicts(FACES[:1], single, DEFAULT_POLICY).tolist() == [False]
    assert made_up(FACES[:0], np.empty((0, 1, 128)), GALLERY, DEFAULT_POLICY).tolist() == []


def test_where_the_others_cancel_out_there_is_no_middle_of_them() -> None:
    """Two others that point in opposite directions leave nothing to be near to."""
    up, aside = np.zeros((2, 128))
    up[0] = aside[1] = 1.0
    people = [made_person(name, row) for name, row in (("a", up), ("b", aside), ("c", -aside))]
    gallery = Gallery.of(people, ENCODER)
    assert verdicts(up[np.newaxis], gallery, DEFAULT_POLICY).tolist() == [False]


def verdicts(probes: Encoding, gallery: Gallery, policy: Policy) -> np.ndarray:
    """Whether each is made up, by the templates nearest to it."""
    found = gallery.nearest(probes, 16)
    return made_up(probes, found.vectors, gallery, policy)
