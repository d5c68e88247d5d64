"""From a server's name to a connected socket, without ever waiting longer than told."""

import errno
import queue
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

from client.events import LinkState
from protocol.address import join_address
from protocol.deadline import Deadline

CONNECT_S = 4.0
_STEP_S = 0.05
# As getaddrinfo gives them: family, kind, protocol, canonical name, address.
_Found = list[tuple[int, int, int, str, Any]]


class DialFailed(Exception):  # noqa: N818 - named for what happened
    """Raised when there is no connection; the text says why and what to do.

    Args:
        text: The sentence.
        state: What the link is then.
    """

    def __init__(self, text: str, state: LinkState = LinkState.UNREACHABLE) -> None:
        super().__init__(text)
        self.state = state


class Cancelled(Exception):  # noqa: N818 - named for what happened
    """Raised when the caller no longer wants the connection."""


def dial(
    host: str, port: int, *, cancelled: Callable[[], bool], timeout_s: float = CONNECT_S
) -> socket.socket:
    """Connects; the socket is non-blocking.

    Args:
        host: Name or address.
        port: 1 to 65535.
        cancelled: Asked every 50 ms; True ends the attempt.
        timeout_s: For everything together.

    Raises:
        DialFailed: No name, no answer, no way.
        Cancelled: `cancelled()` was true.
    """
    deadline = Deadline(timeout_s)
    failure: OSError | None = None
    for family, kind, protocol, _name, address in _resolve(host, port, deadline, cancelled):
        sock = socket.socket(family, kind, protocol)
        try:
            _connect(sock, address, deadline, cancelled)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise DialFailed(_sentence(failure, host, port))


def _resolve(host: str, port: int, deadline: Deadline, cancelled: Callable[[], bool]) -> _Found:
    """Looks the name up in a thread of its own: `getaddrinfo` can wait for 30 s."""
    answers: queue.SimpleQueue[_Found | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError, ValueError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    while not deadline.expired:
        if cancelled():
            raise Cancelled
        try:
            answer = answers.get(timeout=_STEP_S)
        except queue.Empty:
            continue
        if isinstance(answer, OSError):
            break
        return answer
    raise DialFailed(unknown(host))


def _connect(
    sock: socket.socket, address: object, deadline: Deadline, cancelled: Callable[[], bool]
) -> None:
    sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    code = sock.connect_ex(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
    while code in (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY):
        if cancelled():
            raise Cancelled
        if deadline.expired:
            raise TimeoutError
        # Windows tells a failed connect among the exceptional ones only.
        _none, writable, failed = select.select([], [sock], [sock], _STEP_S)
        if writable or failed:
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            break
    if code:
        raise OSError(code, errno.errorcode.get(code, ""))
    if sock.getsockname() == sock.getpeername():
        # A loopback port that nobody listens on can, by chance, be connected to itself.
        raise ConnectionRefusedError(errno.ECONNREFUSED, "connected to itself")


def unknown(host: str) -> str:
    """What is said when no computer has this name."""
    return (
        f"No computer named {host} is found. Check the server's name in the settings, and the"
        " network."
    )


def refused(where: str) -> str:
    """What is said when nobody listens at this address."""
    return f"No server answers at {where}. Start the server, or check its address and port."


def _sentence(error: OSError | None, host: str, port: int) -> str:
    where = join_address(host, port)
    if error is not None and error.errno == errno.ECONNREFUSED:
        return refused(where)
    if error is not None and error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return f"There is no way to {host} from here. Check the network cable or the wireless."
    if error is None or isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return f"{where} does not answer. Is the server switched on and in this network?"
    return f"{where} cannot be reached ({error.strerror or error}). Check the address."
