"""What other threads want done in a loop's thread, and the bell that wakes it where it sleeps."""

import contextlib
import socket
from collections import deque
from collections.abc import Callable


class Posts:
    """Work for one thread that sleeps in a selector over sockets, of which `ear` is one."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._bell, self.ear = socket.socketpair()
        self._bell.settimeout(0)
        self.ear.settimeout(0)
        self.asleep = False
        """Set by the loop before it looks whether something waits, and unset when it is awake:
        whoever posts in between rings."""

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def add(self, work: Callable[[], None]) -> None:
        """Has something done; any thread may call. It raises nothing."""
        self._waiting.append(work)
        if self.asleep:
            self.asleep = False  # one ring for all that comes until the loop is awake
            with contextlib.suppress(OSError):  # it rings already, or the loop has ended
                self._bell.send(b"\0")

    def hush(self) -> None:
        """Takes the rings off the ear; the loop was woken by them."""
        self.ear.recv(4096)

    def do_all(self) -> None:
        """Does what waits, in the order it came, with what is added meanwhile."""
        while self._waiting:
            self._waiting.popleft()()

    def close(self) -> None:
        """Closes bell and ear; what still comes is not done."""
        self._bell.close()
        self.ear.close()
