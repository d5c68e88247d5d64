"""From an address to TLS with the right server, and who this checkpoint is to it."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from client.dialling import DialFailed, dial
from client.events import LinkState
from client.handshake import shake_hands
from client.pairing import Pairing
from protocol.address import join_address

_NEW = "For one on another computer ask for a code in its window (Add checkpoint) and type it here."


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is, and who asks."""

    host: str
    port: int
    checkpoint_id: str
    checkpoint_name: str

    def __str__(self) -> str:
        return join_address(self.host, self.port)


def approach(
    address: Address, pairing: Pairing, *, cancelled: Callable[[], bool]
) -> tuple[str, ssl.SSLSocket]:
    """Connects, takes the identity out or is paired now, and shakes hands.

    Args:
        address: Where to, and who asks.
        pairing: How the checkpoint comes to its identity.
        cancelled: Asked every 50 ms; True ends the attempt.

    Returns:
        The id in the checkpoint's certificate, and the connection, non-blocking.

    Raises:
        DialFailed: There is no connection, no identity, or not the right server; says which. Where
            nothing answers and nothing was ever paired, it is the pairing that is missing: a new
            checkpoint asks at its own computer for a server that is on another one.
        Cancelled: `cancelled()` was true.
    """
    try:
        sock = dial(address.host, address.port, cancelled=cancelled)
    except DialFailed as failed:
        if pairing.awaits_code(address.host, address.port):
            raise DialFailed(f"{failed} {_NEW}", LinkState.NOT_PAIRED) from failed
        raise
    try:
        known = pairing.identity_for(
            address.host, address.port, address.checkpoint_name, cancelled=cancelled
        )
    except BaseException:
        sock.close()
        raise
    tls = shake_hands(sock, known.context, known.server_name, str(address), cancelled=cancelled)
    return known.checkpoint_id, tls
