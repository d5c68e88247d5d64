"""What the sessions of both sides have in common: bytes in, messages out, order kept by a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from protocol import strict_json
from protocol.errors import (
    BadFrame,
    BadMessage,
    IllegalSend,
    NotReady,
    ProtocolError,
    RemoteError,
    UnknownKind,
)
from protocol.framing import (
    MAX_PICTURES,
    MAX_TRUSTED,
    MAX_UNTRUSTED,
    MORE_FOR_WIDE,
    FrameDecoder,
    frame,
)
from protocol.kinds import DLIB_SHAPE, EncodingShape, check_shape
from protocol.messages import (
    ANSWERS,
    KINDS,
    Bye,
    Enrol,
    Error,
    Identify,
    Message,
    Reply,
    Request,
    Verdict,
    is_request_id,
)
from protocol.quick_verdict import text_of
from protocol.states import Machine
from protocol.text import printable
from protocol.wire import field_kinds

MAX_OPEN = 32
"""Requests of one checkpoint open at once; an honest one has one or two and a heartbeat."""

_NAMING = (Reply, Error)
# What a request and its reply are about, in fields of the same name.
_ABOUT = {
    asks: [name for name in ("event_id", "enrolment_id") if name in field_kinds(asks)]
    for asks in ANSWERS
}

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class Rejected:
    """One message that was refused while the conversation goes on.

    Attributes:
        error: What was wrong with it.
        reply: For the server to `send`; None where nothing is to be said.
        size: Bytes of the message.
    """

    error: RemoteError
    reply: Error | None
    size: int


Received = Message | Rejected


class Conversation(Generic[S, E]):
    """One side's session without what tells the sides apart.

    Args:
        machine: The side's table, standing at its first state.
        events: The side's events.
        incoming: What the peer may send.
        outgoing: What this side may send.
        encodings: What the encoder of both sides gives.
    """

    def __init__(
        self,
        machine: Machine[S, E],
        events: type[E],
        *,
        incoming: frozenset[type[Message]],
        outgoing: frozenset[type[Message]],
        encodings: EncodingShape = DLIB_SHAPE,
    ) -> None:
        self._machine = machine
        # By themselves, not by name: they are asked for several times a message.
        states = type(machine.state)
        self._ready, self._ended = states["READY"], (states["CLOSING"], states["CLOSED"])
        self._events = events
        self._incoming = incoming
        self._outgoing = outgoing
        self._encodings = encodings
        self._decoder = FrameDecoder(MAX_UNTRUSTED)
        self._open: dict[str, Request] = {}
        self._pictures = False
        self._failed_re: str | None = None
        self.failure: RemoteError | None = None

    @property
    def state(self) -> S:
        """Where the conversation stands."""
        return self._machine.state

    @property
    def ready(self) -> bool:
        """Whether requests may flow."""
        return self._machine.state is self._ready

    @property
    def closed(self) -> bool:
        """Whether nothing more can be received: write what is left, then close the socket."""
        return self._machine.state in self._ended

    @property
    def pending(self) -> int:
        """Bytes awaited in an unfinished frame; 0 between frames."""
        return 0 if self.closed else self._decoder.pending

    @property
    def frames_received(self) -> int:
        """Whole frames so far; with `pending` it feeds a `FrameWatch`."""
        return self._decoder.completed

    @property
    def open_requests(self) -> Mapping[str, Request]:
        """Requests not answered yet by id, oldest first; readable after the end, too."""
        return dict(self._open)

    def receive(self, data: bytes) -> list[Received]:
        """Takes bytes as they came from the peer and gives the messages they complete.

        Whole messages before a fault are given first; `failure` is set at once and raised by the
        next call, with b"" if one likes. So slicing the stream differently changes nothing.

        Raises:
            RemoteError: The peer broke the protocol. The session is closed: write
                `error_bytes()`, then close the socket.
        """
        if not self.closed:
            self._decoder.add(data)
        received: list[Received] = []
        while not self.closed:
            try:
                body = self._decoder.next_frame()
                if body is None:
                    break
                received.append(self._take(body))
            except RemoteError as error:
                self.failure = error
                self._fire("FAULT")
        if self.failure is not None and not received:
            raise self.failure
        return received

    def receive_one(self, data: bytes) -> tuple[Received | None, bytes]:
        """Takes what ends one message, and no more, for who answers each before the next.

        Returns:
            The message, if one is whole now, and the bytes that were not taken.

        Raises:
            RemoteError: As in `receive`.
        """
        if self.failure is not None:
            raise self.failure
        if self.closed:
            return None, b""
        try:
            body, rest = self._decoder.cut(data)
            return (None if body is None else self._take(body)), rest
        except RemoteError as error:
            self.failure = error
            self._fire("FAULT")
            raise

    def transport_ended(self) -> None:
        """Notes that the connection is gone, whoever ended it."""
        self._fire("TRANSPORT_ENDED")

    def send(self, message: Message) -> bytes:
        """Gives the bytes of a message and takes the step it means.

        Raises:
            IllegalSend: The message has no place here or a field does not fit. Nothing changed.
        """
        if type(message) not in self._outgoing:
            raise IllegalSend(f"this side never sends {message.kind!r}")
        event = self._event_of_sent(message)
        if not self._machine.allows(event):
            raise IllegalSend(f"{message.kind!r} cannot be sent when {self.state.value!r}")
        self._check_sent(message)
        data = self._encode(message)
        self._machine.fire(event)
        self._note_sent(message)
        return data

    def _encode(self, message: Message) -> bytes:
        try:
            quick = text_of(message) if type(message) is Verdict else None
            if quick is not None:  # below every limit
                return frame(quick)
            wire = message.to_wire()
            self._check_encodings(message)
        except ProtocolError as error:
            raise IllegalSend(f"{message.kind!r} is filled in wrongly: {error}") from error
        body = strict_json.dumps(wire)
        limit = self._sending_limit(message)
        if len(body) > limit:
            raise IllegalSend(f"{message.kind!r} has {len(body)} bytes; {limit} are allowed")
        return frame(body)

    def _sending_limit(self, message: Message) -> int:
        if isinstance(message, Enrol):
            return self._enrolment_limit(pictures=message.picture is not None)
        return MAX_TRUSTED if self.ready else MAX_UNTRUSTED

    def _enrolment_limit(self, *, pictures: bool) -> int:
        """Bytes of the largest message: an enrolment, with a picture or without."""
        wide = self._encodings.dimensions > DLIB_SHAPE.dimensions
        return (MAX_PICTURES if pictures else MAX_TRUSTED) + (MORE_FOR_WIDE if wide else 0)

    def _check_encodings(self, message: Message) -> None:
        """Raises BadMessage or ImplausibleEncoding for numbers of another encoder, or of none."""
        if isinstance(message, Identify):
            check_shape(message.encoding, "encoding", self._encodings)
        elif isinstance(message, Enrol):
            for place, sample in enumerate(message.samples):
                check_shape(sample.encoding, f"samples[{place}].encoding", self._encodings)

    def _take(self, body: bytes) -> Received:
        """Reads one frame's body; raises what ends the connection, returns what does not."""
        quick = self._at_once(body)
        if quick is not None:
            return quick
        wire = strict_json.loads(body)
        if not isinstance(wire, dict):
            raise BadMessage("message", "must be an object")
        try:
            cls = self._class_of(wire, len(body))
            event = self._event_of_received(cls, wire)
            if not self._machine.allows(event):
                raise self._misplaced(cls)
            self._check_received(cls, wire)
            message = cls.from_wire(wire)
            self._check_encodings(message)
            self._check_content(message)
        except RemoteError as error:
            return self._refuse(wire, error, len(body))
        self._machine.fire(event)
        self._note_received(message)
        return message

    def _at_once(self, body: bytes) -> Message | None:  # noqa: ARG002 - the server's needs it
        """Takes a message that nothing can be wrong with; None where one has to look carefully."""
        return None

    def _class_of(self, wire: Mapping[str, object], size: int) -> type[Message]:
        kind = wire.get("kind")
        if not isinstance(kind, str):
            raise BadMessage("kind", "must be a text")
        cls = KINDS.get(kind)
        if cls is None or cls not in self._incoming:
            raise UnknownKind(f"'{printable(kind, 40)}' is no message for this side")
        limit = MAX_TRUSTED
        if cls is Enrol:
            limit = self._enrolment_limit(pictures=wire.get("picture") is not None)
        if size > limit:
            raise BadFrame(f"{kind!r} has {size} bytes; {limit} are allowed")
        return cls

    def _misplaced(self, cls: type[Message]) -> RemoteError:
        """The error for a message that has no meaning in the state."""
        return NotReady(
            f"{cls.kind!r} has no meaning when {self.state.value!r}",
            details={"state": self.state.value},
        )

    def _fire(self, name: str) -> None:
        self._machine.fire(self._events[name])

    def _event_of_sent(self, message: Message) -> E:
        """The table's event for a message of ours."""
        raise NotImplementedError

    def _check_sent(self, message: Message) -> None:
        """Raises IllegalSend for what the table does not know: ids and open requests."""
        raise NotImplementedError

    def _note_sent(self, message: Message) -> None:
        """Keeps what follows from a message of ours."""
        raise NotImplementedError

    def _event_of_received(self, cls: type[Message], wire: Mapping[str, object]) -> E:
        """The table's event for a message of the peer's."""
        raise NotImplementedError

    def _check_received(self, cls: type[Message], wire: Mapping[str, object]) -> None:
        """Raises RemoteError for what the table does not know, before the fields are read."""
        raise NotImplementedError

    def _check_content(self, message: Message) -> None:
        """Raises RemoteError for fields that do not fit what was said before."""

    def _refuse(self, wire: Mapping[str, object], error: RemoteError, size: int) -> Rejected:
        """Gives a Rejected where the conversation can go on; raises the error where not."""
        raise NotImplementedError

    def _note_received(self, message: Message) -> None:
        """Keeps what follows from a message of the peer's."""
        raise NotImplementedError


def misfit(request: Request, reply: Message) -> str | None:
    """Says why a reply does not answer a request, or None when it does.

    Args:
        request: The open request the reply names.
        reply: What is to be sent or was received.
    """
    if isinstance(reply, Error):
        return None
    if type(reply) is not ANSWERS[type(request)]:
        return f"{reply.kind!r} does not answer {request.kind!r}"
    for name in _ABOUT[type(request)]:
        if getattr(request, name) != getattr(reply, name):
            return f"{reply.kind!r} is about another {name}"
    return None


def id_in(wire: Mapping[str, object], key: str) -> str | None:
    """Gives a request's id out of an unchecked object, where it is one."""
    value = wire.get(key)
    return value if is_request_id(value) else None


def names_request(message: Message) -> str | None:
    """Gives the id of the request that a message of the server is about, None for the others."""
    return message.re if isinstance(message, _NAMING) else None


def needs_pictures(message: Message) -> bool:
    """Says whether a message may be sent only to a server that keeps pictures."""
    return isinstance(message, Enrol) and message.picture is not None


def is_bye(wire: Mapping[str, object]) -> bool:
    """Says whether an unchecked object calls itself a bye."""
    return wire.get("kind") == Bye.kind
