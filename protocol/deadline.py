"""Time limits: one object across all steps of an exchange, and one for each whole frame.

These read a clock and nothing else; who waits on a socket asks them how long it may.
"""

import time
from collections.abc import Callable

HELLO_DEADLINE_S = 5.0
"""From the connection to an accepted hello; a handshake on a slow link takes below 1 s."""

FRAME_DEADLINE_S = 10.0
"""From the first byte of a frame to its last: 64 KiB at 56 kbit/s take 9.4 s."""

REPLY_DEADLINE_S = 10.0
"""From a request to its reply, on the checkpoint; then the connection is taken for dead."""

HEARTBEATS_MISSED = 3
"""Heartbeat periods without a byte after which a connection is dropped."""


class Deadline:
    """A moment to be done by, shared by every step on the way.

    Args:
        seconds: From now.
        clock: Monotonic seconds.
    """

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = clock() + seconds

    def left(self) -> float:
        """Gives the seconds left, 0.0 when it has passed."""
        return max(0.0, self._at - self._clock())

    @property
    def expired(self) -> bool:
        """Whether the moment has passed."""
        return self._clock() >= self._at


class FrameWatch:
    """Holds each frame to one deadline, however many reads it takes.

    A peer that sends one byte a second passes every limit on a single read; this one it does not.

    Args:
        seconds: For one whole frame.
        clock: Monotonic seconds.
    """

    def __init__(
        self, seconds: float = FRAME_DEADLINE_S, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._completed = 0
        self._deadline: Deadline | None = None

    def update(self, *, completed: int, pending: int) -> None:
        """Notes where the stream stands; call it after every read.

        Args:
            completed: Frames finished so far.
            pending: Bytes awaited in an unfinished frame; 0 between frames.
        """
        if pending == 0:
            self._deadline = None
        elif self._deadline is None or completed != self._completed:
            self._deadline = Deadline(self._seconds, clock=self._clock)
        self._completed = completed

    def left(self, idle_s: float) -> float:
        """Gives the seconds the next read may take: `idle_s` between frames."""
        return idle_s if self._deadline is None else min(idle_s, self._deadline.left())

    @property
    def expired(self) -> bool:
        """Whether a frame was begun and not finished in its time."""
        return self._deadline is not None and self._deadline.expired
