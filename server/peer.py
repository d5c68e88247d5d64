"""A welcomed checkpoint's side of the serving loop: its socket, its session, what is under way.

Knows nothing of the loop and of threads: it reads and writes what the socket takes at once, and
says when it has waited too long.
"""

import ssl
import time
from collections.abc import Callable

from protocol.deadline import FrameWatch
from protocol.messages import Message
from protocol.session import Received, ServerSession
from server.event_records import Caller
from server.parting import Over, Wishes, feed, goodbye, late
from server.patience import Patience
from server.tls_stream import TlsStream


class Peer:
    """One welcomed checkpoint; owned by the loop's thread.

    Args:
        stream: Its TLS over a socket that does not block; closed by `close`.
        session: Said welcome.
        caller: Who it is.
        number: Of its connection.
        address: Its address, for the log.
        wishes: What other threads ask of it.
        unread: What came behind the hello.
        patience: How long it may take.
        certificate_ends_s: When what it showed ends, in seconds since 1970 UTC; the connection
            ends with it. One that was renewed comes again with the new one.
        clock: Seconds that only go forward.
        utc_s: Seconds since 1970 UTC, the clock by which TLS looks at certificates.
    """

    def __init__(
        self,
        stream: TlsStream,
        session: ServerSession,
        caller: Caller,
        *,
        number: int,
        address: str,
        wishes: Wishes,
        unread: bytes,
        patience: Patience,
        certificate_ends_s: float,
        clock: Callable[[], float] = time.monotonic,
        utc_s: Callable[[], float] = time.time,
    ) -> None:
        self.stream = stream
        self.session = session
        self.caller = caller
        self.number = number
        self.address = address
        self.wishes = wishes
        self.busy = False
        """Whether one of its requests is being answered: nothing more is looked at meanwhile."""
        self.unread = unread
        self.gone = False
        self.interest = 0
        """The events that the loop's selector looks for."""
        self._patience = patience
        self._certificate_ends_s = certificate_ends_s
        self._utc_s = utc_s
        self._clock = clock
        self._watch = FrameWatch(patience.frame_s, clock=clock)
        now_s = clock()
        self._inside_s = now_s + patience.read_s
        self._silent_s = now_s + patience.silent_s
        self._send_s = 0.0

    @property
    def unsent(self) -> bool:
        """Whether the socket has not taken all of an answer yet."""
        return bool(self.stream.unsent)

    def read(self) -> bool:
        """Reads once; False when nothing was there.

        Raises:
            Over: Raised when the peer closed.
            OSError: Raised when the connection broke.
        """
        try:
            data = self.stream.recv()
        except ssl.SSLWantReadError:
            return False
        if not data:
            why = "cut off" if self.wishes.aborted else "closed by the peer"
            raise Over(why, fault=self.session.pending > 0)
        self.unread = data
        return True

    def message(self) -> Received | None:
        """The next whole message of what was read; None when more has to come.

        The session is given what ends a frame, and no more: so each message is
        answered before the next one is looked at, and what came in one read has the same answers,
        and the same end, as if it had come in many.

        Raises:
            Over: Raised when the peer said goodbye, closed, broke the protocol, or was asked to go,
                and when its certificate has ended.
            OSError: Raised when the connection broke.
        """
        session = self.session
        self.wishes.check(session)
        while self.unread:
            self._check_certificate()
            received, self.unread = feed(session, self.unread)
            if received is not None:
                return received
        if self.stream.ended:
            self.read()  # it ended behind what was just taken: no socket will tell
        pending = session.pending
        if pending:  # else nothing is looked at that follows from it
            self._watch.update(completed=session.frames_received, pending=pending)
            self._inside_s = self._clock() + self._patience.read_s
        return None

    def heard(self) -> None:
        """A message is answered: the silence begins anew."""
        self._silent_s = self._clock() + self._patience.silent_s

    def send(self, message: Message) -> None:
        """Sends as much as the socket takes at once; the rest is `unsent`.

        Raises:
            OSError: Raised when the connection broke.
        """
        self._send_s = self._clock() + self._patience.send_s
        self.stream.send(self.session.send(message))

    def send_rest(self) -> bool:
        """Sends more of what is unsent; True when nothing is left.

        Raises:
            OSError: Raised when the connection broke.
        """
        self.stream.flush()
        return not self.stream.unsent

    def check_time(self) -> None:
        """Ends a peer that takes too long: to read its answers, to end a frame, to say anything.

        And one whose certificate has ended.

        Between frames its silence counts. Inside a frame the last read and the whole frame count,
        and no silence: bytes come. While its request is being answered nothing is expected of it.

        Raises:
            Over: Raised when it does.
            TimeoutError: Raised when it does not read.
        """
        now_s = self._clock()
        if self.unsent:
            if now_s >= self._send_s:
                raise TimeoutError("timed out")
            return
        if self.busy or self.unread:
            return
        self._check_certificate()
        inside = self.session.pending > 0
        if inside and (now_s >= self._inside_s or self._watch.expired):
            raise late(self.session, inside=True)
        if not inside and now_s >= self._silent_s:
            raise late(self.session, inside=False)

    def close(self) -> None:
        """Closes the socket; nothing is read or sent any more."""
        self.gone = True
        self.stream.close()
        self.session.transport_ended()

    def _check_certificate(self) -> None:
        if self._utc_s() >= self._certificate_ends_s:
            sentence = "The checkpoint's certificate has ended. Connect again with a new one."
            raise Over("certificate ended", goodbye(self.session, sentence))
