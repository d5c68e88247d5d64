"""Commands as they have to be typed for the data and the address of this server."""

import os
import re
import shlex
from pathlib import Path

from server.addresses import EVERYWHERE, LOOPBACK
from server.data_folder import DataFolder

# Where a checkpoint looks for the server unless it is told.
_USUAL = "127.0.0.1:5050"
# What the shells of Windows take as it stands; anything else goes into quotes.
_PLAIN = re.compile(r"[A-Za-z0-9_.:/\\=@-]+")


def command(*words: str, windows: bool | None = None) -> str:
    """One line that does what the words say when it is copied into a terminal.

    Args:
        words: What follows `run.py`.
        windows: How it is quoted, and Python called; as on this computer unless told.
    """
    if os.name == "nt" if windows is None else windows:
        quoted = (word if _PLAIN.fullmatch(word) else f'"{word}"' for word in words)
        return " ".join(("py run.py", *quoted))
    return shlex.join(("python3", "run.py", *words))


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
    words = ["client"]
    if address not in ("", _USUAL):
        words += ["--server", address]
    if not _usual(folder):
        words += ["--server-data", str(folder.resolve())]
    return command(*words)


def server_command(*words: str, folder: Path) -> str:
    """What does something with the data of this server, such as `restore FILE`."""
    data = () if _usual(folder) else ("--data", str(folder.resolve()))
    return command("server", *words, *data)


def elsewhere_command(*words: str) -> str:
    """What is typed at another computer, of which nothing is known."""
    return command(*words, windows=False)


def _usual(folder: Path) -> bool:
    return folder.resolve() == DataFolder.default().root
