"""Whether as many strangers are named as were asked for: by hand, and on made-up people."""

import pytest

from biometrics.evaluation.calibration import calibration_report, verdict
from tests.biometrics.evaluation.sets import at, item
from tests.biometrics.support import MadeUpPeople


@pytest.mark.parametrize(
    ("found", "strangers", "word"),
    [
        (0.001, 2000, "kept"),
        (0.006, 2000, "kept"),
        (0.013, 2000, "too many"),
        (0.0, 10_000, "fewer"),
        (0.0, 2000, "too few to tell"),
        (0.02, 50, "too few to tell"),
        (0.5, 4, "too few to tell"),
    ],
)
def test_a_third_to_twice_is_kept(found: float, strangers: int, word: str) -> None:
    """Of 0.3 %: 0.1 to 0.6 %; beyond, only what so many strangers can show is said."""
    assert verdict(0.003, found, strangers) == word


def test_galleries_of_several_sizes() -> None:
    """A row a size and target, mean of the seeds; people who are enrolled are no strangers."""
    made = MadeUpPeople(11)
    items = []
    for number in range(80):
        person = made.person()
        items += [item(f"P{number}", n, made.picture(person).tolist()) for n in range(4)]
    report = calibration_report(items, sizes=(10, 25, 1000), seeds=(0, 1))
    assert [(row["enrolled"], row["asked"]) for row in report["rows"]] == [
        (size, share) for size in (10, 25, 40) for share in (0.01, 0.003, 0.001)
    ]
    for row in report["rows"]:
        assert row["strangers"] == 80 - row["enrolled"]
        assert len(row["fpir_of_seeds"]) == 2
        assert row["fpir"] == pytest.approx(sum(row["fpir_of_seeds"]) / 2)
        assert row["fpir_interval"][0] <= row["fpir"] <= row["fpir_interval"][1]
        assert 0 <= row["fnir"] < 0.5


def test_the_habit_beside_it() -> None:
    """Of eight people 8 degrees apart everybody lies within 0.6 of somebody."""
    items = [item(f"P{n}", 0, at(8 * n)) for n in range(8)]
    rows = calibration_report(items, sizes=(4,), seeds=(0,))["rows"]
    assert [row["naive_fpir"] for row in rows] == [1.0, 1.0, 1.0]


def test_people_with_one_picture_can_be_enrolled() -> None:
    """Nobody is searched for then, but strangers are."""
    made = MadeUpPeople(2)
    items = [item(f"P{n}", 0, made.picture(made.person()).tolist()) for n in range(20)]
    rows = calibration_report(items, sizes=(10,), seeds=(0,))["rows"]
    assert [row["enrolled"] for row in rows] == [10, 10, 10]
    assert rows[0]["fnir"] is None


def test_too_few_people() -> None:
    """Two are no gallery and strangers."""
    with pytest.raises(ValueError, match="two strangers"):
        calibration_report([item("A", 0, at(0)), item("B", 0, at(50)), item("C", 0, None)])
