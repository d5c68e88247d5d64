"""One connection in its own thread: owns the socket and the session, answers one peer.

The thread shakes hands (TLS), looks at the peer's certificate, reads, hands whole messages to the
services, and writes their answers; nobody else reads or writes this socket. Others may only `abort`
it (cut it off), `finish` it (ask it to go) or `dismiss` it (its checkpoint was shut out).
"""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from desktop.logs import log_event
from protocol.deadline import (
    FRAME_DEADLINE_S,
    HEARTBEATS_MISSED,
    HELLO_DEADLINE_S,
    Deadline,
    FrameWatch,
)
from protocol.errors import Code, IllegalSend, RemoteError
from protocol.framing import HEADER_BYTES
from protocol.messages import Bye, Error, Hello, Message, Pair, PairCa, Renew, Request
from protocol.session import Received, Rejected, ServerSession
from server.devices import Standing
from server.doorway import Doorway
from server.handshake import (
    HandshakeFailed,
    PeerClosed,
    await_tls,
    shake_hands,
    shown_by,
)
from server.log_lines import RateLimited
from server.recognition import Caller
from server.requests import Requests

_LOG = logging.getLogger(__name__)
_READ_BYTES = 16 * 1024
# How long `finish` can go unnoticed while the peer is silent.
_TICK_S = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a peer may take, in seconds.

    `read_s` is for one read inside a frame, `frame_s` for a whole frame, `silent_s` for a peer
    that said hello and then nothing (between frames only: in a frame the other two count),
    `send_s` for one that does not read its answers.
    """

    hello_s: float = HELLO_DEADLINE_S
    read_s: float = 5.0
    frame_s: float = FRAME_DEADLINE_S
    silent_s: float = 6.0
    send_s: float = 5.0

    @classmethod
    def of_heartbeat(cls, heartbeat_s: float) -> "Patience":
        """The usual limits with three heartbeats of silence."""
        return cls(silent_s=HEARTBEATS_MISSED * heartbeat_s)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every connection is given.

    `doorway` says who a peer is, `trust` asks whether one more checkpoint may be here, `gone` says
    that the thread ends, `fault` takes a sentence and an error that nobody expected.
    """

    requests: Requests
    doorway: Doorway
    patience: Patience
    limited: RateLimited
    trust: Callable[[int], bool]
    gone: Callable[[int], None]
    fault: Callable[[str, BaseException], None]


class _Over(Exception):  # noqa: N818 - named for what happened
    """The connection ends here; the text says why in a word or two, for the log.

    `farewell` is the last thing the peer is sent, `fault` says that the peer is to blame.
    """

    def __init__(self, why: str, farewell: bytes = b"", *, fault: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.farewell = farewell
        self.fault = fault


class Connection:
    """A peer, from accept to close.

    Args:
        raw: The accepted socket; closed by this connection's thread.
        address: The peer's address, for the log.
        number: Counts up; names the thread.
        around: What it works with.
    """

    def __init__(self, raw: socket.socket, address: str, number: int, around: Surroundings) -> None:
        self._socket: socket.socket = raw
        self._tls: ssl.SSLSocket | None = None
        self.checkpoint_id = ""
        self._address = address
        self._number = number
        self._around = around
        self._session = ServerSession(around.requests.encodings)
        self._watch = FrameWatch(around.patience.frame_s)
        # Until hello one deadline stands over everything; then each silence between frames has one.
        self._silence = Deadline(around.patience.hello_s)
        self._caller: Caller | None = None
        self._finish = threading.Event()
        self._aborted = self._dismissed = False
        self._timeout_s = -1.0  # of the socket, once hands are shaken; not set yet
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"checkpoint-{number}", daemon=True)

    def start(self) -> None:
        """Starts the connection's thread.

        Raises:
            RuntimeError: Raised when the system gives us no more threads.
        """
        self._thread.start()

    def finish(self) -> None:
        """Asks the thread to say goodbye and end; it does within a quarter of a second."""
        self._finish.set()

    def dismiss(self) -> None:
        """Tells the peer that its checkpoint was shut out, and ends; within a quarter of a second.

        No request that comes after this is answered. A thread that waits for the disk or for a
        peer that does not read may take longer: `abort` it then.
        """
        self._dismissed = True
        self._finish.set()

    def abort(self) -> None:
        """Cuts the connection off: a waiting read or write of the thread ends at once.

        The one call that touches the socket from outside. It shuts the plain socket down, past
        TLS: `SSLSocket.shutdown` takes TLS off first, and the thread would go on in clear.
        """
        self._aborted = True
        self._finish.set()
        with self._closing, contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    # From here on everything runs in the connection's thread.

    def _run(self) -> None:
        try:
            self._open_tls()
            self._look_at_identity()
            self._talk()
        except _Over as over:
            self._part(over)
        except OSError as error:
            self._note("connection_lost", reason=error.strerror or str(error))
        except Exception as error:  # noqa: BLE001 - a thread's top: nobody else is harmed
            self._around.fault("A connection ended by an unexpected error; see the log.", error)
            self._send_quietly(self._refusal("the request failed on the server"))
        finally:
            self._leave()

    def _open_tls(self) -> None:
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await_tls(self._socket, self._pause_s)
            with self._closing:
                tls = self._around.doorway.authority.context.wrap_socket(
                    self._socket, server_side=True, do_handshake_on_connect=False
                )
                self._socket = tls
            shake_hands(tls, self._pause_s)
        except HandshakeFailed as failed:
            raise _Over(f"no TLS: {failed}", fault=True) from failed
        except PeerClosed:
            raise _Over("closed by the peer") from None
        self._tls = tls

    def _look_at_identity(self) -> None:
        """Says to the session who this is: a paired checkpoint, or somebody without certificate."""
        assert self._tls is not None, "the handshake is over"
        shown = shown_by(self._tls)
        if shown is None:
            self._session.without_identity()
            return
        self.checkpoint_id, serial = shown
        # After the line above a revocation finds this connection, so none falls in between.
        standing = self._around.doorway.devices.standing(serial)
        if standing is Standing.REVOKED:
            raise self._revoked()
        if standing is Standing.UNKNOWN:
            sentence = "This server does not know the checkpoint's certificate. Pair it again."
            raise _Over(Code.NOT_PAIRED, self._refusal(sentence, Code.NOT_PAIRED), fault=True)
        self._session.identified(self.checkpoint_id)

    def _revoked(self) -> _Over:
        sentence = "The administrator has shut this checkpoint out."
        return _Over(Code.REVOKED, self._refusal(sentence, Code.REVOKED), fault=True)

    def _pause_s(self) -> float:
        """How long to wait for the handshake at most before looking up again."""
        self._check_asked_to_go()
        left_s = self._silence.left()
        if left_s <= 0:
            raise _Over("no TLS in time", fault=True)
        return min(_TICK_S, left_s)

    def _talk(self) -> None:
        while True:
            data = self._read()
            received_s = time.monotonic()
            while data:
                data = self._feed(data, received_s)
            self._watch.update(
                completed=self._session.frames_received, pending=self._session.pending
            )

    def _feed(self, data: bytes, received_s: float) -> bytes:
        """Gives the session what ends a header or a frame; returns the bytes behind it.

        So each message is answered before the next one is looked at: what came in one read has
        the same answers, and the same end, as if it had come in many.
        """
        self._check_asked_to_go()
        count = self._session.pending or HEADER_BYTES
        try:
            received = self._session.receive(data[:count])
        except RemoteError as error:
            raise _Over(error.code, self._session.error_bytes(), fault=True) from error
        if self._session.closed:
            raise _Over("bye")
        for message in received:
            self._take(message, received_s)
        if received and self._caller is not None:
            self._silence = Deadline(self._around.patience.silent_s)
            self._around.requests.heard(self._caller)
        return data[count:]

    def _read(self) -> bytes:
        """Waits for bytes, as long as the peer may still take."""
        pending = self._session.pending > 0
        inside = Deadline(self._around.patience.read_s) if pending else None
        while True:
            self._check_asked_to_go()
            left_s = self._left_s(inside)
            if left_s <= 0:
                late = "a message was not finished in time"
                what = late if pending else "nothing was heard for too long"
                raise _Over(Code.TIMEOUT, self._refusal(what, Code.TIMEOUT), fault=True)
            try:
                self._wait_at_most(left_s)
                data = self._socket.recv(_READ_BYTES)
            except TimeoutError:
                continue
            if not data:
                why = "cut off" if self._aborted else "closed by the peer"
                raise _Over(why, fault=pending)
            return data

    def _left_s(self, inside: Deadline | None) -> float:
        """How long the peer may still take.

        Between frames its silence counts. Inside a frame this read (`inside`) and the whole frame
        count, and no silence: bytes come. Until hello its one deadline stands over them all.
        """
        if inside is None:
            return self._silence.left()
        left_s = self._watch.left(inside.left())
        return left_s if self._caller is not None else min(left_s, self._silence.left())

    def _check_asked_to_go(self) -> None:
        if self._aborted:
            raise _Over("cut off")
        if self._dismissed:
            raise self._revoked()
        if self._finish.is_set():
            raise _Over("server stopping", self._goodbye())

    def _take(self, message: Received, received_s: float) -> None:
        """Answers one message; the answer is on its way before the next is looked at."""
        if isinstance(message, Rejected):
            self._around.limited.log(
                "message_refused", code=str(message.error.code), address=self._address
            )
            if message.reply is not None:
                self._send(message.reply)
        elif isinstance(message, Hello):
            self._welcome(message)
        elif isinstance(message, PairCa | Pair | Renew):
            self._at_the_door(message)
        elif isinstance(message, Request):
            assert self._caller is not None, "the session lets no request pass before hello"
            self._send(self._around.requests.answer(message, self._caller, received_s=received_s))

    def _at_the_door(self, request: PairCa | Pair | Renew) -> None:
        pairing = self._around.doorway.pairing
        self._send(pairing.answer(request, address=self._address, checkpoint_id=self.checkpoint_id))
        if not isinstance(request, Renew):
            raise _Over(request.kind)

    def _welcome(self, hello: Hello) -> None:
        requests = self._around.requests
        answer = requests.hello(hello, address=self._address)
        if isinstance(answer, Error):
            self._send(answer)
            raise _Over(answer.code)
        if not self._around.trust(self._number):
            self._send(
                Error.refuse(Code.BUSY, "As many checkpoints as allowed are here.", re=hello.id)
            )
            raise _Over(Code.BUSY)
        self._caller = requests.came(hello, address=self._address)
        self._send(answer)
        self._note("checkpoint_connected")

    def _send(self, message: Message) -> None:
        left = memoryview(self._session.send(message))
        # The time is for all of it together: a peer that reads a byte a second is gone too.
        deadline = Deadline(self._around.patience.send_s)
        while left:
            try:
                self._wait_at_most(max(deadline.left(), 0.001))
                left = left[self._socket.send(left) :]
            except TimeoutError:
                if deadline.expired:
                    raise

    def _wait_at_most(self, seconds: float) -> None:
        """For one read or write, a tick at most; mostly it is set: setting it is a system call."""
        if self._timeout_s != (timeout_s := min(_TICK_S, seconds)):
            self._socket.settimeout(timeout_s)
            self._timeout_s = timeout_s

    def _part(self, over: _Over) -> None:
        """The end that was foreseen: a last word to the peer and one line in the log."""
        self._send_quietly(over.farewell)
        if over.fault:
            self._around.limited.log("peer_refused", reason=over.why, address=self._address)
        else:
            self._note("connection_ended", reason=over.why)

    def _send_quietly(self, data: bytes) -> None:
        """A last word and TLS's own end; never anything in clear."""
        if self._tls is None or self._aborted:
            return
        with contextlib.suppress(OSError):
            # What a socket's buffer takes at once: nobody waits for a peer that is dismissed.
            self._tls.settimeout(0)
            if data:
                self._tls.send(data)
            with contextlib.suppress(ssl.SSLWantReadError):  # the peer's end is not waited for
                self._tls.unwrap()
            socket.socket.shutdown(self._tls, socket.SHUT_WR)

    def _goodbye(self) -> bytes:
        try:
            return self._session.send(Bye(id="bye", reason="The server is being stopped."))
        except IllegalSend:
            return b""

    def _refusal(self, sentence: str, code: Code = Code.INTERNAL) -> bytes:
        try:
            return self._session.send(Error.refuse(code, sentence, re=None))
        except IllegalSend:
            return b""

    def _note(self, event: str, reason: str | None = None) -> None:
        """Strangers come and go by the hundred, so only checkpoints have a line for certain."""
        if self._caller is None:
            self._around.limited.log(f"stranger_{event}", level=logging.INFO, reason=reason)
        else:
            log_event(
                _LOG,
                event,
                checkpoint=self._caller.checkpoint_id,
                connection=self._number,
                address=self._address,
                reason=reason,
            )

    def _leave(self) -> None:
        with self._closing:
            self._socket.close()
        self._session.transport_ended()
        if self._caller is not None:
            self._around.requests.went(self._caller)
        self._around.gone(self._number)
