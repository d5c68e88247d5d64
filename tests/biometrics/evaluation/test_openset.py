"""FNIR at FPIR by hand, and the protocol on a small set."""

import numpy as np
import pytest

from biometrics.evaluation.openset import at_threshold, fnir_at_fpir, openset_report
from biometrics.evaluation.openset_rules import Answers
from tests.biometrics.evaluation.sets import at, item
from tests.biometrics.support import MadeUpPeople

ANSWERS = Answers(
    own=np.array([0.1, 0.2, 0.3, np.inf]),
    right=np.array([True, True, False, False]),
    strangers=np.array([0.15, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, np.inf]),
)


def test_fnir_at_fpir_by_hand() -> None:
    """At 10 % one stranger of ten may be named: all below 0.25, where two of four are right."""
    assert fnir_at_fpir(ANSWERS, 0.1) == (0.1, 0.5, 0.25)
    assert fnir_at_fpir(ANSWERS, 0.0) == (0.0, 0.75, 0.15)
    fpir, fnir, limit = fnir_at_fpir(ANSWERS, 1.0)
    assert (fpir, fnir, limit) == (0.9, 0.5, np.inf)


def test_a_wrong_name_is_a_miss() -> None:
    """At 0.3 the third is named, and as somebody else."""
    assert at_threshold(ANSWERS, 0.3) == (0.2, 0.5)


def test_nobody_to_search() -> None:
    """Shares of nothing are refused."""
    nothing = Answers(np.array([]), np.array([], dtype=bool), np.array([0.1]))
    for measure in (fnir_at_fpir, at_threshold):
        with pytest.raises(ValueError, match="searched"):
            measure(nothing, 0.1)


def test_the_protocol_on_made_up_people() -> None:
    """Every rule has its row, each seed its figure, and claims carry their sample."""
    made = MadeUpPeople(5)
    items = []
    for number in range(70):
        person = made.person()
        count = 5 if number < 20 else 2
        items += [item(f"P{number:02d}", n, made.picture(person).tolist()) for n in range(count)]
    report = openset_report([*items, item("Z", 1, None)], seeds=(0, 1), people=20)
    assert (report["enrolled"], report["searched"], report["strangers"]) == (20, 20, 51)
    assert report["not_acquired"]["strangers"] == 1
    # Strangers are too few to be kept by the product.
    assert len(report["rules"]) == 6 + 3
    for row in report["rules"]:
        assert [at["fpir_target"] for at in row["at_fpir"]] == [0.01, 0.003, 0.001]
        assert not any(at["supported"] for at in row["at_fpir"])
        assert len(row["at_fpir"][0]["fnir_of_seeds"]) == 2
    assert [row["rule"] for row in report["fixed"]] == [
        "raw distance within 0.6, nearest of 3",
        *(
            f"the product's policy{variant}, asked for {share} %"
            for variant in (
                "",
                ", two pictures searched",
                ", two pictures, strangers with one or two",
            )
            for share in (1, 0.3, 0.1)
        ),
    ]
    product = report["fixed"][1]
    assert product["fpir"] < 0.2
    assert product["fnir"] < 0.5
    assert 0 < product["threshold"] < 0.4


def test_rules_without_data_are_left_out() -> None:
    """Nobody has five pictures: no row for two pictures searched, and no cohort of two."""
    items = [item(name, n, at(40 * p + n)) for p, name in enumerate("ABCD") for n in range(4)]
    report = openset_report(items)
    assert [row["rule"] for row in report["rules"]] == [
        "raw distance, nearest of 3",
        "fused template",
        "the product's policy",
    ]


def test_too_little_for_the_protocol() -> None:
    """Nobody has four pictures."""
    with pytest.raises(ValueError, match="four pictures"):
        openset_report([item("A", 1, at(0)), item("B", 1, at(60))])
