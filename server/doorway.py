"""Who may come in: the authority, the paired checkpoints and pairing, for the connections."""

import json
from dataclasses import dataclass
from pathlib import Path

from desktop.files import write_atomically
from server.authority import Authority
from server.devices import Devices
from server.pairing import PairingService


@dataclass(frozen=True, slots=True)
class Doorway:
    """The three together."""

    authority: Authority
    devices: Devices
    pairing: PairingService


class LocalPairing:
    """The file by which a checkpoint of this computer pairs itself; there while the server listens.

    Who can read it may pair: it is for the owner of the data folder alone.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def offer(self, doorway: Doorway, host: str, port: int) -> None:
        """Writes it.

        Raises:
            OSError: The folder cannot be written.
        """
        content = {
            "host": host,
            "port": port,
            "authority": doorway.authority.pem,
            "secret": doorway.pairing.local_secret,
        }
        write_atomically(self._path, json.dumps(content, indent=2).encode("utf-8"), mode=0o600)

    def withdraw(self) -> None:
        """Removes it.

        Raises:
            OSError: It cannot be removed.
        """
        self._path.unlink(missing_ok=True)
