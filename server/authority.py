"""The grid's authority: who signs for the server and for checkpoints, and the server's TLS.

Its key is sealed on the disk. The server's own key lives in memory alone: every start, and every
renewal, makes another one with a certificate.
"""

import json
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509

from desktop.files import write_atomically
from security.certificates import (
    CertificateRefused,
    Issued,
    Key,
    authority_hash,
    fingerprint,
    issue_device,
    issue_server,
    key_pem,
    moment,
    new_authority,
    new_key,
    pem_of,
    read_authority,
    read_key,
    read_request,
    renewal_due,
    server_name,
)
from security.sealing import SealBroken, Sealer
from security.tls import server_context

ABOUT = b"authority key"


class AuthorityProblem(Exception):  # noqa: N818 - named for what happened
    """Raised when the authority's file cannot be used; one sentence. It was not written over."""


class Authority:
    """Signs, and gives every connection its TLS. Any thread may call.

    Args:
        certificate: The authority's.
        key: Its key.
        now_ms: The server's clock, ms since the epoch, UTC.
    """

    def __init__(
        self,
        certificate: x509.Certificate,
        key: Key,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self.pem = pem_of(certificate)
        self.hash = authority_hash(certificate)
        self.fingerprint = fingerprint(certificate)
        self.server_name = server_name(certificate)
        self._server, self._context = self._new_server()

    @property
    def context(self) -> ssl.SSLContext:
        """For the next connection; another one after a renewal."""
        return self._context

    def renew_if_due(self) -> bool:
        """Gives the server a new key and certificate when a third of the old one's life is left."""
        with self._lock:
            ends = moment(self._server.expires_at_ms)
            if not renewal_due(moment(self._server.begins_at_ms), ends, moment(self._now_ms())):
                return False
            self._server, self._context = self._new_server()
            return True

    def issue(self, request_pem: str, checkpoint_id: str) -> Issued:
        """A certificate for a checkpoint.

        Raises:
            CertificateRefused: The request cannot be used.
        """
        request = read_request(request_pem)
        now = moment(self._now_ms())
        return issue_device(self._certificate, self._key, request, checkpoint_id, now)

    def _new_server(self) -> tuple[Issued, ssl.SSLContext]:
        key = new_key()
        issued = issue_server(self._certificate, self._key, key, moment(self._now_ms()))
        return issued, server_context(self.pem, issued.pem, key)


def open_authority(
    path: Path,
    sealer: Sealer,
    *,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Authority:
    """The authority in a file, which is made at the first start.

    Args:
        path: The file.
        sealer: Seals it.
        now_ms: The server's clock, ms since the epoch, UTC.

    Raises:
        AuthorityProblem: The file cannot be unsealed, read or written.
    """
    try:
        if path.exists():
            return Authority(*_unsealed(path.read_bytes(), sealer), now_ms=now_ms)
        key = new_key()
        certificate = new_authority(key, moment(now_ms()))
        content = {"certificate": pem_of(certificate), "key": key_pem(key).decode("ascii")}
        write_atomically(path, sealer.seal(json.dumps(content).encode("utf-8"), ABOUT))
    except SealBroken as error:
        raise AuthorityProblem(
            f"{path} was sealed with another key, or damaged: put a copy of it back. Without it "
            "every checkpoint has to be paired again."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, CertificateRefused) as error:
        raise AuthorityProblem(f"{path} is damaged: put a copy of it back.") from error
    except OSError as error:
        raise AuthorityProblem(f"{path} cannot be used: {error.strerror or error}.") from error
    return Authority(certificate, key, now_ms=now_ms)


def _unsealed(sealed: bytes, sealer: Sealer) -> tuple[x509.Certificate, Key]:
    content = json.loads(sealer.unseal(sealed, ABOUT))
    certificate = read_authority(content["certificate"])
    key = read_key(content["key"].encode("ascii"))
    if certificate.public_key() != key.public_key():
        raise CertificateRefused("The authority's key is another one.")
    return certificate, key
