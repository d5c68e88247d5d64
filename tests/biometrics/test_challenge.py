"""What is asked of a person: never the same twice in a row, always a turn, evenly drawn."""

import itertools
import math
import random
import secrets
from collections import Counter

import pytest

from biometrics.challenge import ACTION_S, MOST_ACTIONS, SETTLING_S, TURNS, Action, Challenge, draw


def test_every_drawn_challenge_keeps_the_rules() -> None:
    """No action follows itself, and a turn is always among them."""
    for count in range(1, MOST_ACTIONS + 1):
        for seed in range(200):
            actions = draw(random.Random(seed), count=count).actions
            assert len(actions) == count
            assert all(now is not before for before, now in itertools.pairwise(actions))
            assert TURNS & set(actions)


def test_all_challenges_of_two_are_drawn_about_as_often() -> None:
    """A recording fits one in six: none of them is drawn much more than another."""
    source = random.Random(3)
    drawn = Counter(draw(source).actions for _ in range(6000))
    assert len(drawn) == 6
    assert max(drawn.values()) < 1.2 * min(drawn.values())


def test_a_server_draws_from_the_systems_source() -> None:
    """The source nobody can guess is taken as it is, and the time follows from the count."""
    challenge = draw(secrets.SystemRandom(), count=3)
    assert challenge.time_limit_s == SETTLING_S + 3 * ACTION_S
    assert draw(secrets.SystemRandom(), time_limit_s=8.0).time_limit_s == 8.0


@pytest.mark.parametrize("count", [0, -1, MOST_ACTIONS + 1])
def test_a_count_out_of_range_is_refused(count: int) -> None:
    """No challenge without actions, none as long as a queue."""
    with pytest.raises(ValueError, match="1 to 5 actions"):
        draw(random.Random(1), count=count)


@pytest.mark.parametrize("limit_s", [0.0, -1.0, math.nan, math.inf])
def test_a_time_limit_that_is_none_is_refused(limit_s: float) -> None:
    """A challenge without an end would be one that cannot fail."""
    with pytest.raises(ValueError, match="time limit"):
        Challenge((Action.BLINK,), limit_s)


def test_the_same_action_twice_in_a_row_is_refused() -> None:
    """The rule holds for challenges from anywhere, those from the wire included."""
    with pytest.raises(ValueError, match="twice in a row"):
        Challenge((Action.TURN_LEFT, Action.TURN_LEFT), 10.0)
    assert Challenge((Action.TURN_LEFT, Action.BLINK, Action.TURN_LEFT), 10.0).actions
