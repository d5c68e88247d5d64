"""What a person is asked to do before a camera to show that they are there: drawn at random."""

import enum
import itertools
import math
import random
from dataclasses import dataclass


class Action(enum.StrEnum):
    """One thing to do; left and right as the person means them: their own left."""

    BLINK = "blink"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"


TURNS = frozenset({Action.TURN_LEFT, Action.TURN_RIGHT})
MOST_ACTIONS = 5
"""More would be a queue at the door, and adds nothing: a recording that answers five passes six."""
SETTLING_S = 5.0
"""Part of a time limit that goes by before the first action: stepping up, looking straight."""
ACTION_S = 5.0
"""Part of a time limit for each action: reading it, doing it, looking straight again. People in
the clips turn their heads to one side and back in 1.0 to 3.9 s; reading takes another one."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Actions in the order they are asked for, and the time for all of them together.

    Raises:
        ValueError: No actions or more than `MOST_ACTIONS`, one twice in a row (the second would
            be answered by whoever is slow with the first), or no time limit above 0.
    """

    actions: tuple[Action, ...]
    time_limit_s: float

    def __post_init__(self) -> None:
        if not 1 <= len(self.actions) <= MOST_ACTIONS:
            raise ValueError(f"a challenge has 1 to {MOST_ACTIONS} actions, got {self.actions}")
        if any(now is before for before, now in itertools.pairwise(self.actions)):
            raise ValueError(f"a challenge never asks the same twice in a row, got {self.actions}")
        if not (math.isfinite(self.time_limit_s) and self.time_limit_s > 0):
            raise ValueError(f"a time limit is above 0 s, got {self.time_limit_s}")


def draw(source: random.Random, *, count: int = 2, time_limit_s: float | None = None) -> Challenge:
    """A challenge by chance. At least one action of it is a turn.

    A blink happens by itself every few seconds, in a replay too; a turn has to be meant, and shows
    that the face is no flat picture. With two actions there are six challenges, and each action
    more doubles them: a recording made beforehand fits one in so many.

    Args:
        source: `secrets.SystemRandom()` where somebody might want to guess.
        count: How many actions, 1 to `MOST_ACTIONS`.
        time_limit_s: For all of them; None for `SETTLING_S` and `ACTION_S` each.

    Raises:
        ValueError: `count` or `time_limit_s` is out of range.
    """
    if not 1 <= count <= MOST_ACTIONS:
        raise ValueError(f"a challenge has 1 to {MOST_ACTIONS} actions, got {count}")
    choices = sorted(TURNS) if count == 1 else list(Action)
    actions: list[Action] = []
    for _ in range(count):
        actions.append(source.choice([action for action in choices if action not in actions[-1:]]))
    limit_s = SETTLING_S + count * ACTION_S if time_limit_s is None else time_limit_s
    return Challenge(tuple(actions), limit_s)
