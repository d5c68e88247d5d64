"""Certificates for tests, made once: a small grid's authority, its TLS, paired checkpoints."""

import functools
import ssl
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from client.identity import Identity
from client.pairing import Pairing
from protocol.address import split_address
from security.certificates import (
    Key,
    issue_device,
    issue_server,
    moment,
    new_authority,
    new_key,
    new_request,
    pem_of,
    read_request,
    server_name,
)
from security.tls import server_context


@dataclass(frozen=True, slots=True)
class Access:
    """What a peer needs to speak to a server: its TLS, and the name that the server has to have."""

    context: ssl.SSLContext
    server_name: str


class MadeUpGrid:
    """An authority with a server; checkpoints are paired without being asked."""

    def __init__(self) -> None:
        now = moment(time.time_ns() // 1_000_000)
        self.key: Key = new_key()
        self.authority: x509.Certificate = new_authority(self.key, now)
        self.pem = pem_of(self.authority)
        self.server_name = server_name(self.authority)
        server_key = new_key()
        self.server_context = server_context(
            self.pem, self.server_certificate(server_key), server_key
        )

    def server_certificate(self, key: Key, *, at_ms: int = 0) -> str:
        """A server's, as text."""
        now = moment(at_ms or time.time_ns() // 1_000_000)
        return issue_server(self.authority, self.key, key, now).pem

    def certificate(self, key: Key, checkpoint_id: str, *, days: float = 30, at_ms: int = 0) -> str:
        """A checkpoint's, as text."""
        request = read_request(new_request(key, checkpoint_id))
        now = moment(at_ms or time.time_ns() // 1_000_000)
        return issue_device(self.authority, self.key, request, checkpoint_id, now, days=days).pem

    def identity(self, folder: Path, checkpoint_id: str = "checkpoint-01") -> Identity:
        """A paired checkpoint, kept in a folder."""
        key = new_key()
        identity = Identity(folder, checkpoint_id)
        identity.keep(key, self.certificate(key, checkpoint_id), self.pem)
        return identity


_GRID = MadeUpGrid()


def grid() -> MadeUpGrid:
    """The one of all tests that need no other."""
    return _GRID


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="facenetgrid-tests-")


@functools.cache
def identity(checkpoint_id: str = "checkpoint-01") -> Identity:
    """A checkpoint paired with `grid()`; for tests that change nothing about it."""
    return grid().identity(Path(_folder().name), checkpoint_id)


def pairing(checkpoint_id: str = "checkpoint-01") -> Pairing:
    """How a link comes to that identity."""
    return Pairing(identity(checkpoint_id))


def paired_here(data: Path, address: str, checkpoint_id: str) -> Access:
    """Pairs with a running server by its data folder, as a checkpoint of this computer does."""
    host, port = split_address(address)
    with tempfile.TemporaryDirectory() as folder:
        known = Pairing(Identity(Path(folder), checkpoint_id), data).identity_for(
            host, port, f"Gate {checkpoint_id}", cancelled=lambda: False
        )
    return Access(known.context, known.server_name)
