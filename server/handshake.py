"""The TLS handshake of an accepted socket: in its time, with a word for who speaks no TLS."""

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import NamedTuple

from cryptography import x509

from protocol.errors import Code
from protocol.framing import frame
from protocol.messages import Error
from protocol.strict_json import dumps
from security.certificates import common_name, serial_text
from server.tls_stream import TlsStream

_HANDSHAKE = b"\x16"  # the first byte of every TLS connection (RFC 8446, section 5.1)

SPEAKS_NO_TLS = frame(
    dumps(
        Error.refuse(
            Code.UNSUPPORTED_VERSION,
            "This server speaks TLS 1.3 and nothing else. Update the checkpoint.",
            re=None,
        ).to_wire()
    )
)
"""For a checkpoint of an older version: the one thing that is ever said in clear."""

Pause = Callable[[], float]
"""How long the next wait may be, in seconds; raises when there is to be no next one."""


class HandshakeFailed(Exception):  # noqa: N818 - named for what happened
    """Raised when TLS does not come about; the text is OpenSSL's word for why."""


class PeerClosed(Exception):  # noqa: N818 - named for what happened
    """Raised when the peer closes before it says anything."""


def await_tls(raw: socket.socket, pause: Pause) -> None:
    """Waits for the first byte and leaves it where it is.

    Raises:
        HandshakeFailed: It is not that of a handshake; the peer was told so.
        PeerClosed: There is none.
        OSError: The connection broke.
    """
    while True:
        raw.settimeout(pause())
        try:
            first = raw.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            continue
        if not first:
            raise PeerClosed
        if first != _HANDSHAKE:
            with contextlib.suppress(OSError):
                raw.settimeout(0)
                raw.send(SPEAKS_NO_TLS)
                raw.shutdown(socket.SHUT_WR)
            raise HandshakeFailed("the peer speaks something else")
        return


def shake_hands(stream: TlsStream, pause: Pause) -> None:
    """Shakes hands, however slowly the peer does, until `pause` says that it is enough.

    Raises:
        HandshakeFailed: The peer's TLS or certificate is not accepted, or it does not accept ours.
        OSError: The connection broke.
    """
    stands = False
    while not stands:
        stream.settimeout(pause())
        try:
            stands = stream.shake_hands()
        except TimeoutError:
            continue
        except ssl.SSLError as error:
            raise HandshakeFailed(error.reason or "the peer went away") from error


class Shown(NamedTuple):
    """What is read of a peer's certificate.

    Attributes:
        name: Its common name, a checkpoint's id.
        serial: Its serial number in hex, as the registry keeps it.
        ends_s: When it ends, in seconds since 1970 UTC.
    """

    name: str
    serial: str
    ends_s: float


def shown_by(tls: ssl.SSLSocket | ssl.SSLObject) -> Shown | None:
    """What the peer's certificate says; None when it showed none."""
    shown = tls.getpeercert(binary_form=True)
    if shown is None:
        return None
    certificate = x509.load_der_x509_certificate(shown)
    return Shown(
        common_name(certificate),
        serial_text(certificate.serial_number),
        certificate.not_valid_after_utc.timestamp(),
    )
