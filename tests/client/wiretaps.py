"""Between a checkpoint and its server: one who records, and one who pretends to be the server."""

import contextlib
import select
import socket
import ssl
import threading
from typing import Self

from protocol.errors import RemoteError
from protocol.messages import PairCa, PairCaReply
from protocol.session import ServerSession
from security.tls import unverified_context
from tests.grids import MadeUpGrid


class Wiretap:
    """Passes every byte on and keeps a copy.

    Args:
        port: Of the server.
    """

    def __init__(self, port: int) -> None:
        self.recorded = bytearray()
        self.connections = 0
        self._server = port
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(6)
        self._listener.close()

    def _begin(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                sock, _ = self._listener.accept()
                self.connections += 1
                self._begin(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock, self._upstream() as beyond:
            self._pass_on(sock, beyond)

    def _upstream(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._server), timeout=5)

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        ways = {one: other, other: one}
        while not self._ending.is_set():
            waiting = [each for each in ways if isinstance(each, ssl.SSLSocket) and each.pending()]
            for each in waiting or select.select(list(ways), [], [], 0.05)[0]:
                data = each.recv(65536)
                if not data:
                    return
                self.recorded += data
                ways[each].sendall(data)


class ManInTheMiddle(Wiretap):
    """Speaks TLS with both sides, with an authority of its own, and reads what is said.

    Args:
        port: Of the server.
        own_authority: Gives its own authority's certificate out; else it passes the server's on,
            so that the checkpoint finds the hash of the code in it.
    """

    def __init__(self, port: int, *, own_authority: bool) -> None:
        super().__init__(port)
        self.grid = MadeUpGrid()
        self._own_authority = own_authority

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            sock.settimeout(5)
            with self.grid.server_context.wrap_socket(sock, server_side=True) as tls:
                if self._own_authority:
                    self._answer(tls)
                    return
                with unverified_context().wrap_socket(self._upstream()) as beyond:
                    self._pass_on(tls, beyond)

    def _answer(self, tls: ssl.SSLSocket) -> None:
        session = ServerSession()
        session.without_identity()
        while data := tls.recv(65536):
            self.recorded += data
            with contextlib.suppress(RemoteError):
                for message in session.receive(data):
                    if isinstance(message, PairCa):
                        reply = PairCaReply(re=message.id, certificate=self.grid.pem)
                        tls.sendall(session.send(reply))
