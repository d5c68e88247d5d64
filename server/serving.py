"""The server's network side while it runs: one listener, the connections, the loop, their end."""

import contextlib
import socket
import time
from collections.abc import Callable

from server import ports
from server.announce import Announcement
from server.connection import Connection, Surroundings
from server.connections import Connections
from server.doorway import Doorway
from server.knocks import Knocks
from server.listener import Listener
from server.log_lines import RateLimited
from server.parting import Partings
from server.patience import Patience
from server.requests import Requests
from server.serving_loop import ServingLoop
from server.settings import ServerSettings

# Together below the 2 s in which the whole program ends.
_LISTENER_END_S = 0.5
_GOODBYE_S = 0.6
_LOOP_END_S = 0.2
_WITHDRAWN_S = 0.5


class Serving:
    """Listens from construction on until `stop`.

    Args:
        settings: Host, port, caps and heartbeat of this run.
        requests: Who answers.
        doorway: Says who may come in.
        limited: The log for what strangers can cause.
        fault: Takes what nobody expected, with a sentence.
        knocks: Who may shake hands now; knows more addresses than this run when it is older.
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
        knocks: Knocks,
        patience: Patience | None = None,
    ) -> None:
        listening = ports.bind(settings.host, settings.port)
        self._connections = Connections(
            self._connection,
            max_strangers=settings.max_strangers,
            max_checkpoints=settings.max_checkpoints,
            knocks=knocks,
        )
        partings = Partings(limited, fault)
        gone = self._connections.remove
        self._loop = ServingLoop(requests, doorway.pairing, partings, gone, fault)
        self._around = Surroundings(
            requests=requests,
            doorway=doorway,
            patience=patience or Patience.of_heartbeat(settings.heartbeat_s),
            partings=partings,
            loop=self._loop,
            trust=self._connections.trust,
            gone=gone,
        )
        self._loop.start()
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
        """Whether it accepts connections and answers."""
        return self._listener.alive and self._loop.alive

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
        self._loop.hurry()
        self._connections.finish_all()
        self._listener.join(_LISTENER_END_S)
        left_s = max(0.1, _GOODBYE_S - (time.monotonic() - started_s))
        empty = self._connections.wait_empty(left_s)
        self._loop.stop()
        self._announcement.join(_WITHDRAWN_S)
        return self._loop.join(_LOOP_END_S) and empty and not self._listener.alive

    def _connection(self, raw: socket.socket, address: str, number: int) -> Connection:
        return Connection(raw, address, number, self._around)
