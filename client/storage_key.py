"""The key that seals what a checkpoint keeps on its disk: a file of its own."""

import os
from pathlib import Path

from client.settings import set_aside
from desktop.files import sync_folder
from security.sealing import KEY_BYTES, new_key


def storage_key(path: Path) -> bytes:
    """The key in `path`, made at the first call: 32 random bytes, readable by their owner alone.

    A file of another length is no key of ours: it is kept under another name.

    Raises:
        OSError: The folder cannot be written, or the file not be read.
    """
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return _make(path)
    if len(found) == KEY_BYTES:
        return found
    if set_aside(path) is None:
        raise PermissionError(f"{path.name} is damaged and cannot be renamed")
    return _make(path)


def _make(path: Path) -> bytes:
    key = new_key()
    path.parent.mkdir(parents=True, exist_ok=True)
    # O_EXCL: of two programs that start at once, one makes the key and the other one hears of it.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
    return key
