"""Removes or replaces a file so that its old content is written over where it lay.

A drive that moves blocks about (SSD), a snapshot or a backup may keep a copy all the same: what is
sealed is safe there, what was in clear is not.
"""

import os
from pathlib import Path

from desktop.files import sync_folder, write_atomically

_CHUNK = 1024 * 1024


def scrub(path: Path) -> bool:
    """Writes zeros over an ordinary file and removes it; returns whether there was something.

    A link is removed, what it leads to stays.

    Raises:
        OSError: It cannot be written or removed.
    """
    if not os.path.lexists(path):
        return False
    if path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1:
        with path.open("r+b") as file:
            _blank(file.fileno())
    path.unlink()
    sync_folder(path.parent)
    return True


def replace_scrubbed(path: Path, data: bytes) -> None:
    """Puts `data` in the place of a file, old or new after any crash, then blanks the old one.

    Raises:
        OSError: The disk refused.
    """
    with path.open("r+b") as old:
        write_atomically(path, data)
        _blank(old.fileno())


def _blank(handle: int) -> None:
    left = os.fstat(handle).st_size
    os.lseek(handle, 0, os.SEEK_SET)
    while left > 0:
        left -= os.write(handle, bytes(min(left, _CHUNK)))
    os.fsync(handle)
