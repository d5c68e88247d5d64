"""A thread's inbox: notes of other threads, done by this one, which a note wakes from its wait."""

import contextlib
import queue
import socket
from collections.abc import Callable

Note = Callable[[], None]


class Inbox:
    """Notes in their order. Any thread may `put`; the rest is for the thread that reads.

    Attributes:
        awake: Becomes readable when there is a note: for who waits for a socket as well.
    """

    def __init__(self) -> None:
        self._notes: queue.SimpleQueue[Note] = queue.SimpleQueue()
        self.awake, self._waker = socket.socketpair()
        self.awake.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._waker.setblocking(False)  # noqa: FBT003

    def put(self, note: Note) -> None:
        """Leaves a note and wakes the thread."""
        self._notes.put(note)
        self.wake()

    def wake(self) -> None:
        """Ends the thread's wait."""
        with contextlib.suppress(OSError):  # it is awake already, or has ended
            self._waker.send(b"\0")

    def take(self) -> Note | None:
        """The next note; None when there is none."""
        try:
            return self._notes.get_nowait()
        except queue.Empty:
            return None

    def wait(self, seconds: float) -> None:
        """Waits, but not when somebody wakes it."""
        self.awake.setblocking(True)  # noqa: FBT003
        self.awake.settimeout(max(seconds, 0.001))
        try:
            self.awake.recv(4096)
        except (TimeoutError, BlockingIOError):
            pass
        finally:
            self.awake.setblocking(False)  # noqa: FBT003

    def close(self) -> None:
        """Closes the sockets; what is put afterwards is never read."""
        self.awake.close()
        self._waker.close()
