"""Turns of the head: to the person's own side, against how they stood, and not by noise."""

import pytest

from biometrics.challenge import Action
from biometrics.head_turn import STRAIGHT_DEG, TURN_DEG, TurnWatch
from biometrics.quality import yaw_degrees
from tests.biometrics.heads import Head


@pytest.mark.parametrize(("sign", "side"), [(1, Action.TURN_LEFT), (-1, Action.TURN_RIGHT)])
def test_a_turned_head_is_turned_to_the_persons_own_side(sign: int, side: Action) -> None:
    """The nose of somebody who turns to their left points to the picture's right."""
    head = Head()
    watch = TurnWatch([yaw_degrees(head.look()) for _ in range(5)])
    seen = [watch.see(yaw_degrees(head.look(yaw=sign * yaw))) for yaw in (0, 10, 20, 25, 20, 10, 0)]
    assert set(seen) == {None, side}
    assert seen[0] is None
    assert seen[-1] is None


def test_one_look_is_no_turn() -> None:
    """Landmarks that jump for a single look say nothing; two in a row do."""
    watch = TurnWatch([0.0])
    assert [watch.see(yaw) for yaw in (0, 25, 0, -25, 25, 0)] == [None] * 6
    assert [watch.see(25), watch.see(25)] == [None, Action.TURN_LEFT]


def test_straight_is_where_the_person_looked_straight() -> None:
    """A camera beside the door sees everybody a little turned."""
    watch = TurnWatch([9.0, 11.0, 10.0])
    watch.see(10.0 + STRAIGHT_DEG - 0.1)
    assert watch.straight
    watch.see(10.0 + TURN_DEG + 0.1)
    assert not watch.straight
    assert watch.see(10.0 + TURN_DEG + 0.1) is Action.TURN_LEFT
    watch.see(10.0 - TURN_DEG)
    assert watch.see(10.0 - TURN_DEG) is Action.TURN_RIGHT


def test_without_a_straight_look_there_is_no_turn() -> None:
    """Nothing to measure against is a mistake of the caller."""
    with pytest.raises(ValueError, match="got none"):
        TurnWatch([])
