"""What waits for the decision: handed on together, one group after the other.

A decision and a commit cost much once and little for each that shares them. So a group is begun
when the one before is settled, and not before the loop has found nobody else at its sockets: who is
answered together asks again together, and two halves that take turns would stay halves for ever.
Nobody waits for company: the loop looks and does not wait, no longer than `MOST_LOOKING_S`.
"""

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

MOST = 64
"""In one group: more make no search cheaper, and the last of them waits for the first."""

MOST_LOOKING_S = 0.01
"""So long the loop may find somebody else at its sockets: twice what 50 requests at once take."""

T = TypeVar("T")


class Gathering(Generic[T]):
    """Owned by the thread that gathers.

    Args:
        hand_on: Takes a group; `settled` is called for all of it, at once or in parts.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        hand_on: Callable[[Sequence[T]], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hand_on = hand_on
        self._clock = clock
        self._waiting: list[T] = []
        self._under_way = 0
        self._since_s = 0.0

    @property
    def due(self) -> bool:
        """Whether something waits that could be handed on: the loop looks without waiting."""
        return bool(self._waiting) and not self._under_way

    def add(self, one: T) -> None:
        """Takes one more."""
        self._waiting.append(one)
        if len(self._waiting) == 1:
            self._since_s = self._clock()

    def settled(self, count: int) -> None:
        """So many of the group under way are settled."""
        self._under_way -= count
        self._since_s = self._clock()

    def go_on(self, *, quiet: bool) -> None:
        """Hands on what is due.

        Args:
            quiet: Whether the loop has just looked at its sockets and found nobody.
        """
        if not self.due:
            return
        enough = len(self._waiting) >= MOST or self._clock() - self._since_s >= MOST_LOOKING_S
        if quiet or enough:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._under_way = len(group)
            self._hand_on(group)
