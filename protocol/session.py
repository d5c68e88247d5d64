"""The two sides of one connection, without the connection: a thread adds the socket.

The thread gives `receive` what it read, writes what `send` returns, and asks nothing else of the
other side. Ids, order, size limits and open requests are looked after here.
"""

from collections import deque
from collections.abc import Mapping
from itertools import count

from protocol.conversation import (
    MAX_OPEN,
    Conversation,
    Received,
    Rejected,
    id_in,
    is_bye,
    misfit,
    names_request,
    needs_pictures,
)
from protocol.errors import (
    BadFrame,
    BadMessage,
    IllegalSend,
    NotAllowed,
    NotPaired,
    NotReady,
    RemoteError,
    TooManyOpen,
    Unexpected,
)
from protocol.framing import MAX_TRUSTED, frame
from protocol.kinds import DLIB_SHAPE, EncodingShape
from protocol.messages import (
    FROM_CHECKPOINT,
    FROM_SERVER,
    PAIRING,
    Bye,
    Error,
    Hello,
    Message,
    PairCaReply,
    Paired,
    Request,
    Verdict,
    Welcome,
    is_opaque_id,
)
from protocol.quick_identify import identify_of
from protocol.states import (
    CLIENT_TABLE,
    SERVER_TABLE,
    ClientEvent,
    ClientState,
    Machine,
    ServerEvent,
    ServerState,
)
from protocol.strict_json import dumps
from protocol.text import printable

__all__ = ["MAX_OPEN", "ClientSession", "Received", "Rejected", "ServerSession"]

_REFUSED_IN = {
    ClientState.AWAITING_WELCOME: ClientEvent.HELLO_REFUSED,
    ClientState.PAIRING: ClientEvent.PAIRING_REFUSED,
}
_REMEMBERED = 64  # ids answered, to tell a late reply from an invented one


class ServerSession(Conversation[ServerState, ServerEvent]):
    """The server's side. Receives hello and requests; sends welcome, replies and errors.

    A `Rejected` in what `receive` gives has its `reply`: send it and go on.

    It begins when TLS stands: say next who the peer is, by `identified` or `without_identity`.

    Args:
        encodings: What the server's encoder gives; a checkpoint with another one is not welcomed.
    """

    def __init__(self, encodings: EncodingShape = DLIB_SHAPE) -> None:
        super().__init__(
            Machine(SERVER_TABLE, ServerState.UNIDENTIFIED),
            ServerEvent,
            incoming=FROM_CHECKPOINT,
            outgoing=FROM_SERVER,
            encodings=encodings,
        )
        self._refused: set[str] = set()
        self._identity = ""

    def identified(self, checkpoint_id: str) -> None:
        """The peer's certificate is good and names this checkpoint; its hello must, too."""
        self._identity = checkpoint_id
        self._fire("IDENTITY_ACCEPTED")

    def without_identity(self) -> None:
        """The peer showed no certificate: it may be paired, and asks for nothing else."""
        self._fire("NO_IDENTITY")

    def error_bytes(self) -> bytes:
        """Gives the error message to write after `receive` raised; b"" when it did not."""
        if self.failure is None:
            return b""
        return frame(dumps(Error.of(self.failure, re=self._failed_re).to_wire()))

    def _event_of_sent(self, message: Message) -> ServerEvent:
        match message:
            case Verdict():  # the commonest
                return ServerEvent.REPLY_SENT
            case Welcome():
                return ServerEvent.WELCOME_SENT
            case Bye():
                return ServerEvent.BYE_SENT
            case Error(re=None):
                return ServerEvent.CONNECTION_REFUSED
            case Error() if self.state is ServerState.DECIDING:
                return ServerEvent.HELLO_REFUSED
            case Error() if self.state is ServerState.PAIRING:
                return ServerEvent.PAIRING_REFUSED
            case PairCaReply() | Paired():
                return ServerEvent.PAIRING_ANSWERED
            case Error():
                return ServerEvent.REQUEST_REFUSED
            case _:
                return ServerEvent.REPLY_SENT

    def _check_sent(self, message: Message) -> None:
        name = names_request(message)
        if name is None or (name in self._refused and isinstance(message, Error)):
            return
        request = self._open.get(name)
        if request is None:
            raise IllegalSend(f"{message.kind!r} answers {name!r}, which is not open")
        problem = misfit(request, message)
        if problem is not None:
            raise IllegalSend(problem)

    def _note_sent(self, message: Message) -> None:
        name = names_request(message)
        if name is not None:
            self._open.pop(name, None)
            self._refused.discard(name)
        if isinstance(message, Welcome):
            self._pictures = message.keep_pictures
            self._decoder.limit = self._enrolment_limit(pictures=message.keep_pictures)

    def _at_once(self, body: bytes) -> Message | None:
        # Only where it is sure to be taken.
        if not self.ready or len(self._open) >= MAX_OPEN or len(body) > MAX_TRUSTED:
            return None
        message = identify_of(body, self._encodings)
        if message is None or message.id in self._open or message.id in self._refused:
            return None
        self._machine.fire(ServerEvent.REQUEST_RECEIVED)
        self._open[message.id] = message
        return message

    def _event_of_received(
        self,
        cls: type[Message],
        wire: Mapping[str, object],  # noqa: ARG002 - the client's needs it
    ) -> ServerEvent:
        if cls is Hello:
            return ServerEvent.HELLO_RECEIVED
        if cls in PAIRING:
            return ServerEvent.PAIRING_ASKED
        return ServerEvent.BYE_RECEIVED if cls is Bye else ServerEvent.REQUEST_RECEIVED

    def _misplaced(self, cls: type[Message]) -> RemoteError:
        if self.state is ServerState.UNPAIRED:
            return NotPaired("This checkpoint showed no certificate of this grid. Pair it first.")
        return super()._misplaced(cls)

    def _check_received(self, cls: type[Message], wire: Mapping[str, object]) -> None:
        if cls is Bye:
            return
        name = id_in(wire, "id")
        if name in self._open or name in self._refused:
            raise BadMessage("id", f"{name!r} is open already")
        if len(self._open) >= MAX_OPEN:
            raise TooManyOpen(f"{MAX_OPEN} requests are open; wait for an answer")

    def _check_content(self, message: Message) -> None:
        if needs_pictures(message) and not self._pictures:
            raise NotAllowed("This server keeps no pictures. Enrol without one.")
        if isinstance(message, Hello) and message.checkpoint_id != self._identity:
            raise NotPaired(
                f"The certificate is that of {self._identity!r}, not of this checkpoint. Pair it."
            )

    def _refuse(self, wire: Mapping[str, object], error: RemoteError, size: int) -> Rejected:
        name = id_in(wire, "id")
        usable = name is not None and name not in self._open and name not in self._refused
        goes_on = (
            usable
            and self.ready
            and not is_bye(wire)
            and not isinstance(error, NotReady | BadFrame)
            and len(self._refused) < MAX_OPEN
        )
        if name is None or not goes_on:
            self._failed_re = name if usable else None
            raise error
        self._refused.add(name)
        event_id = wire.get("event_id")
        return Rejected(
            error,
            Error.of(error, re=name, event_id=event_id if is_opaque_id(event_id) else None),
            size,
        )

    def _note_received(self, message: Message) -> None:
        if isinstance(message, Request):
            self._open[message.id] = message


class ClientSession(Conversation[ClientState, ClientEvent]):
    """The checkpoint's side. Sends hello and requests; receives welcome, replies and errors.

    A `Rejected` in what `receive` gives is a reply that came too late: there is nothing to send.
    It begins when TLS stands: `server_verified` leads to the hello, `begin_pairing` to pairing.

    Args:
        encodings: What the checkpoint's encoder gives.
    """

    def __init__(self, encodings: EncodingShape = DLIB_SHAPE) -> None:
        super().__init__(
            Machine(CLIENT_TABLE, ClientState.UNIDENTIFIED),
            ClientEvent,
            incoming=FROM_SERVER,
            outgoing=FROM_CHECKPOINT,
            encodings=encodings,
        )
        self._ids = count(1)
        self._done: deque[str] = deque(maxlen=_REMEMBERED)
        self.welcome: Welcome | None = None

    def server_verified(self) -> None:
        """The server is the one of this checkpoint's grid, and knows whose certificate it saw."""
        self._fire("IDENTITY_ACCEPTED")

    def begin_pairing(self) -> None:
        """This checkpoint has no certificate yet: it asks one question of pairing."""
        self._fire("PAIRING_BEGUN")

    @property
    def room(self) -> int:
        """How many more requests may be sent before one is answered."""
        return MAX_OPEN - len(self._open)

    def next_id(self) -> str:
        """Gives an id no request of this session has had, where all come from here."""
        return f"r{next(self._ids)}"

    def hello(
        self,
        *,
        checkpoint_id: str,
        checkpoint_name: str,
        encoder: str,
        software: str,
        witnessed: str | None = None,
    ) -> bytes:
        """Gives the bytes of the hello.

        Raises:
            IllegalSend: A hello was sent already, or a field does not fit.
        """
        return self.send(
            Hello(
                id=self.next_id(),
                checkpoint_id=checkpoint_id,
                checkpoint_name=checkpoint_name,
                encoder=encoder,
                software=software,
                witnessed=witnessed,
            )
        )

    def error_bytes(self) -> bytes:
        """Gives the bye to write after `receive` raised; b"" when it did not."""
        if self.failure is None:
            return b""
        reason = printable(self.failure.message, 200)
        return frame(dumps(Bye(id=self.next_id(), reason=reason).to_wire()))

    def _event_of_sent(self, message: Message) -> ClientEvent:
        if isinstance(message, Hello):
            return ClientEvent.HELLO_SENT
        if type(message) in PAIRING:
            return ClientEvent.PAIRING_ASKED
        return ClientEvent.BYE_SENT if isinstance(message, Bye) else ClientEvent.REQUEST_SENT

    def _check_sent(self, message: Message) -> None:
        if not isinstance(message, Request):
            return
        if message.id in self._open or message.id in self._done:
            raise IllegalSend(f"the id {message.id!r} was used already")
        if self.room <= 0:
            raise IllegalSend(f"{MAX_OPEN} requests are open; wait for an answer")
        if needs_pictures(message) and not self._pictures:
            raise IllegalSend("this server keeps no pictures; enrol without one")

    def _note_sent(self, message: Message) -> None:
        if isinstance(message, Request):
            self._open[message.id] = message

    def _event_of_received(self, cls: type[Message], wire: Mapping[str, object]) -> ClientEvent:
        if cls is Welcome:
            return ClientEvent.WELCOME_RECEIVED
        if cls is Bye:
            return ClientEvent.BYE_RECEIVED
        if cls is PairCaReply or cls is Paired:
            return ClientEvent.PAIRING_ANSWERED
        if cls is not Error:
            return ClientEvent.REPLY_RECEIVED
        if wire.get("re") is None:
            return ClientEvent.CONNECTION_REFUSED
        return _REFUSED_IN.get(self.state, ClientEvent.REQUEST_REFUSED)

    def _check_received(self, cls: type[Message], wire: Mapping[str, object]) -> None:
        if cls is Bye or (cls is Error and wire.get("re") is None):
            return
        name = id_in(wire, "re")
        if name is None:
            raise BadMessage("re", "must be the id of a request")
        if name not in self._open:
            late = name in self._done
            raise Unexpected(
                f"{cls.kind!r} answers {name!r}, which is {'no longer' if late else 'not'} open",
                late=late,
            )

    def _check_content(self, message: Message) -> None:
        name = names_request(message)
        problem = None if name is None else misfit(self._open[name], message)
        if problem is not None:
            raise Unexpected(problem, late=False)

    def _refuse(
        self,
        wire: Mapping[str, object],  # noqa: ARG002 - the server's needs it
        error: RemoteError,
        size: int,
    ) -> Rejected:
        if isinstance(error, Unexpected) and error.late:
            return Rejected(error, None, size)
        raise error

    def _note_received(self, message: Message) -> None:
        name = names_request(message)
        if name is not None:
            del self._open[name]
            self._done.append(name)
        if isinstance(message, Welcome):
            self.welcome = message
            self._pictures = message.keep_pictures
            self._decoder.limit = MAX_TRUSTED
