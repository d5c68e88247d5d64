"""TLS over a socket, a bounded piece at a time: what the peer sends is given to OpenSSL by records.

`SSLSocket.recv` stays inside OpenSSL for as long as records come that hold no data, such as key
updates: one peer can keep a thread there for seconds, past every deadline. Here a read takes what
lies in the socket once, and who sends many such records is ended.
"""

import contextlib
import socket
import ssl

READ_BYTES = 16 * 1024
"""Most of the socket's bytes taken by one read: as many as a record of TLS holds data."""

MOST_EMPTY = 32
"""Records without data that a peer may send after the handshake, in all. Neither Python nor OpenSSL
sends any by itself: session tickets go from the server to the checkpoint alone."""

_HEADER = 5  # type, version, length of what follows (RFC 8446, section 5.1)


class NoData(ConnectionError):  # noqa: N818 - named for what happened
    """Raised when the peer sends TLS and nothing in it."""


class TlsStream:
    """The server's side of TLS on an accepted socket; blocks as long as the socket does.

    Args:
        raw: The socket; closed by `close`.
        context: The server's.
    """

    def __init__(self, raw: socket.socket, context: ssl.SSLContext) -> None:
        self._raw = raw
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_side=True)
        # Read from the socket and not yet given to OpenSSL; how much of it belongs to the record
        # that was begun.
        self._cipher = b""
        self._left = 0
        self._empty = 0
        self.unsent = b""
        """What the socket has not taken yet of what was to be sent."""
        self._end: OSError | None = None
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether nothing more comes: `recv` says how it ended without looking at the socket."""
        return self._ended

    def fileno(self) -> int:
        """The socket's number, for a selector."""
        return self._raw.fileno()

    def settimeout(self, seconds: float) -> None:
        """How long one read or write of the socket may take; 0 for no waiting."""
        self._raw.settimeout(seconds)

    def shake_hands(self) -> bool:
        """Takes one step, with what one read brings; True when TLS stands.

        Raises:
            TimeoutError: Nothing came.
            OSError: The connection broke; `ssl.SSLError` where the peer's TLS is not accepted.
        """
        try:
            while not self._step():
                if not self._give():
                    self.flush()
                    if not self.unsent:
                        self._take(self._raw.recv(READ_BYTES))
                    return False
        finally:
            # Also the alert that says why not.
            with contextlib.suppress(OSError):
                self.flush()
        return True

    def recv(self) -> bytes:
        """Reads the socket once and gives the data in it; b"" when the peer ended.

        Raises:
            ssl.SSLWantReadError: No whole record is there.
            TimeoutError: Nothing came in the time that the socket has.
            NoData: The peer sends record after record without data.
            OSError: The connection broke.
        """
        data = self._data() if self._cipher and not self._ended else b""
        if not data and not self._ended:
            try:
                came = self._raw.recv(READ_BYTES)
            except BlockingIOError:
                raise ssl.SSLWantReadError from None
            self._take(came)
            data = self._data()
        if data:
            return data
        if not self._ended:
            raise ssl.SSLWantReadError
        if self._end is not None:
            raise self._end
        return b""

    def send(self, data: bytes) -> None:
        """Sends as much as the socket takes at once; the rest is `unsent`.

        Raises:
            OSError: The connection broke.
        """
        if data:
            self.tls.write(data)
        self.flush()

    def flush(self) -> None:
        """Sends more of what is unsent.

        Raises:
            OSError: The connection broke.
        """
        if self._out.pending:
            self.unsent += self._out.read()
        if self.unsent:
            try:
                count = self._raw.send(self.unsent)
            except (BlockingIOError, TimeoutError):
                return
            self.unsent = self.unsent[count:]

    def say_last(self, data: bytes) -> None:
        """A last word and TLS's own end, as far as the socket takes it; never anything in clear.

        Raises:
            OSError: The connection broke.
        """
        self._raw.settimeout(0)
        if data:
            self.tls.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):  # the peer's end is not waited for
            self.tls.unwrap()
        self.flush()
        self._raw.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Closes the socket."""
        self._raw.close()

    def _step(self) -> bool:
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def _take(self, came: bytes) -> None:
        if came:
            self._cipher = self._cipher + came if self._cipher else came
        else:
            self._in.write_eof()
            self._ended = True

    def _give(self) -> bool:
        """Gives OpenSSL what there is of one record; False when there is nothing of any."""
        cipher = self._cipher
        if not self._left:
            if len(cipher) < _HEADER:
                return False
            self._left = _HEADER + int.from_bytes(cipher[3:_HEADER])
        if not cipher:
            return False
        count = min(self._left, len(cipher))
        self._in.write(cipher if count == len(cipher) else cipher[:count])
        self._cipher = cipher[count:]
        self._left -= count
        return True

    def _data(self) -> bytes:
        """What is in the whole records that were read; how it ended is kept for the next `recv`."""
        data = b""
        try:
            while self._give():
                if self._left:
                    break
                try:
                    piece = self.tls.read(READ_BYTES)
                except ssl.SSLWantReadError:
                    self._empty += 1
                    if self._empty > MOST_EMPTY:
                        raise NoData("TLS without data") from None
                    continue
                if not piece:
                    self._ended = True
                    break
                data = data + piece if data else piece
        except OSError as error:
            self._end, self._ended = error, True
            with contextlib.suppress(OSError):
                self.flush()  # the alert that says why
        return data
