"""Who may come in: the authority, the paired checkpoints and pairing, for the connections."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.files import write_atomically
from server.authority import Authority, AuthorityProblem, open_authority
from server.data_folder import DataFolder
from server.devices import Devices, DevicesProblem
from server.events import GridEvent
from server.pairing import Audit, PairingService, unaudited
from server.purposes import Purpose
from server.shutting_out import ShuttingOut
from server.vault import Vault

# Who listens everywhere is reached here.
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a name for it, nothing is bound


@dataclass(frozen=True, slots=True)
class Doorway:
    """The authority, the devices and pairing together.

    Attributes:
        authority: Signs, and has the server's TLS.
        devices: Who is paired.
        shutting_out: What of that waits to be written.
        pairing: Lets others in.
        local: The file by which a checkpoint of this computer pairs itself.
    """

    authority: Authority
    devices: Devices
    shutting_out: ShuttingOut
    pairing: PairingService
    local: Path

    def offer_local(self, host: str, port: int) -> None:
        """Writes the file for checkpoints of this computer, while the server listens.

        Who can read it may pair: it is for the owner of the data folder alone.

        Raises:
            OSError: The folder cannot be written.
        """
        content = {
            "host": _HERE.get(host, host),
            "port": port,
            "authority": self.authority.pem,
            "secret": self.pairing.local_secret,
        }
        write_atomically(self.local, json.dumps(content, indent=2).encode("utf-8"), mode=0o600)

    def tick(self) -> None:
        """Does what is due; called every second.

        Renews the server's certificate, closes pairing, writes who was shut out.
        """
        self.authority.renew_if_due()
        self.pairing.look()
        self.shutting_out.tick()

    def withdraw_local(self) -> None:
        """Removes it.

        Raises:
            OSError: It cannot be removed.
        """
        self.local.unlink(missing_ok=True)


class DoorwayProblem(Exception):  # noqa: N818 - named for what happened
    """Raised when the grid's authority or its devices cannot be used; the text is a sentence."""


def open_doorway(
    folder: DataFolder,
    vault: Vault,
    *,
    server_name: Callable[[], str],
    where: Callable[[], tuple[str, int]],
    post: Callable[[GridEvent], None],
    cut_off: Callable[[str], None],
    audit: Audit = unaudited,
) -> Doorway:
    """Opens what the vault seals; the authority is made at the first start.

    Args:
        folder: Where the data are; its lock is held.
        vault: Seals them.
        server_name: What the server calls itself.
        where: The host and port that the server listens on.
        post: Where events go.
        cut_off: Ends the connections of a checkpoint that was shut out.
        audit: Takes what happened in pairing.

    Raises:
        DoorwayProblem: A file cannot be used; none was written over.
    """
    try:
        authority = open_authority(folder.authority, vault.sealer(Purpose.AUTHORITY))
        devices = Devices(folder.devices, vault.sealer(Purpose.DEVICES), post=post, cut_off=cut_off)
    except (AuthorityProblem, DevicesProblem) as problem:
        raise DoorwayProblem(str(problem)) from problem
    pairing = PairingService(
        authority, devices, server_name=server_name, where=where, post=post, audit=audit
    )
    return Doorway(authority, devices, ShuttingOut(devices, post), pairing, folder.local_pairing)
