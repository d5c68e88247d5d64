"""How long nobody has touched mouse or keyboard in the window."""

import time
import tkinter
from collections.abc import Callable


class Idle:
    """Counts the time since the last movement, click or key in any part of the window.

    Args:
        root: The window.
        minutes: After how many it counts as left alone; 0 for never.
        now_s: A clock that only goes forward, seconds.
    """

    def __init__(
        self,
        root: tkinter.Tk,
        minutes: Callable[[], int],
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._minutes = minutes
        self._now_s = now_s
        self._touched_s = now_s()
        for event in ("<Motion>", "<Button>", "<Key>", "<MouseWheel>"):
            root.bind_all(event, lambda _event: self.touch(), add="+")

    def touch(self) -> None:
        """Somebody is there."""
        self._touched_s = self._now_s()

    @property
    def left_s(self) -> int | None:
        """Seconds until the window is locked; None when it never is."""
        minutes = self._minutes()
        if not minutes:
            return None
        return max(0, round(60 * minutes - (self._now_s() - self._touched_s)))
