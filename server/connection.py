"""A newcomer's connection in its own thread: TLS, who it is, pairing or hello, and then the loop.

The thread shakes hands, looks at the peer's certificate, and reads until it said hello. Whoever is
welcomed is served by the loop from then on (`server/serving_loop.py`), and the thread ends. Others
may only `abort` a connection (cut it off), `finish` it (ask it to go) or `dismiss` it (its
checkpoint was shut out), wherever it stands.
"""

import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass

from protocol.deadline import Deadline, FrameWatch
from protocol.errors import Code
from protocol.messages import Error, Hello, Message, Pair, PairCa
from protocol.session import Received, ServerSession
from server.devices import Standing
from server.doorway import Doorway
from server.event_records import Caller
from server.handshake import (
    HandshakeFailed,
    PeerClosed,
    await_tls,
    shake_hands,
    shown_by,
)
from server.parting import (
    Over,
    Partings,
    Wishes,
    feed,
    late,
    note_checkpoint,
    refusal,
    revoked,
)
from server.patience import Patience
from server.peer import Peer
from server.requests import Requests
from server.serving_loop import ServingLoop
from server.tls_stream import TlsStream

# How long `finish` can go unnoticed while the peer is silent.
_TICK_S = 0.25


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every connection is given.

    `doorway` says who a peer is, `trust` asks whether one more checkpoint may be here, `loop`
    serves who was welcomed, `gone` says that a connection ended.
    """

    requests: Requests
    doorway: Doorway
    patience: Patience
    partings: Partings
    loop: ServingLoop
    trust: Callable[[int], bool]
    gone: Callable[[int], None]


class Connection:
    """A peer, from accept to close.

    Args:
        raw: The accepted socket; closed by this connection's thread, or by the loop.
        address: The peer's address, for the log.
        number: Counts up; names the thread.
        around: What it works with.
    """

    def __init__(self, raw: socket.socket, address: str, number: int, around: Surroundings) -> None:
        self._socket = raw
        # From when TLS stands.
        self._stream: TlsStream | None = None
        self.checkpoint_id = ""
        self._address = address
        self._number = number
        self._around = around
        self._session = ServerSession(around.requests.encodings)
        self._watch = FrameWatch(around.patience.frame_s)
        # One deadline stands over everything until hello.
        self._until_hello = Deadline(around.patience.hello_s)
        self._caller: Caller | None = None
        self._certificate_ends_s = 0.0
        self._wishes = Wishes()
        self._peer: Peer | None = None
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"checkpoint-{number}", daemon=True)

    def start(self) -> None:
        """Starts the connection's thread.

        Raises:
            RuntimeError: Raised when the system gives us no more threads.
        """
        self._thread.start()

    def finish(self) -> None:
        """Asks it to say goodbye and end; it does within a quarter of a second."""
        self._wishes.finish = True
        self._tell_loop()

    def dismiss(self) -> None:
        """Tells the peer that its checkpoint was shut out, and ends; within a quarter of a second.

        No request that comes after this is answered.
        """
        self._wishes.dismissed = True
        self._tell_loop()

    def abort(self) -> None:
        """Cuts the connection off: a waiting read or write of the thread ends at once.

        The one call that touches the socket from outside.
        """
        self._wishes.aborted = True
        with self._closing, contextlib.suppress(OSError):
            if self._peer is None:
                self._socket.shutdown(socket.SHUT_RDWR)
        self._tell_loop()

    def _tell_loop(self) -> None:
        # A connection that is being handed over has its wishes looked at when it is served.
        if self._peer is not None:
            self._around.loop.look_at(self._peer)

    # From here on everything runs in the connection's thread.

    def _run(self) -> None:
        served = False
        try:
            self._open_tls()
            self._look_at_identity()
            served = self._hand_over(self._talk())
        except Exception as error:  # noqa: BLE001 - a thread's top: nobody else is harmed
            self._around.partings.part(
                error,
                self._session,
                None if self._wishes.aborted else self._stream,
                address=self._address,
                note=self._note,
            )
        finally:
            if not served:
                self._leave()

    def _open_tls(self) -> None:
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await_tls(self._socket, self._pause_s)
            stream = TlsStream(self._socket, self._around.doorway.authority.context)
            shake_hands(stream, self._pause_s)
        except HandshakeFailed as failed:
            raise Over(f"no TLS: {failed}", fault=True) from failed
        except PeerClosed:
            raise Over("closed by the peer") from None
        self._stream = stream

    def _look_at_identity(self) -> None:
        """Says to the session who this is: a paired checkpoint, or somebody without certificate."""
        assert self._stream is not None, "the handshake is over"
        shown = shown_by(self._stream.tls)
        if shown is None:
            self._session.without_identity()
            return
        self.checkpoint_id = shown.name
        # After the line above a revocation finds this connection, so none falls in between.
        standing = self._around.doorway.devices.standing(shown.serial)
        if standing is Standing.REVOKED:
            raise revoked(self._session)
        if standing is Standing.UNKNOWN:
            sentence = "This server does not know the checkpoint's certificate. Pair it again."
            raise Over(
                Code.NOT_PAIRED, refusal(self._session, sentence, Code.NOT_PAIRED), fault=True
            )
        self._session.identified(self.checkpoint_id)
        self._certificate_ends_s = shown.ends_s

    def _pause_s(self) -> float:
        """How long to wait for the handshake at most before looking up again."""
        self._wishes.check(self._session)
        left_s = self._until_hello.left()
        if left_s <= 0:
            raise Over("no TLS in time", fault=True)
        return min(_TICK_S, left_s)

    def _talk(self) -> bytes:
        """Reads until the peer is welcomed; returns what came behind its hello."""
        while True:
            data = self._read()
            while data:
                self._wishes.check(self._session)
                received, data = feed(self._session, data)
                if received is not None:
                    self._take(received)
                if self._caller is not None:
                    return data
            self._watch.update(
                completed=self._session.frames_received, pending=self._session.pending
            )

    def _read(self) -> bytes:
        """Waits for bytes, as long as the peer may still take."""
        assert self._stream is not None, "the handshake is over"
        pending = self._session.pending > 0
        inside = Deadline(self._around.patience.read_s) if pending else None
        while True:
            self._wishes.check(self._session)
            left_s = self._left_s(inside)
            if left_s <= 0:
                raise late(self._session, inside=pending)
            try:
                self._stream.settimeout(min(_TICK_S, left_s))
                data = self._stream.recv()
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            if not data:
                why = "cut off" if self._wishes.aborted else "closed by the peer"
                raise Over(why, fault=pending)
            return data

    def _left_s(self, inside: Deadline | None) -> float:
        """How long the peer may still take: inside a frame, this read and the whole frame count."""
        left_s = self._until_hello.left()
        return left_s if inside is None else min(left_s, self._watch.left(inside.left()))

    def _take(self, message: Received) -> None:
        """Answers the one message that a newcomer may send."""
        if isinstance(message, Hello):
            self._welcome(message)
        elif isinstance(message, PairCa | Pair):
            pairing = self._around.doorway.pairing
            self._send(pairing.answer(message, address=self._address, checkpoint_id=""))
            raise Over(message.kind)

    def _welcome(self, hello: Hello) -> None:
        requests = self._around.requests
        answer = requests.hello(hello, address=self._address)
        if isinstance(answer, Error):
            self._send(answer)
            raise Over(answer.code)
        if not self._around.trust(self._number):
            self._send(
                Error.refuse(Code.BUSY, "As many checkpoints as allowed are here.", re=hello.id)
            )
            raise Over(Code.BUSY)
        self._caller = requests.came(hello, address=self._address)
        self._send(answer)
        self._note("checkpoint_connected")

    def _hand_over(self, unread: bytes) -> bool:
        """Lets the loop serve the peer from now on; False when it does not any more."""
        assert self._stream is not None, "the handshake is over"
        assert self._caller is not None, "the hello is"
        self._stream.settimeout(0)
        peer = Peer(
            self._stream,
            self._session,
            self._caller,
            number=self._number,
            address=self._address,
            wishes=self._wishes,
            unread=unread,
            patience=self._around.patience,
            certificate_ends_s=self._certificate_ends_s,
        )
        with self._closing:
            self._peer = peer
        return self._around.loop.adopt(peer)

    def _send(self, message: Message) -> None:
        stream = self._stream
        assert stream is not None, "the handshake is over"
        # The time is for all of it together: a peer that reads a byte a second is gone too.
        deadline = Deadline(self._around.patience.send_s)
        stream.settimeout(_TICK_S)
        stream.send(self._session.send(message))
        while stream.unsent:
            if deadline.expired:
                raise TimeoutError("timed out")
            stream.settimeout(min(_TICK_S, max(deadline.left(), 0.001)))
            stream.flush()

    def _note(self, event: str, reason: str | None = None) -> None:
        """Strangers come and go by the hundred, so only checkpoints have a line for certain."""
        if self._caller is None:
            limited = self._around.partings.limited
            limited.log(f"stranger_{event}", level=logging.INFO, reason=reason)
        else:
            note_checkpoint(event, self._caller.checkpoint_id, self._number, self._address, reason)

    def _leave(self) -> None:
        with self._closing:
            self._socket.close()
        self._session.transport_ended()
        if self._caller is not None:
            self._around.requests.went(self._caller)
        self._around.gone(self._number)
