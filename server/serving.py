"""The server's network side while it runs: one listener, the connections, and their end."""

import contextlib
import socket
import time
from collections.abc import Callable

from server import ports
from server.announce import Announcement
from server.connection import Connection, Patience, Surroundings
from server.connections import Connections
from server.doorway import Doorway
from server.listener import Listener
from server.log_lines import RateLimited
from server.requests import Requests
from server.settings import ServerSettings

# Together below the 2 s in which the whole program ends.
_LISTENER_END_S = 0.5
_GOODBYE_S = 0.6


class Serving:
    """Listens from construction on until `stop`.

    Args:
        settings: Host, port, caps and heartbeat of this run.
        requests: Who answers.
        doorway: Says who may come in.
        limited: The log for what strangers can cause.
        fault: Takes what nobody expected, with a sentence.
        patience: How long peers may take; by the heartbeat unless told otherwise.

    Raises:
        HostRefused: Raised when the host is no address to listen on.
        PortInUse: Raised when another program listens on the port.
        OSError: Raised when the port cannot be used for another reason.
    """

    def __init__(
        self,
        settings: ServerSettings,
        requests: Requests,
        doorway: Doorway,
        limited: RateLimited,
        fault: Callable[[str, BaseException], None],
        *,
        patience: Patience | None = None,
    ) -> None:
        listening = ports.bind(settings.host, settings.port)
        self._connections = Connections(
            self._connection,
            max_strangers=settings.max_strangers,
            max_checkpoints=settings.max_checkpoints,
        )
        self._around = Surroundings(
            requests=requests,
            doorway=doorway,
            patience=patience or Patience.of_heartbeat(settings.heartbeat_s),
            limited=limited,
            trust=self._connections.trust,
            gone=self._connections.remove,
            fault=fault,
        )
        self._listener = Listener(
            listening,
            self._connections.admit,
            limited,
            lambda error: fault("The server stopped listening by an unexpected error.", error),
        )
        self._listener.start()
        self._doorway = doorway
        self._announcement = Announcement(
            settings.name, self.host, self.port, doorway.authority.hash
        )
        self._announcement.start()
        try:
            doorway.offer_local(self.host, self.port)
        except OSError as error:
            fault("Checkpoints on this computer cannot pair themselves; see the log.", error)

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self._listener.host

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._listener.port

    @property
    def alive(self) -> bool:
        """Whether it accepts connections."""
        return self._listener.alive

    @property
    def connections(self) -> int:
        """How many peers are connected."""
        return self._connections.count

    def dismiss(self, checkpoint_id: str) -> None:
        """Ends the connections of a checkpoint that was shut out."""
        self._connections.dismiss(checkpoint_id)

    def stop(self) -> bool:
        """Ends the listener and every connection; True when all threads have ended."""
        started_s = time.monotonic()
        self._announcement.withdraw()
        with contextlib.suppress(OSError):  # what is left leads nowhere, and is written over
            self._doorway.withdraw_local()
        self._listener.stop()
        self._connections.finish_all()
        self._listener.join(_LISTENER_END_S)
        left_s = max(0.1, _GOODBYE_S - (time.monotonic() - started_s))
        return self._connections.wait_empty(left_s) and not self._listener.alive

    def _connection(self, raw: socket.socket, address: str, number: int) -> Connection:
        return Connection(raw, address, number, self._around)
