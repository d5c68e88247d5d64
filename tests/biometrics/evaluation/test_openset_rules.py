"""Each rule on made-up people: theirs are found, strangers lie far."""

import numpy as np
import pytest

from biometrics.evaluation.openset_rules import (
    Rule,
    fused,
    naive,
    product,
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


def test_the_product_names_people_and_few_strangers() -> None:
    """At the thresholds it fitted itself; a smaller share asked for names no more."""
    found = product(division())
    assert found is not None
    named = []
    for share, answers in found.answers.items():
        threshold = found.fits[share].policy.threshold
        assert answers.right.mean() > 0.95
        assert (answers.own <= threshold).mean() > 0.7
        named.append((share, float((answers.strangers <= threshold).mean())))
    assert max(strangers for _, strangers in named) < 0.2
    assert [n for _, n in sorted(named)] == sorted(n for _, n in named)


def test_kept_strangers_are_not_searched_again() -> None:
    """Half of 420; with too few the row would be that without, so there is none."""
    made = MadeUpPeople(4)
    items = [
        item(f"P{n}", k, made.picture(p).tolist())
        for n in range(10)
        for p in [made.person()]
        for k in range(4)
    ]
    items += [item(f"S{n}", 0, made.picture(made.person()).tolist()) for n in range(420)]
    parts = divide(items, seed=0, people=10)
    found = product(parts, keep_strangers=True)
    assert found is not None
    assert all(len(answers.strangers) == 210 for answers in found.answers.values())
    assert product(division(), keep_strangers=True) is None


def test_the_product_without_faces() -> None:
    """Nobody enrolled: nothing. A probe without a face is named at no threshold."""
    assert product(Division(((item("Ann", 1, None),),), (), ())) is None
    parts = division()
    faceless = (item("X", 1, None),)
    found = product(Division(parts.enrolled, ((0, faceless),), (faceless,)))
    assert found is not None
    assert next(iter(found.answers.values())).own.tolist() == [np.inf]


@pytest.mark.parametrize("rule", [naive, fused, with_gallery_cohort, with_stranger_cohort])
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
