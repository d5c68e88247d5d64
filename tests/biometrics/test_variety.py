"""What the poses of samples are called, and what is worth adding."""

import pytest

from biometrics.variety import turn_of, variety, variety_of


@pytest.mark.parametrize(
    ("yaw", "turn"),
    [(0.0, "straight"), (12.0, "straight"), (-12.0, "straight"), (13.0, "left"), (-13.0, "right")],
)
def test_turns(yaw: float, turn: str) -> None:
    """A nose to the right side of the picture is the person's own left."""
    assert turn_of(yaw) == turn


@pytest.mark.parametrize(
    ("yaws", "sentence"),
    [
        ([0.0, 20.0, -20.0], "3 samples: straight, left, right."),
        ([0.0, 2.0, -20.0], "3 samples: 2 straight, 1 right."),
        ([20.0, 0.0], "2 samples: straight, left."),
        ([0.0, 2.0, 3.0], "All three straight: add one turned a little."),
        ([0.0, 2.0], "Both straight: add one turned a little."),
        ([20.0, 22.0], "Both turned left: add one that looks straight."),
        ([0.0] * 9, "All 9 straight: add one turned a little."),
        ([0.0], "1 sample, straight: add two, turned a little left and right."),
        ([-20.0], "1 sample, turned right: add two, turned a little left and right."),
        ([0.0, None], "2 samples."),
        ([None], "1 sample."),
        ([], "0 samples."),
    ],
)
def test_sentences(yaws: list[float | None], sentence: str) -> None:
    """Nothing is advised where nothing was measured."""
    assert variety(yaws) == sentence


def test_turns_that_are_known() -> None:
    """As a checkpoint has them."""
    assert variety_of(["straight", "left", None]) == "3 samples."
    assert variety_of(["left", "right"]) == "2 samples: left, right."
