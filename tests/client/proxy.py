"""A network between a checkpoint and its server that the tests spoil: a TCP proxy."""

import contextlib
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

_TICK_S = 0.02
# SO_LINGER on with no time: close() answers with a reset instead of an orderly end.
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Passes bytes on; the attributes may be changed at any time.

    Args:
        port: The server's.

    Attributes:
        slice_bytes: Largest piece passed on at once; 0 for as it came.
        delay_s: How long each piece is on its way; others follow it meanwhile, as on a real line.
        silent: Nothing passes, nothing is closed: a cable that was pulled.
        cut_after: Bytes from the checkpoint after which each connection is cut; None for never.
        reset: Whether a cut is a reset instead of an orderly end.
        connections: Accepted so far.
    """

    def __init__(self, port: int) -> None:
        self.slice_bytes = 0
        self.delay_s = 0.0
        self.silent = False
        self.cut_after: int | None = None
        self.reset = False
        self.connections = 0
        self._to = port
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_TICK_S)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                near, _peer = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            self._start(lambda near=near: self._serve(near))  # type: ignore[misc]

    def _serve(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", self._to)) as far:
                self._pass_on(near, far)
            if self.reset:
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        from_near, end = 0, self.cut_after
        on_their_way: deque[tuple[float, socket.socket, bytes]] = deque()
        while not self._closing.is_set():
            ready, _, _ = select.select([near, far], [], [], _TICK_S)
            if self.silent:
                self._closing.wait(_TICK_S)
                continue
            self._arrive(on_their_way)
            for sock in ready:
                data = sock.recv(65536)
                cut = sock is near and end is not None and from_near + len(data) >= end
                if cut and end is not None:
                    data = data[: end - from_near]
                from_near += len(data) if sock is near else 0
                other = far if sock is near else near
                on_their_way.append((time.monotonic() + self.delay_s, other, data))
                if cut or not data:
                    self._arrive(on_their_way, wait=True)
                    return
            self._arrive(on_their_way)

    def _arrive(
        self, on_their_way: deque[tuple[float, socket.socket, bytes]], *, wait: bool = False
    ) -> None:
        """Hands over what was on its way long enough, or all of it at an end."""
        while on_their_way:
            due_s, sock, data = on_their_way[0]
            left_s = due_s - time.monotonic()
            if left_s > 0 and not wait:
                return
            if left_s > 0:
                self._closing.wait(left_s)
            on_their_way.popleft()
            size = self.slice_bytes or len(data)
            for start in range(0, len(data), size or 1):
                sock.sendall(data[start : start + size])
