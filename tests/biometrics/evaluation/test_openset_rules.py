"""Each rule on made-up people: theirs are found, strangers lie far."""

import numpy as np
import pytest

from biometrics.evaluation.openset_rules import (
    Rule,
    fused,
    naive,
    product_policy,
    template,
    with_gallery_cohort,
    with_stranger_cohort,
)
from biometrics.evaluation.openset_split import Division, divide
from tests.biometrics.evaluation.sets import at, item
from tests.biometrics.support import MadeUpPeople


def division(*, known: int = 24, strangers: int = 30) -> Division:
    """People with four pictures, and strangers with one."""
    made = MadeUpPeople(3)
    items = []
    for number in range(known + strangers):
        person = made.person()
        count = 4 if number < known else 1
        items += [item(f"P{number:02d}", n, made.picture(person).tolist()) for n in range(count)]
    return divide(items, seed=0)


@pytest.mark.parametrize("rule", [naive, fused, with_gallery_cohort, with_stranger_cohort])
def test_people_are_nearer_than_strangers(rule: Rule) -> None:
    """Made-up people lie as real ones do: the nearest is right, most strangers are farther."""
    answers = rule(division())
    assert answers is not None
    assert answers.right.mean() > 0.95
    assert np.median(answers.strangers) > np.median(answers.own)


def test_the_cohort_of_strangers_is_not_searched() -> None:
    """Half of them are seen before, the other half are new."""
    parts = division()
    halved = with_stranger_cohort(parts)
    assert halved is not None
    assert len(halved.strangers) == len(parts.strangers) // 2


def test_the_products_policy_names_or_does_not() -> None:
    """0 or infinite; most people are named, few strangers."""
    answers = product_policy(division())
    assert answers is not None
    assert set(answers.own) <= {0.0, np.inf}
    assert np.isfinite(answers.own).mean() > 0.7
    assert np.isfinite(answers.strangers).mean() < 0.2


@pytest.mark.parametrize(
    "rule", [naive, fused, with_gallery_cohort, with_stranger_cohort, product_policy]
)
def test_nobody_enrolled_and_no_face(rule: Rule) -> None:
    """Rules that cannot work say None; a probe without a face is at an infinite distance."""
    nobody = Division(((item("Ann", 1, None),),), (), ())
    assert rule(nobody) is None
    parts = division()
    faceless = (item("X", 1, None),)
    answers = rule(Division(parts.enrolled, ((0, faceless),), (*parts.strangers, faceless)))
    assert answers is not None
    assert answers.own.tolist() == [np.inf]
    assert not answers.right[0]


def test_template_is_the_direction_of_the_mean() -> None:
    """Halfway between 0 and 20 degrees; faceless pictures do not count."""
    row = template([item("A", 1, at(0)), item("A", 2, at(20)), item("A", 3, None)])
    assert row == pytest.approx(np.array(at(10)))
    assert template([item("A", 3, None)]) is None
