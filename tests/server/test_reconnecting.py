"""F14: the server comes back and everybody reconnects at once, over TLS, each at its own pace."""

import os
import threading
import time
from pathlib import Path
from typing import Self

from client.backoff import Backoff
from server.settings import ServerSettings
from tests.server.wire import Served, assert_healthy, heartbeat, served
from tests.support import wait_until

CLIENTS = int(os.environ.get("FACENETGRID_RECONNECTING", "80"))
"""500 have to be healthy within 30 s; fewer, and more than may be strangers, in each run."""

WITHIN_S = 30.0
SHARING = 10
"""Clients with one certificate; a checkpoint may have more connections than that."""

BEAT_S = 1.0


class Crowd:
    """Checkpoints, a thread each, that connect again whenever they are cut off.

    Args:
        running: The server.
        count: How many.
    """

    def __init__(self, running: Served, count: int) -> None:
        self._running = running
        self._port = running.port
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._healthy: set[int] = set()
        self.failures = 0
        self.certificates = count // SHARING + 1
        for number in range(self.certificates):
            running.access(f"gate-{number}")
        self._threads = [
            threading.Thread(target=self._stay, args=(number,), name=f"client {number}")
            for number in range(count)
        ]

    @property
    def healthy(self) -> int:
        """How many have a connection on which the server answered."""
        with self._lock:
            return len(self._healthy)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _stay(self, number: int) -> None:
        backoff = Backoff()
        while not self._over.is_set():
            try:
                self._visit(number, backoff)
            except (OSError, EOFError):
                with self._lock:
                    self._healthy.discard(number)
                    self.failures += 1
            self._over.wait(backoff.next_s())

    def _visit(self, number: int, backoff: Backoff) -> None:
        with self._running.peer(f"gate-{number % self.certificates}", port=self._port) as peer:
            peer.hello()
            while peer.ask(heartbeat()).kind == "heartbeat_reply":
                backoff.succeeded()
                with self._lock:
                    self._healthy.add(number)
                if self._over.wait(BEAT_S):
                    return


def test_f14_everybody_reconnects_together(tmp_path: Path) -> None:
    """F14: all are served again within the time, and the server is as healthy as before."""
    settings = ServerSettings(port=0, max_checkpoints=CLIENTS + 1)
    with served(tmp_path, settings=settings) as running, Crowd(running, CLIENTS) as crowd:
        wait_until(lambda: crowd.healthy == CLIENTS, timeout_s=4 * WITHIN_S, what="the first time")
        port = running.port
        running.grid.stop().result(timeout=10)
        wait_until(lambda: crowd.healthy == 0, timeout_s=WITHIN_S, what="all to be cut off")
        failures, started = crowd.failures, time.monotonic()
        running.grid.start(port=port).result(timeout=10)
        wait_until(lambda: crowd.healthy == CLIENTS, timeout_s=WITHIN_S, what="all to be back")
        took_s = time.monotonic() - started
        print(f"{CLIENTS} clients back in {took_s:.1f} s, {crowd.failures - failures} failures")
        assert_healthy(running)
