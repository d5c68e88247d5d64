"""TLS by records: each read is bounded, and who sends records without data is ended."""

import contextlib
import socket
import ssl
from collections.abc import Iterator

import pytest

from server.tls_stream import MOST_EMPTY, READ_BYTES, NoData, TlsStream
from tests.grids import grid, identity
from tests.server.key_updates import key_updates


class Both:
    """A server's stream whose socket does not block, and the peer's TLS in memory."""

    def __init__(self) -> None:
        ours, self.socket = socket.socketpair()
        ours.setblocking(False)
        self.socket.settimeout(5)
        self.stream = TlsStream(ours, grid().server_context)
        known = identity("lobby-1").load()
        assert known is not None
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = known.context.wrap_bio(self.into, self.out, server_hostname=grid().server_name)

    def shake_hands(self, *, slice_bytes: int = READ_BYTES) -> None:
        """Both sides, the peer's bytes in pieces."""
        stands = [False, False]
        while not all(stands):
            try:
                self.tls.do_handshake()
                stands[0] = True
            except ssl.SSLWantReadError:
                pass
            sent = self.out.read()
            for start in range(0, len(sent), slice_bytes):
                self.socket.sendall(sent[start : start + slice_bytes])
                stands[1] = self._step() or stands[1]
            stands[1] = stands[1] or self._step()
            if not stands[0]:
                self.into.write(self.socket.recv(65536))

    def _step(self) -> bool:
        try:
            return self.stream.shake_hands()
        except BlockingIOError:
            return False

    def say(self, data: bytes) -> bytes:
        """The records of what the peer says."""
        self.tls.write(data)
        return self.out.read()

    def heard(self) -> bytes:
        """What the peer reads of one read of its socket."""
        self.into.write(self.socket.recv(1 << 20))
        data = b""
        while self.into.pending:
            try:
                data += self.tls.read(65536)
            except ssl.SSLWantReadError:
                break
        return data


@pytest.fixture
def both() -> Iterator[Both]:
    """Two sides that shook hands."""
    made = Both()
    made.shake_hands()
    yield made
    made.stream.close()
    made.socket.close()


def test_both_ways(both: Both) -> None:
    """Several records of one read are one piece of data; an answer comes back."""
    both.socket.sendall(both.say(b"one ") + both.say(b"two"))
    assert both.stream.recv() == b"one two"
    with pytest.raises(ssl.SSLWantReadError):
        both.stream.recv()
    both.stream.send(b"answer")
    assert not both.stream.unsent
    assert both.heard() == b"answer"


def test_a_handshake_byte_by_byte() -> None:
    """The peer's pieces may end anywhere."""
    made = Both()
    made.shake_hands(slice_bytes=1)
    for byte in made.say(b"hello"):
        with pytest.raises(ssl.SSLWantReadError):
            made.stream.recv()
        made.socket.sendall(bytes([byte]))
    assert made.stream.recv() == b"hello"
    made.stream.close()
    made.socket.close()


def test_what_comes_with_the_end_of_the_handshake_is_not_lost() -> None:
    """It is there for the first read, though the socket has nothing more."""
    made = Both()
    with pytest.raises(ssl.SSLWantReadError):
        made.tls.do_handshake()
    made.socket.sendall(made.out.read())
    for _ in range(2):
        with contextlib.suppress(BlockingIOError):
            assert not made.stream.shake_hands()
    made.into.write(made.socket.recv(65536))
    made.tls.do_handshake()
    made.socket.sendall(made.out.read() + made.say(b"at once"))
    while not made.stream.shake_hands():
        pass
    assert made.stream.recv() == b"at once"
    made.stream.close()
    made.socket.close()


def test_a_read_takes_so_much_of_the_socket_and_no_more(both: Both) -> None:
    """However much lies there."""
    both.socket.setblocking(False)
    sent = b"".join(both.say(b"x" * 1000) for _ in range(60))
    both.socket.sendall(sent)
    got = both.stream.recv()
    assert 0 < len(got) <= READ_BYTES
    while len(got) < 60_000:
        more = both.stream.recv()
        assert len(more) <= 2 * READ_BYTES
        got += more
    assert got == b"x" * 60_000


def test_what_the_socket_does_not_take_is_sent_later(both: Both) -> None:
    """In its order."""
    data = bytes(range(256)) * 8192
    both.stream.send(data)
    assert both.stream.unsent
    got = b""
    while len(got) < len(data):
        both.stream.flush()
        got += both.heard()
    assert got == data
    assert not both.stream.unsent


def test_key_updates_end_the_peer(both: Both) -> None:
    """A few may come; then it is over, and so much was read of all that lies there."""
    both.socket.sendall(key_updates(both.tls, both.out, MOST_EMPTY) + both.say(b"still"))
    assert both.stream.recv() == b"still"
    both.socket.sendall(both.say(b"last") + key_updates(both.tls, both.out, 1) + both.say(b"no"))
    assert both.stream.recv() == b"last"
    assert both.stream.ended
    with pytest.raises(NoData):
        both.stream.recv()


def test_a_flood_of_key_updates_is_hardly_read(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL sees no more of them than may come."""
    given = []
    flood = key_updates(both.tls, both.out, 1000)

    class Counted:
        """Counts the records OpenSSL is asked about."""

        def read(self, most: int) -> bytes:
            """One of them."""
            given.append(most)
            return tls.read(most)

    tls = both.stream.tls
    monkeypatch.setattr(both.stream, "tls", Counted())
    both.socket.sendall(flood)
    with pytest.raises(NoData):
        both.stream.recv()
    assert len(given) == MOST_EMPTY + 1


def test_who_ends_tls_behind_data_has_its_data_read_first(both: Both) -> None:
    """The end is known without the socket."""
    said = both.say(b"bye")
    with pytest.raises(ssl.SSLWantReadError):
        both.tls.unwrap()
    both.socket.sendall(said + both.out.read())
    assert both.stream.recv() == b"bye"
    assert both.stream.ended
    assert both.stream.recv() == b""


def test_who_hangs_up_without_a_word_is_gone(both: Both) -> None:
    """With TLS's end or without."""
    both.socket.close()
    assert both.stream.recv() == b""
    assert both.stream.ended


def test_a_broken_record_is_an_error_behind_what_came_before(both: Both) -> None:
    """The peer is told by an alert of TLS."""
    broken = bytearray(both.say(b"second"))
    # Its sequence is right and its last byte is not.
    broken[-1] ^= 1
    both.socket.sendall(bytes(broken))
    with pytest.raises(ssl.SSLError):
        both.stream.recv()
    with pytest.raises(ssl.SSLError):
        both.heard()


def test_a_last_word_and_the_end_of_tls(both: Both) -> None:
    """Nothing of it in clear."""
    both.stream.say_last(b"farewell")
    raw = both.socket.recv(65536)
    assert b"farewell" not in raw
    both.into.write(raw)
    assert both.tls.read(100) == b"farewell"
    assert both.tls.read(100) == b""
    assert both.socket.recv(1) == b""
