"""Turns of the head: to the person's own side, against how they stood, and not by noise."""

import pytest

from biometrics.challenge import Action
from biometrics.head_turn import STRAIGHT_DEG, TURN_DEG, TurnWatch, slimness
from tests.biometrics.heads import Head


@pytest.mark.parametrize(("sign", "side"), [(1, Action.TURN_LEFT), (-1, Action.TURN_RIGHT)])
def test_a_turned_head_is_turned_to_the_persons_own_side(sign: int, side: Action) -> None:
    """The nose of somebody who turns to their left points to the picture's right."""
    head = Head()
    watch = TurnWatch([head.look() for _ in range(5)])
    seen = [watch.see(head.look(yaw=sign * yaw)) for yaw in (0, 10, 24, 28, 24, 10, 0)]
    assert set(seen) == {None, side}
    assert seen[0] is None
    assert seen[-1] is None


def test_one_look_is_no_turn() -> None:
    """Landmarks that jump for a single look say nothing; two in a row do."""
    head = Head(noise_px=0.0)
    watch = TurnWatch([head.look()])
    assert [watch.see(head.look(yaw=yaw)) for yaw in (0, 25, 0, -25, 25, 0)] == [None] * 6
    seen = [watch.see(head.look(yaw=25)) for _ in range(2)]
    assert seen == [None, Action.TURN_LEFT]


def test_straight_is_where_the_person_looked_straight() -> None:
    """A camera beside the door sees everybody a little turned."""
    head = Head(noise_px=0.0)
    watch = TurnWatch([head.look(yaw=10) for _ in range(3)])
    watch.see(head.look(yaw=10 + STRAIGHT_DEG - 2))
    assert watch.straight
    assert [watch.see(head.look(yaw=-4)) for _ in range(2)] == [None, None]
    assert not watch.straight
    assert [watch.see(head.look(yaw=10 - TURN_DEG - 3)) for _ in range(2)][1] is Action.TURN_RIGHT
    assert [watch.see(head.look(yaw=10 + TURN_DEG + 3)) for _ in range(2)][1] is Action.TURN_LEFT


@pytest.mark.parametrize("yaw", [22, 30, 40, -22, -40])
def test_a_head_is_not_flat(yaw: float) -> None:
    """Its nose explains how narrow it looks."""
    head = Head()
    watch = TurnWatch([head.look() for _ in range(5)])
    assert [watch.see(head.look(yaw=yaw)) for _ in range(2)][1] is not None
    assert not watch.flat


def test_a_flat_picture_does_not_turn() -> None:
    """The nose on a card stays between the eyes, however far the card is turned."""
    card = Head(flat=True)
    watch = TurnWatch([card.look() for _ in range(5)])
    for yaw in range(-60, 61, 3):
        assert watch.see(card.look(yaw=yaw)) is None


def test_a_card_whose_nose_is_off_is_flat() -> None:
    """Landmarks on a distorted picture may wander: it is far too narrow for so small a turn."""
    card = Head(flat=True)
    watch = TurnWatch([card.look() for _ in range(5)])
    for _ in range(3):
        turned = card.look(yaw=50)
        turned[30] += 0.3 * (turned[45] - turned[36])
        side = watch.see(turned)
    assert side is Action.TURN_LEFT
    assert watch.flat


def test_nothing_is_flat_before_it_turns() -> None:
    """Without a turn there is nothing to say."""
    assert not TurnWatch([Head().look()]).flat


def test_without_a_straight_look_there_is_no_turn() -> None:
    """Nothing to measure against is a mistake of the caller."""
    with pytest.raises(ValueError, match="got none"):
        TurnWatch([])


def test_slimness_of_no_face_is_none() -> None:
    """Degenerate landmarks divide by nothing, and are no turn that explains anything."""
    nothing = Head().look() * 0
    assert slimness(nothing) == 0
    assert not TurnWatch([nothing]).flat
