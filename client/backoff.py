"""How long to wait before trying again: full jitter, so that 500 checkpoints do not come at once.

After Brooker, "Exponential Backoff And Jitter" (AWS, 2015): each wait is drawn evenly from zero to
a bound that doubles. The bound is capped, and a wait never is shorter than a quarter of a second.
"""

import random
from collections.abc import Callable

SHORTEST_S = 0.25
LONGEST_S = 8.0


class Backoff:
    """Waits that grow with every failure.

    Args:
        uniform: Draws a number between two bounds.
    """

    def __init__(self, *, uniform: Callable[[float, float], float] = random.uniform) -> None:
        self._uniform = uniform
        self._failures = 0

    @property
    def failures(self) -> int:
        """Failures since the last success."""
        return self._failures

    def next_s(self) -> float:
        """Counts a failure and says how long to wait now, in seconds."""
        bound_s = min(LONGEST_S, SHORTEST_S * 2 ** min(self._failures + 1, 10))
        self._failures += 1
        return max(SHORTEST_S, self._uniform(0.0, bound_s))

    def succeeded(self) -> None:
        """The next failure is the first again."""
        self._failures = 0
