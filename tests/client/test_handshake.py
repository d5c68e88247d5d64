"""N1 at the checkpoint: whoever answers wrongly is refused, each with its own sentence."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from client.dialling import Cancelled, DialFailed, dial
from client.events import LinkState
from client.handshake import shake_hands, why
from client.identity import Identity
from security.certificates import key_pem, new_key
from security.tls import server_context
from tests.grids import MadeUpGrid, grid, identity

DAY_MS = 86_400_000


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Something that listens and answers one connection; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            sock, _ = listener.accept()
            sock.settimeout(5)
            with sock, contextlib.suppress(OSError):
                talk(sock)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        socket.socket.shutdown(listener, socket.SHUT_RDWR)
        listener.close()
        thread.join(6)


def speaking(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    """A server with a TLS of its own."""

    def talk(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as tls:
            tls.recv(1)

    return talk


def connect(port: int, *, timeout_s: float = 5.0) -> ssl.SSLSocket:
    """As the link does."""
    known = identity("lobby-1").load()
    assert known is not None
    sock = dial("127.0.0.1", port, cancelled=lambda: False)
    return shake_hands(
        sock,
        known.context,
        known.server_name,
        "lobby:5050",
        cancelled=lambda: False,
        timeout_s=timeout_s,
    )


def refused(talk: Callable[[socket.socket], None]) -> DialFailed:
    """Connects to it and is refused."""
    with answering(talk) as port, pytest.raises(DialFailed) as caught:
        connect(port).close()
    assert "lobby:5050" in str(caught.value)
    return caught.value


def with_certificate(at_ms: int) -> ssl.SSLContext:
    """The right server with a certificate made then."""
    key = new_key()
    return server_context(grid().pem, grid().server_certificate(key, at_ms=at_ms), key)


def test_the_right_server_is_accepted() -> None:
    """TLS 1.3, non-blocking."""
    with answering(speaking(grid().server_context)) as port, connect(port) as tls:
        assert tls.version() == "TLSv1.3"
        assert tls.gettimeout() == 0.0


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(8), b"SSH-2.0-x\r\n"])
def test_n1_a_server_that_does_not_encrypt_is_refused(said: bytes) -> None:
    """N1: an older server, or another program."""

    def talk(sock: socket.socket) -> None:
        sock.recv(10)
        sock.sendall(said)
        sock.recv(65536)

    failed = refused(talk)
    assert failed.state is LinkState.REFUSED
    assert "does not encrypt" in str(failed)


def test_n1_tls_1_2_is_refused(tmp_path: Path) -> None:
    """N1: TLS that is too old."""
    key = new_key()
    path = tmp_path / "server.txt"
    path.write_bytes(grid().server_certificate(key).encode() + key_pem(key))
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.load_cert_chain(path)
    failed = refused(speaking(old))
    assert failed.state is LinkState.REFUSED
    assert "does not speak TLS 1.3" in str(failed)


def test_n1_another_authority_is_a_changed_server() -> None:
    """N1: never accepted silently; its own state."""
    failed = refused(speaking(MadeUpGrid().server_context))
    assert failed.state is LinkState.SERVER_CHANGED
    assert "not the one that this checkpoint was paired with" in str(failed)


def test_n1_another_name_is_refused() -> None:
    """N1: signed by the right authority, for something else."""
    made = MadeUpGrid()
    known = identity("lobby-1").load()
    assert known is not None
    with answering(speaking(grid().server_context)) as port:
        sock = dial("127.0.0.1", port, cancelled=lambda: False)
        with pytest.raises(DialFailed) as caught:
            shake_hands(
                sock, known.context, made.server_name, "lobby:5050", cancelled=lambda: False
            )
    assert "for another name" in str(caught.value)
    assert caught.value.state is LinkState.REFUSED


def test_n1_a_checkpoint_cannot_play_the_server() -> None:
    """N1: a stolen certificate of a checkpoint is none of a server."""
    key = new_key()
    context = server_context(grid().pem, grid().certificate(key, "lobby-1"), key)
    failed = refused(speaking(context))
    assert "a checkpoint's certificate" in str(failed)


def test_n1_a_certificate_that_has_ended_or_not_begun_is_refused() -> None:
    """N1: two sentences, both about clocks."""
    now_ms = time.time_ns() // 1_000_000
    assert "has ended" in str(refused(speaking(with_certificate(now_ms - 400 * DAY_MS))))
    assert "not valid yet" in str(refused(speaking(with_certificate(now_ms + 3 * DAY_MS))))
    with answering(speaking(with_certificate(now_ms + DAY_MS))) as port:
        connect(port).close()  # a clock that is a day behind harms nothing


def test_n1_the_checkpoints_own_certificate_has_ended(tmp_path: Path) -> None:
    """N1, N5: TLS 1.3 says so at the first read; the sentence says to pair it again."""
    made = grid()
    key = new_key()
    now_ms = time.time_ns() // 1_000_000
    mine = Identity(tmp_path, "late")
    mine.keep(key, made.certificate(key, "late", days=1, at_ms=now_ms - 2 * DAY_MS), made.pem)
    known = mine.load()
    assert known is not None
    with answering(speaking(made.server_context)) as port:
        sock = dial("127.0.0.1", port, cancelled=lambda: False)
        tls = shake_hands(
            sock, known.context, known.server_name, "lobby:5050", cancelled=lambda: False
        )
        with tls:
            tls.settimeout(5)
            with pytest.raises(ssl.SSLError) as caught:
                tls.recv(1)
    failed = why(caught.value, "lobby:5050")
    assert failed.state is LinkState.NOT_PAIRED
    assert "has ended" in str(failed)


def test_an_authority_the_server_does_not_know_is_said() -> None:
    """The alert that a server sends about a certificate of another grid."""
    error = ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca")
    error.reason = "TLSV1_ALERT_UNKNOWN_CA"
    failed = why(error, "lobby:5050")
    assert failed.state is LinkState.NOT_PAIRED
    assert "does not accept" in str(failed)
    error.reason = "SOMETHING_ELSE"
    assert why(error, "lobby:5050").state is LinkState.UNREACHABLE


def test_silence_and_hanging_up_have_their_sentences() -> None:
    """Nobody waits longer than told; and cancelling ends it at once."""
    released = threading.Event()
    with answering(lambda _sock: released.wait(5)) as port:  # type: ignore[arg-type, return-value]
        with pytest.raises(DialFailed, match="does not introduce itself"):
            connect(port, timeout_s=0.2)
        released.set()
    failed = refused(lambda sock: sock.recv(10))  # type: ignore[arg-type, return-value]
    assert "without a word" in str(failed)
    known = identity("lobby-1").load()
    assert known is not None
    with answering(lambda sock: sock.recv(1000)) as port:  # type: ignore[arg-type, return-value]
        sock = dial("127.0.0.1", port, cancelled=lambda: False)
        with pytest.raises(Cancelled):
            shake_hands(sock, known.context, known.server_name, "x", cancelled=lambda: True)
