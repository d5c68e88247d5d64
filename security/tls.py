"""TLS 1.3 and nothing else: the contexts of both sides, made by Python's `ssl`."""

import secrets
import ssl
import tempfile
from pathlib import Path

from security.certificates import Key, key_pem


def server_context(authority_pem: str, certificate_pem: str, key: Key) -> ssl.SSLContext:
    """For the server: asks every peer for a certificate; one without may only be paired.

    No session tickets: a resumed session would be one whose certificate is not looked at again.

    Args:
        authority_pem: Whose certificates are accepted.
        certificate_pem: The server's own.
        key: The key to it; it is on the disk encrypted, and only while it is read.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.num_tickets = 0
    context.load_verify_locations(cadata=authority_pem)
    password = secrets.token_hex(32)
    with tempfile.TemporaryDirectory() as folder:
        # OpenSSL reads keys from files alone; nobody can use this one without the password.
        path = Path(folder) / "server.txt"
        path.write_bytes(certificate_pem.encode("ascii") + key_pem(key, password.encode("ascii")))
        context.load_cert_chain(path, password=password)
    return context


def checkpoint_context(authority_pem: str, own: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    """For a checkpoint that knows its grid: the server must be the authority's, by its name.

    Args:
        authority_pem: Of the grid it is paired with.
        own: Files of the certificate and the key that it shows; None while it is being paired.

    Raises:
        OSError: A file cannot be read, or certificate and key do not belong together.
    """
    context = _context(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority_pem)
    if own is not None:
        context.load_cert_chain(*own)
    return context


def unverified_context() -> ssl.SSLContext:
    """For the one question that is asked before anybody is trusted: which authority are you of?

    What comes back is public, and nothing secret is sent.
    """
    context = _context(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context
