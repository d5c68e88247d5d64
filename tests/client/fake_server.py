"""A small real server on 127.0.0.1 for the tests of the link: it can fall silent and lie."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Self

from protocol.errors import RemoteError
from protocol.messages import (
    AskChallenge,
    ChallengeReply,
    Enrol,
    Enrolled,
    Error,
    Heartbeat,
    HeartbeatReply,
    Hello,
    Identify,
    Message,
    Recorded,
    Report,
    Request,
    SignedIn,
    SignedOut,
    SignIn,
    SignOut,
    Verdict,
    Welcome,
)
from protocol.session import Rejected, ServerSession
from server.handshake import shown_by
from tests.grids import grid

Answer = Callable[[Request], Message | bytes | None]
SUBJECT = "ab" * 16


def verdict(request: Identify, *, outcome: str = "identified") -> Verdict:
    """The answer to a probe."""
    named = outcome == "identified"
    return Verdict(
        re=request.id,
        event_id=request.event_id,
        outcome="server_unreachable" if request.late else outcome,
        subject_id=SUBJECT if named else None,
        display_name="Grace Hopper" if named else None,
        server_time_ms=1,
    )


class FakeServer:
    """Answers like a server; `answer` may answer otherwise (None: the usual way).

    Args:
        heartbeat_s: Told to the checkpoint.
        port: Where to listen, 0 for any.
    """

    def __init__(self, *, heartbeat_s: float = 0.2, port: int = 0) -> None:
        self.heartbeat_s = heartbeat_s
        self.received: list[Request] = []
        self.connections = 0
        self.answer: Answer = lambda _request: None
        self.silent = threading.Event()
        self.greeting = b""
        self.liveness = "off"
        self.who_enrols: str | None = None
        self.clock_ahead_s = 0.0
        self.password = ""
        self._closing = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def of(self, kind: type[Request]) -> list[Request]:
        """What came of a kind."""
        return [request for request in list(self.received) if isinstance(request, kind)]

    def drop_all(self) -> None:
        """Cuts every connection."""
        for sock in self._open:
            with contextlib.suppress(OSError):
                # Past TLS, as a cable is pulled.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def stop(self) -> None:
        """Ends it and frees the port."""
        self._closing.set()
        self.drop_all()
        for thread in self._threads:
            thread.join(3)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                sock, _peer = self._listener.accept()
            except TimeoutError:
                continue
            self._open.append(sock)
            self._start(lambda sock=sock: self._serve(sock))  # type: ignore[misc]

    def _serve(self, sock: socket.socket) -> None:
        if self.greeting:
            self.connections += 1
            with sock, contextlib.suppress(OSError):
                sock.sendall(self.greeting)
                sock.recv(65536)
            return
        try:
            tls = grid().server_context.wrap_socket(sock, server_side=True)
        except OSError:
            self.connections += 1
            sock.close()
            return
        self._open.append(tls)
        self.connections += 1  # not before: from now on it can be cut
        session = ServerSession()
        # A peer that was gone before the handshake has nothing to show.
        with tls, contextlib.suppress(OSError, ValueError):
            session.identified(shown_by(tls).name)
            self._talk(tls, session)

    def _talk(self, sock: ssl.SSLSocket, session: ServerSession) -> None:
        sock.settimeout(0.05)
        with sock, contextlib.suppress(OSError):
            while not self._closing.is_set() and not session.closed:
                try:
                    data = sock.recv(65536)
                except TimeoutError:
                    continue
                if not data:
                    return
                self._take(sock, session, data)

    def _take(self, sock: socket.socket, session: ServerSession, data: bytes) -> None:
        try:
            messages = session.receive(data)
        except RemoteError:
            sock.sendall(session.error_bytes())
            return
        for message in messages:
            if isinstance(message, Rejected):
                assert message.reply is not None
                sock.sendall(session.send(message.reply))
            elif isinstance(message, Request):
                self.received.append(message)
                while self.silent.is_set() and not self._closing.is_set():
                    time.sleep(0.01)
                answer = self.answer(message) or self._usual(message)
                sock.sendall(answer if isinstance(answer, bytes) else session.send(answer))

    def _usual(self, message: Request) -> Message:
        match message:
            case Hello():
                return Welcome(
                    re=message.id,
                    server_name="test server",
                    server_time_ms=1,
                    heartbeat_s=self.heartbeat_s,
                    people=2,
                    keep_pictures=False,
                    liveness=self.liveness,
                    who_enrols=self.who_enrols,
                )
            case Identify():
                return verdict(message)
            case Report():
                return Recorded(re=message.id, event_id=message.event_id)
            case Enrol():
                return Enrolled(
                    re=message.id,
                    enrolment_id=message.enrolment_id,
                    subject_id=SUBJECT,
                    display_name=message.display_name,
                    samples=len(message.samples),
                )
            case AskChallenge():
                return ChallengeReply(
                    re=message.id,
                    event_id=message.event_id,
                    challenge_id="c" * 32,
                    actions=("turn_left",),
                    time_limit_s=8.0,
                )
            case Heartbeat():
                now_ms = round(1000 * (time.time() + self.clock_ahead_s))
                return HeartbeatReply(
                    re=message.id, server_time_ms=now_ms, who_enrols=self.who_enrols
                )
            case SignIn() if message.password == self.password:
                return SignedIn(re=message.id, name=message.name.title(), idle_s=300)
            case SignIn():
                return Error.refuse("sign_in_refused", "Wrong.", re=message.id)
            case SignOut():
                return SignedOut(re=message.id)
            case _:
                return Error.refuse("unknown_kind", "What?", re=message.id)
