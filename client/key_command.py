"""`python -m client key`: where the key of what a checkpoint keeps is, and its move elsewhere."""

from pathlib import Path
from typing import TextIO

from client.keeping import key_path
from client.storage_key import PLACES, KeyUnusable, OpenKeyring, Place, move_key, storage_key
from security.keyring_store import system_keyring


def run(
    settings_file: Path,
    place: Place | None,
    out: TextIO,
    err: TextIO,
    *,
    keyring: OpenKeyring = system_keyring,
) -> int:
    """Says where the key is, after it was moved if asked for; may run while the checkpoint does.

    Args:
        settings_file: Of the checkpoint.
        place: Where it is to be; None leaves it.
        out: Where the answer goes.
        err: Where problems go.
        keyring: Opens the system's keyring.

    Returns:
        The exit code: 0; 1 when the key cannot be had, or the keyring not be used.
    """
    path = key_path(settings_file)
    if not path.exists():
        err.write(f"No checkpoint has kept anything beside {settings_file} yet.\n")
        return 1
    try:
        if place is None:
            found = storage_key(path, keyring=keyring)
        else:
            found = move_key(path, place, keyring=keyring)
    except KeyUnusable as error:
        err.write(f"{error}\n")
        return 1
    except OSError as error:
        err.write(f"The key cannot be used: {path}: {error.strerror or error}.\n")
        return 1
    out.write(f"The key of the events that wait here is {PLACES[found.place]}.\n")
    return 0
