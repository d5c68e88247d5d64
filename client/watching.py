"""The clock of the vision thread: how long somebody was looked at, or looked for."""

HELD_UP_S = (0.5, 3.0)
"""Between two frames that were looked at: from here to there the thread was held up."""


class Watching:
    """A clock that only counts what was looked at: nobody has left because we did not look.

    A busy computer can hold the vision thread up for a second or two. Longer gaps are gaps: the
    camera was away, and whoever stands there then may be somebody else.
    """

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._at_s = 0.0

    def at(self, frame_s: float) -> float:
        """The time of a frame, from its `monotonic_s`."""
        if self._last_s is not None:
            passed_s = max(0.0, frame_s - self._last_s)
            held_up = HELD_UP_S[0] < passed_s <= HELD_UP_S[1]
            self._at_s += HELD_UP_S[0] if held_up else passed_s
        self._last_s = frame_s
        return self._at_s
