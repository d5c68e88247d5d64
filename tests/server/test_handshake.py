"""The handshake at the server: in its time, and with a word for who speaks no TLS."""

import socket
import ssl
import threading

import pytest

from protocol.messages import Error
from protocol.session import ClientSession
from server.handshake import (
    SPEAKS_NO_TLS,
    HandshakeFailed,
    PeerClosed,
    Shown,
    await_tls,
    shake_hands,
    shown_by,
)
from server.tls_stream import TlsStream
from tests.grids import grid, identity


class Enough(Exception):  # noqa: N818 - named for what happened
    """No next wait."""


def wait() -> float:
    """Short waits, for ever."""
    return 0.02


def few(count: int) -> "list[int]":
    """How many waits are left."""
    return [count]


def counted(left: list[int]) -> float:
    """One wait less; raises at the end."""
    left[0] -= 1
    if left[0] < 0:
        raise Enough
    return 0.01


def test_a_first_byte_of_tls_is_left_where_it_is() -> None:
    """OpenSSL needs it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\x16\x03")
        await_tls(ours, wait)
        assert ours.recv(2) == b"\x16\x03"


@pytest.mark.parametrize("data", [b"\0", b"GET / HTTP/1.1", b"\xff", b"\x15"])
def test_other_bytes_are_no_tls(data: bytes) -> None:
    """HTTP, an older version's frame, noise."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        with pytest.raises(HandshakeFailed):
            await_tls(ours, wait)
        assert theirs.recv(4096) == SPEAKS_NO_TLS


def test_silence_and_hanging_up_are_told_apart() -> None:
    """The one is the pause's to end, the other is over."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        left = few(3)
        with pytest.raises(Enough):
            await_tls(ours, lambda: counted(left))
        theirs.close()
        with pytest.raises(PeerClosed):
            await_tls(ours, wait)


def test_an_older_checkpoint_understands_what_it_is_told() -> None:
    """Its session reads an error of a code that it knows, with a sentence."""
    old = ClientSession()
    old.server_verified()
    (said,) = old.receive(SPEAKS_NO_TLS)
    assert isinstance(said, Error)
    assert said.code == "unsupported_version"
    assert "TLS 1.3" in said.message
    assert old.closed


def test_a_slow_peer_is_waited_for_as_long_as_the_pause_says() -> None:
    """One that begins and does not go on is given up."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"\x16\x03\x01")
        left = few(4)
        with ours, pytest.raises(Enough):
            shake_hands(TlsStream(ours, grid().server_context), lambda: counted(left))


def test_who_was_shown_is_read() -> None:
    """Common name, serial number as the registry keeps it, and end."""
    known = identity("lobby-1").load()
    assert known is not None
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    shown: list[Shown | None] = []

    def serve() -> None:
        with ours:
            stream = TlsStream(ours, grid().server_context)
            shake_hands(stream, wait)
            shown.append(shown_by(stream.tls))

    thread = threading.Thread(target=serve)
    thread.start()
    with known.context.wrap_socket(theirs, server_hostname=grid().server_name) as tls:
        assert tls.version() == "TLSv1.3"
        thread.join(5)
    assert shown[0] is not None
    assert shown[0].name == "lobby-1"
    assert int(shown[0].serial, 16) == known.certificate.serial_number
    assert shown[0].ends_s == known.certificate.not_valid_after_utc.timestamp()


def test_n1_tls_1_2_fails_the_handshake() -> None:
    """N1: an older TLS is refused, whoever speaks it."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    failed: list[Exception] = []

    def serve() -> None:
        with ours:
            try:
                shake_hands(TlsStream(ours, grid().server_context), wait)
            except HandshakeFailed as error:
                failed.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(ssl.SSLError), theirs:
        context.wrap_socket(theirs)
    thread.join(5)
    assert "PROTOCOL" in str(failed[0])
