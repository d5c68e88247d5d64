"""Commands as they have to be typed for the data and the address of this server."""

import shlex
from pathlib import Path

from server.addresses import EVERYWHERE, LOOPBACK
from server.data_folder import DataFolder

# Where a checkpoint looks for the server unless it is told.
_USUAL = "127.0.0.1:5050"


def start_command(address: str, folder: Path) -> str:
    """What starts a checkpoint on this computer that finds the server and pairs by itself.

    Args:
        address: Where the server listens, "" while it does not. One that listens on every network
            is reached from its own computer at the loopback address.
        folder: The server's data folder: a checkpoint has to be told of any but the project's.
    """
    host, colon, port = address.rpartition(":")
    if host == EVERYWHERE:
        address = f"{LOOPBACK}{colon}{port}"
    words = ["python3", "run.py", "client"]
    if address not in ("", _USUAL):
        words += ["--server", address]
    if not _usual(folder):
        words += ["--server-data", str(folder.resolve())]
    return shlex.join(words)


def server_command(*words: str, folder: Path) -> str:
    """What does something with the data of this server, such as `restore FILE`."""
    data = () if _usual(folder) else ("--data", str(folder.resolve()))
    return shlex.join(["python3", "run.py", "server", *words, *data])


def _usual(folder: Path) -> bool:
    return folder.resolve() == DataFolder.default().root
