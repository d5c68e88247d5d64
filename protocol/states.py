"""The sessions as tables: which event leads from which state to which; all else is illegal.

The code runs from these tables, the tests walk every cell of them, and the diagrams in
docs/protocol.md are printed from them by `python -m protocol.diagram`.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Generic, TypeVar


class _Fast(Enum):
    """Told apart by identity, as members are; an `Enum` has the hash of its name, in Python."""

    __hash__ = object.__hash__


class ServerState(_Fast):
    """Where the server stands with one checkpoint."""

    UNIDENTIFIED = "unidentified"
    UNPAIRED = "unpaired"
    PAIRING = "pairing"
    AWAITING_HELLO = "awaiting hello"
    DECIDING = "deciding"
    READY = "ready"
    CLOSING = "closing"
    CLOSED = "closed"


class ServerEvent(_Fast):
    """What can happen to the server's session."""

    IDENTITY_ACCEPTED = "identity accepted"
    NO_IDENTITY = "no certificate shown"
    PAIRING_ASKED = "pairing message received"
    PAIRING_ANSWERED = "pairing reply sent"
    PAIRING_REFUSED = "error sent for the pairing"
    HELLO_RECEIVED = "hello received"
    WELCOME_SENT = "welcome sent"
    REQUEST_RECEIVED = "request received"
    REPLY_SENT = "reply sent"
    REQUEST_REFUSED = "error sent for a request"
    HELLO_REFUSED = "error sent for the hello"
    CONNECTION_REFUSED = "error sent for the connection"
    BYE_RECEIVED = "bye received"
    BYE_SENT = "bye sent"
    FAULT = "protocol broken by the peer"
    TRANSPORT_ENDED = "transport ended"


class ClientState(_Fast):
    """Where a checkpoint stands with its server."""

    UNIDENTIFIED = "unidentified"
    PAIRING = "pairing"
    HELLO_DUE = "hello due"
    AWAITING_WELCOME = "awaiting welcome"
    READY = "ready"
    CLOSING = "closing"
    CLOSED = "closed"


class ClientEvent(_Fast):
    """What can happen to the checkpoint's session."""

    IDENTITY_ACCEPTED = "identity accepted"
    PAIRING_BEGUN = "pairing begun"
    PAIRING_ASKED = "pairing message sent"
    PAIRING_ANSWERED = "pairing reply received"
    PAIRING_REFUSED = "error received for the pairing"
    HELLO_SENT = "hello sent"
    WELCOME_RECEIVED = "welcome received"
    HELLO_REFUSED = "error received for the hello"
    REQUEST_SENT = "request sent"
    REPLY_RECEIVED = "reply received"
    REQUEST_REFUSED = "error received for a request"
    CONNECTION_REFUSED = "error received for the connection"
    BYE_RECEIVED = "bye received"
    BYE_SENT = "bye sent"
    FAULT = "protocol broken by the peer"
    TRANSPORT_ENDED = "transport ended"


S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)

# A session begins when TLS stands; UNIDENTIFIED: the peer's certificate is not looked at yet.
# IDENTITY_ACCEPTED is the only way to hello; whoever showed none can be paired and nothing else.
SERVER_TABLE: Mapping[ServerState, Mapping[ServerEvent, ServerState]] = MappingProxyType(
    {
        ServerState.UNIDENTIFIED: {
            ServerEvent.IDENTITY_ACCEPTED: ServerState.AWAITING_HELLO,
            ServerEvent.NO_IDENTITY: ServerState.UNPAIRED,
            ServerEvent.CONNECTION_REFUSED: ServerState.CLOSING,
            ServerEvent.FAULT: ServerState.CLOSING,
            ServerEvent.TRANSPORT_ENDED: ServerState.CLOSED,
        },
        ServerState.UNPAIRED: {
            ServerEvent.PAIRING_ASKED: ServerState.PAIRING,
            ServerEvent.CONNECTION_REFUSED: ServerState.CLOSING,
            ServerEvent.BYE_RECEIVED: ServerState.CLOSING,
            ServerEvent.BYE_SENT: ServerState.CLOSING,
            ServerEvent.FAULT: ServerState.CLOSING,
            ServerEvent.TRANSPORT_ENDED: ServerState.CLOSED,
        },
        # One question a connection: whoever guesses codes pays for a handshake each.
        ServerState.PAIRING: {
            ServerEvent.PAIRING_ANSWERED: ServerState.CLOSING,
            ServerEvent.PAIRING_REFUSED: ServerState.CLOSING,
            ServerEvent.CONNECTION_REFUSED: ServerState.CLOSING,
            ServerEvent.BYE_RECEIVED: ServerState.CLOSING,
            ServerEvent.BYE_SENT: ServerState.CLOSING,
            ServerEvent.FAULT: ServerState.CLOSING,
            ServerEvent.TRANSPORT_ENDED: ServerState.CLOSED,
        },
        ServerState.AWAITING_HELLO: {
            ServerEvent.HELLO_RECEIVED: ServerState.DECIDING,
            ServerEvent.CONNECTION_REFUSED: ServerState.CLOSING,
            ServerEvent.BYE_RECEIVED: ServerState.CLOSING,
            ServerEvent.BYE_SENT: ServerState.CLOSING,
            ServerEvent.FAULT: ServerState.CLOSING,
            ServerEvent.TRANSPORT_ENDED: ServerState.CLOSED,
        },
        ServerState.DECIDING: {
            ServerEvent.WELCOME_SENT: ServerState.READY,
            ServerEvent.HELLO_REFUSED: ServerState.CLOSING,
            ServerEvent.CONNECTION_REFUSED: ServerState.CLOSING,
            ServerEvent.BYE_RECEIVED: ServerState.CLOSING,
            ServerEvent.BYE_SENT: ServerState.CLOSING,
            ServerEvent.FAULT: ServerState.CLOSING,
            ServerEvent.TRANSPORT_ENDED: ServerState.CLOSED,
        },
        ServerState.READY: {
            ServerEvent.REQUEST_RECEIVED: ServerState.READY,
            ServerEvent.REPLY_SENT: ServerState.READY,
            ServerEvent.REQUEST_REFUSED: ServerState.READY,
            ServerEvent.CONNECTION_REFUSED: ServerState.CLOSING,
            ServerEvent.BYE_RECEIVED: ServerState.CLOSING,
            ServerEvent.BYE_SENT: ServerState.CLOSING,
            ServerEvent.FAULT: ServerState.CLOSING,
            ServerEvent.TRANSPORT_ENDED: ServerState.CLOSED,
        },
        # What came before the bye or the fault, perhaps in the same read, may still be answered.
        ServerState.CLOSING: {
            ServerEvent.WELCOME_SENT: ServerState.CLOSING,
            ServerEvent.REPLY_SENT: ServerState.CLOSING,
            ServerEvent.REQUEST_REFUSED: ServerState.CLOSING,
            ServerEvent.TRANSPORT_ENDED: ServerState.CLOSED,
        },
        ServerState.CLOSED: {
            ServerEvent.TRANSPORT_ENDED: ServerState.CLOSED,
        },
    }
)

CLIENT_TABLE: Mapping[ClientState, Mapping[ClientEvent, ClientState]] = MappingProxyType(
    {
        ClientState.UNIDENTIFIED: {
            ClientEvent.IDENTITY_ACCEPTED: ClientState.HELLO_DUE,
            ClientEvent.PAIRING_BEGUN: ClientState.PAIRING,
            ClientEvent.CONNECTION_REFUSED: ClientState.CLOSING,
            ClientEvent.FAULT: ClientState.CLOSING,
            ClientEvent.TRANSPORT_ENDED: ClientState.CLOSED,
        },
        ClientState.PAIRING: {
            ClientEvent.PAIRING_ASKED: ClientState.PAIRING,
            ClientEvent.PAIRING_ANSWERED: ClientState.CLOSING,
            ClientEvent.PAIRING_REFUSED: ClientState.CLOSING,
            ClientEvent.CONNECTION_REFUSED: ClientState.CLOSING,
            ClientEvent.BYE_RECEIVED: ClientState.CLOSING,
            ClientEvent.BYE_SENT: ClientState.CLOSING,
            ClientEvent.FAULT: ClientState.CLOSING,
            ClientEvent.TRANSPORT_ENDED: ClientState.CLOSED,
        },
        ClientState.HELLO_DUE: {
            ClientEvent.HELLO_SENT: ClientState.AWAITING_WELCOME,
            ClientEvent.CONNECTION_REFUSED: ClientState.CLOSING,
            ClientEvent.BYE_RECEIVED: ClientState.CLOSING,
            ClientEvent.BYE_SENT: ClientState.CLOSING,
            ClientEvent.FAULT: ClientState.CLOSING,
            ClientEvent.TRANSPORT_ENDED: ClientState.CLOSED,
        },
        ClientState.AWAITING_WELCOME: {
            ClientEvent.WELCOME_RECEIVED: ClientState.READY,
            ClientEvent.HELLO_REFUSED: ClientState.CLOSING,
            ClientEvent.CONNECTION_REFUSED: ClientState.CLOSING,
            ClientEvent.BYE_RECEIVED: ClientState.CLOSING,
            ClientEvent.BYE_SENT: ClientState.CLOSING,
            ClientEvent.FAULT: ClientState.CLOSING,
            ClientEvent.TRANSPORT_ENDED: ClientState.CLOSED,
        },
        ClientState.READY: {
            ClientEvent.REQUEST_SENT: ClientState.READY,
            ClientEvent.REPLY_RECEIVED: ClientState.READY,
            ClientEvent.REQUEST_REFUSED: ClientState.READY,
            ClientEvent.CONNECTION_REFUSED: ClientState.CLOSING,
            ClientEvent.BYE_RECEIVED: ClientState.CLOSING,
            ClientEvent.BYE_SENT: ClientState.CLOSING,
            ClientEvent.FAULT: ClientState.CLOSING,
            ClientEvent.TRANSPORT_ENDED: ClientState.CLOSED,
        },
        ClientState.CLOSING: {
            ClientEvent.TRANSPORT_ENDED: ClientState.CLOSED,
        },
        ClientState.CLOSED: {
            ClientEvent.TRANSPORT_ENDED: ClientState.CLOSED,
        },
    }
)


class IllegalTransition(Exception):  # noqa: N818 - named for what happened
    """Raised when an event has no meaning in the state; the state stays as it was."""


class Machine(Generic[S, E]):
    """A state that moves by its table alone.

    Args:
        table: Every legal step.
        start: The first state.
    """

    def __init__(self, table: Mapping[S, Mapping[E, S]], start: S) -> None:
        self._table = table
        self.state = start

    def allows(self, event: E) -> bool:
        """Says whether the event has a meaning now."""
        return event in self._table[self.state]

    def fire(self, event: E) -> None:
        """Takes the step.

        Raises:
            IllegalTransition: The table has no such step; nothing changed.
        """
        after = self._table[self.state].get(event)
        if after is None:
            raise IllegalTransition(f"{event.value!r} has no meaning when {self.state.value!r}")
        self.state = after
