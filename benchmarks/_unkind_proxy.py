"""A network that delays, splits and cuts: a TCP proxy before a server."""

import contextlib
import random
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Self

_READ_BYTES = 16 * 1024
_TICK_S = 0.1
# SO_LINGER on with no time: close() answers with a reset instead of an orderly end.
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Faults:
    """What the network does to what is read in one go.

    Attributes:
        delay_s: Longest wait before it is passed on; each wait is drawn evenly from zero on.
        split: Share of the reads that are passed on in pieces of 1 to 700 bytes.
        cut: Share of the reads in the middle of which the connection is reset.
    """

    delay_s: float = 0.0
    split: float = 0.0
    cut: float = 0.0


KIND = Faults()


class UnkindProxy:
    """Listens on a free port of its own and passes on to another one (a context manager).

    Args:
        port: The server's.
        faults: What happens to what passes; may be replaced at any time.
        host: The server's address.
        listen: The address to listen on.
        seed: Of the dice.
    """

    def __init__(
        self,
        port: int,
        faults: Faults = KIND,
        *,
        host: str = "127.0.0.1",
        listen: str = "127.0.0.1",
        seed: int = 0,
    ) -> None:
        self.faults = faults
        self._to = (host, port)
        self._seed = seed
        self._listening = socket.create_server((listen, 0), backlog=128)
        self._listening.settimeout(_TICK_S)
        self.port: int = self._listening.getsockname()[1]
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._count = 0
        self.cuts = 0

    def __enter__(self) -> Self:
        accepting = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._threads.append(accepting)
        accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self.cut_all()
        for thread in self._threads:
            thread.join(timeout=5)
        self._listening.close()

    def cut_all(self) -> None:
        """Resets every connection."""
        with self._lock:
            sockets = list(self._sockets)
        for one in sockets:
            self._reset(one)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                near, _ = self._listening.accept()
            except TimeoutError:
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                continue
            try:
                far = socket.create_connection(self._to, timeout=5)
            except OSError:
                self._reset(near)
                near.close()
                continue
            self._join(near, far)

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        for one in (near, far):
            one.settimeout(_TICK_S)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._sockets |= {near, far}
        ended = threading.Event()
        for source, target in ((near, far), (far, near)):
            self._count += 1
            dice = random.Random(self._seed * 1_000_003 + self._count)  # noqa: S311 - no secret
            thread = threading.Thread(
                target=self._pass_on, args=(source, target, ended, dice), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _pass_on(
        self,
        source: socket.socket,
        target: socket.socket,
        ended: threading.Event,
        dice: random.Random,
    ) -> None:
        try:
            while not ended.is_set() and not self._closing.is_set():
                try:
                    data = source.recv(_READ_BYTES)
                except TimeoutError:
                    continue
                if not data:
                    break
                self._send(target, data, dice, ended)
        except OSError:
            pass  # cut by us or by either side: the same end
        finally:
            # The first of the two directions ends the other; the second one closes both.
            if ended.is_set():
                self._forget(source, target)
            ended.set()
            for one in (source, target):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _send(
        self, target: socket.socket, data: bytes, dice: random.Random, ended: threading.Event
    ) -> None:
        faults = self.faults
        if faults.delay_s:
            ended.wait(dice.uniform(0.0, faults.delay_s))
        if dice.random() < faults.cut:
            with contextlib.suppress(OSError):
                target.sendall(data[: dice.randrange(len(data))])
            self.cuts += 1
            self._reset(target)
            raise ConnectionResetError("cut")
        pieces = [data]
        if dice.random() < faults.split:
            pieces = []
            while data:
                length = min(len(data), dice.choice((1, 2, 5, 100, 700)))
                pieces.append(data[:length])
                data = data[length:]
        target.settimeout(5.0)
        for piece in pieces:
            target.sendall(piece)
        target.settimeout(_TICK_S)

    def _reset(self, one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)

    def _forget(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._sockets -= set(sockets)
        for one in sockets:
            one.close()
