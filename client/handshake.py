"""From a connected socket to TLS with the right server, without ever waiting longer than told."""

import contextlib
import select
import socket
import ssl
from collections.abc import Callable

from client.dialling import Cancelled, DialFailed
from client.events import LinkState
from protocol.deadline import Deadline

HANDSHAKE_S = 5.0
_STEP_S = 0.05

# OpenSSL's numbers for why a certificate is not accepted (x509_vfy.h).
_EXPIRED, _NOT_YET, _OTHER_NAME = 10, 9, 62
_WRONG_PURPOSE = frozenset({24, 26, 79})
_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_MESSAGE", "BAD_RECORD_TYPE"}
)
_OLD_TLS = frozenset(
    {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"}
)
_OWN_EXPIRED = frozenset({"SSLV3_ALERT_CERTIFICATE_EXPIRED", "SSL/TLS_ALERT_CERTIFICATE_EXPIRED"})
_OWN_REFUSED = frozenset(
    {
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_DECRYPT_ERROR",
    }
)


def shake_hands(
    sock: socket.socket,
    context: ssl.SSLContext,
    server_name: str | None,
    where: str,
    *,
    cancelled: Callable[[], bool],
    timeout_s: float = HANDSHAKE_S,
) -> ssl.SSLSocket:
    """Speaks TLS over a connected, non-blocking socket; the result is non-blocking, too.

    The socket is taken over: it is closed when this fails.

    Args:
        sock: As `dial` gave it.
        context: Whom to trust and what to show.
        server_name: What the server's certificate has to say; None when nothing is verified.
        where: The address, for sentences.
        cancelled: Asked every 50 ms; True ends the attempt.
        timeout_s: For everything together.

    Raises:
        DialFailed: There is no TLS, or the server is not the right one; says which.
        Cancelled: `cancelled()` was true.
    """
    deadline = Deadline(timeout_s)
    held: socket.socket = sock
    try:
        held = tls = context.wrap_socket(
            sock, server_hostname=server_name, do_handshake_on_connect=False
        )
        _check(deadline, cancelled, where)
        while not _step(tls):
            _check(deadline, cancelled, where)
    except ssl.SSLError as error:
        held.close()
        raise why(error, where) from error
    except OSError as error:
        held.close()
        raise _hung_up(where) from error
    except BaseException:
        held.close()
        raise
    return tls


def _check(deadline: Deadline, cancelled: Callable[[], bool], where: str) -> None:
    if cancelled():
        raise Cancelled
    if deadline.expired:
        raise DialFailed(f"{where} does not introduce itself in time. Is it a FaceNetGrid server?")


def why(error: ssl.SSLError, where: str) -> DialFailed:
    """What an error of TLS means to the person at the checkpoint, at the handshake and after it.

    With TLS 1.3 a checkpoint hears only after its own handshake what the server thinks of its
    certificate: at the first read.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _server_refused(error, where)
    if isinstance(error, ssl.SSLEOFError):
        return _hung_up(where)
    reason = error.reason or ""
    if reason in _NOT_TLS:
        return DialFailed(
            f"What answers at {where} does not encrypt: it is no FaceNetGrid server of this"
            " version. Check the address and the port, or update the server.",
            LinkState.REFUSED,
        )
    if reason in _OLD_TLS:
        return DialFailed(
            f"What answers at {where} does not speak TLS 1.3. Check the address and the port, or"
            " update the server.",
            LinkState.REFUSED,
        )
    if reason in _OWN_EXPIRED:
        return DialFailed(
            "This checkpoint's certificate has ended, or the clock of one of the two computers is"
            " wrong. Set the clocks; else pair the checkpoint again with a code.",
            LinkState.NOT_PAIRED,
        )
    if reason in _OWN_REFUSED:
        return DialFailed(
            f"The server at {where} does not accept this checkpoint's certificate. Pair it again"
            " with a code.",
            LinkState.NOT_PAIRED,
        )
    return DialFailed(f"The encrypted connection to {where} failed. It is made again by itself.")


def _hung_up(where: str) -> DialFailed:
    return DialFailed(
        f"{where} closed the connection without a word. It is tried again; if that goes on, it is"
        " no FaceNetGrid server, or one that too many connect to."
    )


def _server_refused(error: ssl.SSLCertVerificationError, where: str) -> DialFailed:
    code = error.verify_code
    if code == _EXPIRED:
        return DialFailed(
            f"The certificate of the server at {where} has ended, or this computer's clock is"
            " ahead. Set the clock; else restart the server.",
            LinkState.REFUSED,
        )
    if code == _NOT_YET:
        return DialFailed(
            f"The certificate of the server at {where} is not valid yet: this computer's clock is"
            " behind. Set the clock.",
            LinkState.REFUSED,
        )
    if code == _OTHER_NAME:
        return DialFailed(
            f"What answers at {where} has a certificate of this grid, but for another name. Tell"
            " the administrator.",
            LinkState.REFUSED,
        )
    if code in _WRONG_PURPOSE:
        return DialFailed(
            f"What answers at {where} is no server: it shows a checkpoint's certificate. Tell the"
            " administrator.",
            LinkState.REFUSED,
        )
    return DialFailed(
        f"The server at {where} is not the one that this checkpoint was paired with. If that is"
        " meant, pair it with a code from the server's window; if not, tell the administrator.",
        LinkState.SERVER_CHANGED,
    )


def _step(tls: ssl.SSLSocket) -> bool:
    """Goes on with the handshake, waits at most 50 ms; True when it is done."""
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        select.select([tls], [], [], _STEP_S)
    except ssl.SSLWantWriteError:
        select.select([], [tls], [], _STEP_S)
    else:
        return True
    return False


def say_goodbye(tls: ssl.SSLSocket) -> None:
    """Ends TLS without waiting for the other side to do so, too."""
    with contextlib.suppress(OSError):
        tls.unwrap()
