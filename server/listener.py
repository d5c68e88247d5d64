"""The listener's thread: accepts connections and nothing else."""

import contextlib
import socket
import threading
from collections.abc import Callable

from server.log_lines import RateLimited

# How long `stop` can go unnoticed where it wakes nobody: on all systems but Linux.
_TICK_S = 0.2
# What accept() raises when we are out of descriptors: waiting helps, spinning does not.
_PAUSE_S = 0.2


class Listener:
    """Owns the listening socket in a thread of its own.

    Args:
        listening: A socket that listens; closed by the thread at its end.
        admit: Takes each new socket and its peer's address; must not block for long.
        limited: For what strangers can cause again and again.
        died: Called when the thread ends by an error nobody expected.
    """

    def __init__(
        self,
        listening: socket.socket,
        admit: Callable[[socket.socket, str], None],
        limited: RateLimited,
        died: Callable[[BaseException], None],
    ) -> None:
        self._listening = listening
        self._admit = admit
        self._limited = limited
        self._died = died
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        host, port = listening.getsockname()[:2]
        self.host: str = host
        self.port: int = port

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Starts accepting."""
        self._thread.start()

    def stop(self) -> None:
        """Asks the thread to end; it does within 0.2 s and closes the listening socket."""
        self._stop.set()
        with contextlib.suppress(OSError):  # closed already, or not Linux
            self._listening.shutdown(socket.SHUT_RDWR)

    def join(self, timeout_s: float) -> None:
        """Waits for the end of the thread. Never called from a Tk callback."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._listening.settimeout(_TICK_S)
            while not self._stop.is_set():
                self._accept_one()
        except Exception as error:  # noqa: BLE001 - a thread's top: the grid tells and restarts
            self._died(error)
        finally:
            self._listening.close()

    def _accept_one(self) -> None:
        try:
            raw, address = self._listening.accept()
        except TimeoutError:
            return
        except OSError as error:
            if self._stop.is_set():
                return
            self._limited.log("accept_failed", reason=str(error))
            self._stop.wait(_PAUSE_S)
            return
        try:
            self._admit(raw, str(address[0]))
        except BaseException:
            raw.close()
            raise
