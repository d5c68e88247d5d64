"""How a connection ends: what others asked of it, the last word to its peer, and the log line."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from desktop.logs import log_event
from protocol.errors import Code, IllegalSend, RemoteError
from protocol.messages import Bye, Error
from protocol.session import Received, ServerSession
from server.log_lines import RateLimited
from server.tls_stream import TlsStream

_LOG = logging.getLogger(__name__)


class Over(Exception):  # noqa: N818 - named for what happened
    """Raised where a connection ends in a way that was foreseen.

    Args:
        why: In a word or two, for the log.
        farewell: The last thing the peer is sent.
        fault: Whether the peer is to blame.
    """

    def __init__(self, why: str, farewell: bytes = b"", *, fault: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.farewell = farewell
        self.fault = fault


class Wishes:
    """What other threads asked of a connection; set by any thread, looked at by its own."""

    __slots__ = ("aborted", "dismissed", "finish")

    def __init__(self) -> None:
        self.aborted = self.dismissed = self.finish = False

    def check(self, session: ServerSession) -> None:
        """Raises Over when the connection was asked to go."""
        if self.aborted:
            raise Over("cut off")
        if self.dismissed:
            raise revoked(session)
        if self.finish:
            raise Over("server stopping", goodbye(session, "The server is being stopped."))


@dataclass(frozen=True, slots=True)
class Partings:
    """Tells how connections ended.

    Attributes:
        limited: For what strangers can cause.
        fault: Takes a sentence and an error that nobody expected.
    """

    limited: RateLimited
    fault: Callable[[str, BaseException], None]

    def part(
        self,
        error: Exception,
        session: ServerSession,
        stream: TlsStream | None,
        *,
        address: str,
        note: Callable[[str, str], None],
    ) -> None:
        """Says a last word to the peer and writes the line; any error ends its connection alone.

        Args:
            error: What ended it.
            session: The peer's.
            stream: Through which a last word can be said; None where there is no such way.
            address: The peer's.
            note: Writes a line about the peer: what happened, and why.
        """
        if isinstance(error, Over):
            _say_last(stream, error.farewell)
            if error.fault:
                self.limited.log("peer_refused", reason=error.why, address=address)
            else:
                note("connection_ended", error.why)
        elif isinstance(error, OSError):
            note("connection_lost", error.strerror or str(error))
        else:
            self.fault("A connection ended by an unexpected error; see the log.", error)
            _say_last(stream, refusal(session, "the request failed on the server"))


def note_checkpoint(
    event: str, checkpoint_id: str, number: int, address: str, reason: str | None = None
) -> None:
    """A line about a checkpoint that came or went."""
    log_event(
        _LOG,
        event,
        checkpoint=checkpoint_id,
        connection=number,
        address=address,
        reason=reason,
    )


def refusal(session: ServerSession, sentence: str, code: Code = Code.INTERNAL) -> bytes:
    """The bytes that refuse a whole connection; b"" where nothing can be said any more."""
    try:
        return session.send(Error.refuse(code, sentence, re=None))
    except IllegalSend:
        return b""


def goodbye(session: ServerSession, reason: str) -> bytes:
    """The bytes that end a connection in peace; b"" where nothing can be said any more."""
    try:
        return session.send(Bye(id="bye", reason=reason))
    except IllegalSend:
        return b""


def revoked(session: ServerSession) -> Over:
    """The end of a checkpoint that was shut out."""
    sentence = "The administrator has shut this checkpoint out."
    return Over(Code.REVOKED, refusal(session, sentence, Code.REVOKED), fault=True)


def late(session: ServerSession, *, inside: bool) -> Over:
    """The end of a peer that took too long, inside a message or between two."""
    unfinished = "a message was not finished in time"
    what = unfinished if inside else "nothing was heard for too long"
    return Over(Code.TIMEOUT, refusal(session, what, Code.TIMEOUT), fault=True)


def feed(session: ServerSession, data: bytes) -> tuple[Received | None, bytes]:
    """Gives the session what ends a message, and no more.

    Returns:
        The message, if one is whole now, and the bytes behind it.

    Raises:
        Over: Raised when the peer broke the protocol or said goodbye.
    """
    try:
        received, rest = session.receive_one(data)
    except RemoteError as error:
        raise Over(error.code, session.error_bytes(), fault=True) from error
    if session.closed:
        raise Over("bye")
    return received, rest


def _say_last(stream: TlsStream | None, data: bytes) -> None:
    if stream is not None:
        with contextlib.suppress(OSError):
            stream.say_last(data)
