"""A look at every event that is under way: how far it is, and whether somebody cancelled it."""

import threading


class Look:
    """Its thread writes how far it is, the window's thread reads; and the other way round.

    Attributes:
        cancelled: Set when nobody wants to know any more.
        far: So many of so many; 0 of 0 before it is known.
    """

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self.far = (0, 0)

    def note(self, done: int, total: int) -> None:
        """So many of so many."""
        self.far = done, total
