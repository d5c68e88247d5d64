"""The TLS contexts of both sides: version, tickets, who is trusted, what is left on the disk."""

import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from security.certificates import new_key
from security.tls import checkpoint_context, server_context, unverified_context
from tests.grids import MadeUpGrid, grid, identity


def shaken(server: ssl.SSLContext, connect: Callable[[socket.socket], ssl.SSLSocket]) -> object:
    """Both sides shake hands and the server sends one byte; gives what the client then knows."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    theirs.settimeout(5)
    shown: list[object] = []

    def serve() -> None:
        try:
            with server.wrap_socket(theirs, server_side=True) as tls:
                shown.append((tls.version(), tls.getpeercert(), tls.session_reused))
                tls.sendall(b"x")
                tls.unwrap()
        except OSError as error:
            shown.append(error)
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with connect(ours) as tls:
            assert tls.recv(1) == b"x"
            assert tls.session is None or not tls.session.has_ticket
    finally:
        ours.close()
        thread.join(5)
    return shown[0]


def test_both_sides_speak_tls_1_3_and_know_each_other() -> None:
    """The server sees the checkpoint's certificate; there is no session to be resumed."""
    known = identity("lobby-1").load()
    assert known is not None
    version, certificate, reused = shaken(
        grid().server_context,
        lambda sock: known.context.wrap_socket(sock, server_hostname=grid().server_name),
    )  # type: ignore[misc]
    assert version == "TLSv1.3"
    assert certificate["subject"] == ((("commonName", "lobby-1"),),)
    assert not reused


def test_a_peer_without_a_certificate_gets_as_far_as_pairing() -> None:
    """The handshake stands, and the server sees that nobody was shown."""
    context = checkpoint_context(grid().pem)
    _, certificate, _ = shaken(
        grid().server_context,
        lambda sock: context.wrap_socket(sock, server_hostname=grid().server_name),
    )  # type: ignore[misc]
    assert not certificate


def test_who_is_asked_for_the_authority_is_not_verified() -> None:
    """The one question that is asked of anybody."""
    other = MadeUpGrid()
    assert shaken(other.server_context, unverified_context().wrap_socket)


@pytest.mark.parametrize("make", ["server", "checkpoint", "unverified"])
def test_no_context_speaks_anything_older(make: str) -> None:
    """TLS 1.2 and below are off on both sides."""
    context = {
        "server": grid().server_context,
        "checkpoint": checkpoint_context(grid().pem),
        "unverified": unverified_context(),
    }[make]
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.num_tickets == 0 or make != "server"


def test_the_servers_key_is_on_the_disk_for_a_moment_and_encrypted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """OpenSSL reads keys from files alone: nobody can use this one, and it is gone afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found: list[bytes] = []
    load = ssl.SSLContext.load_cert_chain

    def spy(context: ssl.SSLContext, path: Path, password: str) -> None:
        found.append(path.read_bytes())
        load(context, path, password=password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", spy)
    key = new_key()
    server_context(grid().pem, grid().server_certificate(key), key)
    assert b"ENCRYPTED PRIVATE KEY" in found[0]
    assert b"BEGIN PRIVATE KEY" not in found[0]
    assert list(tmp_path.iterdir()) == []
