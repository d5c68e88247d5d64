"""One connection to the server: its TLS, its session, and the rules of when it is dead.

Used by the link thread alone. Non-blocking: `step` waits at most as long as it is told. Bytes that
TLS has decrypted and nobody has read yet are not seen by `select`: they are asked for.
"""

import contextlib
import selectors
import socket
import ssl
import time
from collections.abc import Mapping, Sequence

from client.events import LinkState
from client.handshake import say_goodbye, why
from protocol.consent import mark_of
from protocol.deadline import (
    HEARTBEATS_MISSED,
    HELLO_DEADLINE_S,
    REPLY_DEADLINE_S,
    Deadline,
    FrameWatch,
)
from protocol.errors import Code, IllegalSend, RemoteError, retryable, sentence
from protocol.kinds import DLIB_SHAPE, EncodingShape
from protocol.messages import (
    Bye,
    Error,
    Heartbeat,
    HeartbeatReply,
    Message,
    Request,
    Welcome,
)
from protocol.session import ClientSession, Rejected
from protocol.sign_in import WhoEnrols

_READ_BYTES = 65536
_STATES: Mapping[str, LinkState] = {
    Code.NOT_PAIRED: LinkState.NOT_PAIRED,
    Code.REVOKED: LinkState.REVOKED,
}
_HOPELESS = frozenset(
    {Code.UNSUPPORTED_VERSION, Code.ENCODER_MISMATCH, Code.NOT_ALLOWED, Code.NAME_INVALID}
)


class ConnectionEnded(Exception):  # noqa: N818 - named for what happened
    """Raised when the connection is over.

    Args:
        text: A sentence: why, and what happens next.
        refused: The server answered no; trying again soon changes nothing.
        state: What the link is then; by `refused` unless told otherwise.
    """

    def __init__(self, text: str, *, refused: bool = False, state: LinkState | None = None) -> None:
        super().__init__(text)
        self.refused = refused
        self.state = state or (LinkState.REFUSED if refused else LinkState.UNREACHABLE)


class Connection:
    """Sends and receives messages, beats the heart, and notices silence.

    Args:
        sock: After the handshake with the right server, non-blocking; closed by `close`.
        wake: Readable when the thread is wanted for something else.
        address: For sentences.
        encodings: What the checkpoint's encoder gives.
    """

    def __init__(
        self,
        sock: ssl.SSLSocket,
        wake: socket.socket,
        address: str,
        *,
        encodings: EncodingShape = DLIB_SHAPE,
    ) -> None:
        self.session = ClientSession(encodings)
        self.session.server_verified()
        self.latency_ms: float | None = None
        self.audit_head: str | None = None
        self._sock = sock
        self._address = address
        self._out = bytearray()
        self._liveness: str | None = None
        self._offline_hours: int | None = None
        self._consent_text: str | None = None
        self._who_enrols: str | None = None
        self._hello = Deadline(HELLO_DEADLINE_S)
        self._watch = FrameWatch()
        self._heard_s = time.monotonic()
        self._sent_s: dict[str, float] = {}
        self._beat_s = 0.0
        self.clock_ahead_s = 0.0
        self._ending: ConnectionEnded | None = None
        self._wake = wake
        self._selector = selectors.DefaultSelector()
        self._selector.register(sock, selectors.EVENT_READ)
        self._selector.register(wake, selectors.EVENT_READ)

    @property
    def welcome(self) -> Welcome | None:
        """The server's welcome, None before it."""
        return self.session.welcome

    @property
    def liveness(self) -> str:
        """What the server demands, by its last word about it."""
        told = None if self.welcome is None else self.welcome.liveness
        return self._liveness or told or "off"

    @property
    def offline_hours(self) -> int:
        """How long a copy of the gallery may decide without the server, by its last word; or 0."""
        told = None if self.welcome is None else self.welcome.offline_hours
        return (told if self._offline_hours is None else self._offline_hours) or 0

    @property
    def consent_text(self) -> str | None:
        """What people agree to before they are enrolled, by its last word; None for none."""
        told = None if self.welcome is None else self.welcome.consent_text
        return self._consent_text or told

    @property
    def who_enrols(self) -> str:
        """Who may enrol here, by the server's last word; one that says nothing lets anybody."""
        told = None if self.welcome is None else self.welcome.who_enrols
        return self._who_enrols or told or WhoEnrols.ANYBODY.value

    def take_audit_head(self) -> str | None:
        """The head that a heartbeat brought since the last time."""
        head, self.audit_head = self.audit_head, None
        return head

    def send_hello(self, *, witnessed: str | None = None, **who: str) -> None:
        """Introduces the checkpoint, with the newest head of the audit log that it has seen.

        Raises:
            ConnectionEnded: The checkpoint's own name or id cannot be sent.
        """
        try:
            self._out += self.session.hello(witnessed=witnessed, **who)
        except IllegalSend as error:
            raise ConnectionEnded(
                f"This checkpoint cannot introduce itself: {error.message}. Change its name in"
                " the settings.",
                refused=True,
            ) from error

    def send(self, request: Request) -> None:
        """Sends a request.

        Raises:
            IllegalSend: It does not fit; nothing was sent.
        """
        self._out += self.session.send(request)
        self._sent_s[request.id] = time.monotonic()

    def step(self, timeout_s: float) -> Sequence[Message]:
        """Writes, reads and keeps the time, once.

        Args:
            timeout_s: Longest wait for something to happen.

        Returns:
            What came, without heartbeats.

        Raises:
            ConnectionEnded: It is over.
        """
        if self._ending is not None:
            raise self._ending
        self._beat()
        received: list[Message] = []
        try:
            self._write()
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
            self._selector.modify(self._sock, events)
            decrypted = self._sock.pending() > 0
            ready = {key.fileobj for key, _ in self._selector.select(0 if decrypted else timeout_s)}
            if self._wake in ready:
                self._wake.recv(4096)
            if decrypted or self._sock in ready:
                self._write()
                received = self._read()
        except ssl.SSLError as error:
            failed = why(error, self._address)
            raise ConnectionEnded(str(failed), state=failed.state) from error
        except OSError as error:
            raise ConnectionEnded(
                f"The connection to {self._address} broke. It is made again by itself."
            ) from error
        self._check_time()
        return received

    def close(self, reason: str = "") -> None:
        """Says bye when that is possible at once, and closes the socket."""
        if reason and not self.session.closed:
            with contextlib.suppress(IllegalSend, OSError):
                self._out += self.session.send(Bye(id=self.session.next_id(), reason=reason))
                self._write()
        self.session.transport_ended()
        say_goodbye(self._sock)
        self._selector.close()
        self._sock.close()

    def _write(self) -> None:
        while self._out:
            try:
                sent = self._sock.send(self._out)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            del self._out[:sent]

    def _read(self) -> list[Message]:
        try:
            data = self._sock.recv(_READ_BYTES)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return []
        if not data:
            raise ConnectionEnded(self._hung_up())
        self._heard_s = time.monotonic()
        try:
            found = self.session.receive(data)
        except RemoteError as error:
            self._broken(error)
        self._watch.update(completed=self.session.frames_received, pending=self.session.pending)
        received: list[Message] = []
        try:
            for each in found:
                if not isinstance(each, Rejected) and self._keep(each):
                    received.append(each)  # noqa: PERF401 - kept when the next one ends it
            if self.session.failure is not None:
                self._broken(self.session.failure)
        except ConnectionEnded as ended:
            # What came before the end in the same read counts; the next step says the rest.
            self._ending = ended
        return received

    def _keep(self, message: Message) -> bool:
        """Looks after what belongs to the connection itself; True for the rest.

        Raises:
            ConnectionEnded: The server ends it.
        """
        re = getattr(message, "re", None)
        sent_s = self._sent_s.pop(re, None) if isinstance(re, str) else None
        match message:
            case HeartbeatReply():
                if sent_s is not None:
                    self.latency_ms = (self._heard_s - sent_s) * 1000
                self.clock_ahead_s = time.time() - message.server_time_ms / 1000
                self._liveness = message.liveness or self._liveness
                self._offline_hours = message.offline_hours
                self._consent_text = message.consent_text or self._consent_text
                self._who_enrols = message.who_enrols or self._who_enrols
                self.audit_head = message.audit_head or self.audit_head
                return False
            case Error(code=Code.CONSENT_OUTDATED):
                self._beat_s = 0.0  # the text as it is now comes with the next heartbeat
                return True
            case Bye():
                raise ConnectionEnded(
                    "The server ended the connection. It is made again when the server is back."
                )
            case Error() if re is None or self.session.closed:
                refused = message.code in _HOPELESS or not retryable(message.code)
                # Which face model the server has, only the server can say.
                ours = message.code == Code.ENCODER_MISMATCH
                said = message.message if ours else sentence(message.code)
                raise ConnectionEnded(said, refused=refused, state=_STATES.get(message.code))
            case _:
                return True

    def _broken(self, error: RemoteError) -> None:
        with contextlib.suppress(OSError):
            self._out[:] = self.session.error_bytes()
            self._write()
        if self.welcome is None:
            raise ConnectionEnded(
                f"What answers at {self._address} is no FaceNetGrid server of this version. Check"
                " the address and the port.",
                refused=True,
            ) from error
        raise ConnectionEnded(
            "The server sent something that makes no sense. The connection is made again."
        ) from error

    def _hung_up(self) -> str:
        if self.welcome is None:
            return (
                f"{self._address} closed the connection without a word. Is it a FaceNetGrid server?"
            )
        return "The server closed the connection. It is made again by itself."

    def _beat(self) -> None:
        welcome = self.welcome
        now_s = time.monotonic()
        if welcome is None or not self.session.ready or now_s < self._beat_s:
            return
        self._beat_s = now_s + welcome.heartbeat_s
        beating = any(isinstance(each, Heartbeat) for each in self.session.open_requests.values())
        if not beating and self.session.room:
            text = self.consent_text
            shown = None if text is None else mark_of(text)
            self.send(Heartbeat(id=self.session.next_id(), consent=shown))

    def _check_time(self) -> None:
        now_s = time.monotonic()
        welcome = self.welcome
        if welcome is None:
            if self._hello.expired:
                raise ConnectionEnded(
                    f"{self._address} does not introduce itself. Is it a FaceNetGrid server?"
                )
            return
        silent_s = now_s - self._heard_s
        oldest_s = min(self._sent_s.values(), default=now_s)
        if silent_s > HEARTBEATS_MISSED * welcome.heartbeat_s:
            raise ConnectionEnded("The server fell silent. The connection is made again.")
        if now_s - oldest_s > REPLY_DEADLINE_S or self._watch.expired:
            raise ConnectionEnded("The server takes too long. The connection is made again.")
