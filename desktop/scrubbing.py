"""Removes or replaces a file so that its old content is written over where it lay.

A drive that moves blocks about (SSD), a snapshot or a backup may keep a copy all the same: what is
sealed is safe there, what was in clear is not.
"""

import logging
import os
import shutil
import tempfile
from pathlib import Path

from desktop.files import sync_disk, sync_folder

_CHUNK = 1024 * 1024
_LOG = logging.getLogger(__name__)


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


def scrub_tree(folder: Path) -> None:
    """Scrubs every file below a folder, and removes it; nothing happens without one.

    Raises:
        OSError: A file cannot be written or removed.
    """
    if not folder.is_dir() or folder.is_symlink():
        return
    for path in folder.rglob("*"):
        if path.is_symlink() or path.is_file():
            scrub(path)
    shutil.rmtree(folder)


def blank_tree(folder: Path) -> None:
    """Writes zeros over every file below a folder, and removes it; nothing happens without one.

    As `scrub_tree`, for many thousand files: all are on the disk at once before any is removed.
    What cannot be written over is removed all the same.

    Raises:
        OSError: Something cannot be removed.
    """
    if not folder.is_dir() or folder.is_symlink():
        return
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1:
            try:
                with path.open("r+b") as file:
                    _zeros(file.fileno())
            except OSError as error:
                _LOG.warning("%s could not be written over: %s", path, error)
    try:
        sync_disk(folder)
    except OSError as error:
        _LOG.warning("%s could not be written over: %s", folder, error)
    shutil.rmtree(folder)


def replace_scrubbed(path: Path, data: bytes) -> None:
    """Puts `data` in the place of a file, old or new after any crash, then blanks the old one.

    Raises:
        OSError: The disk refused.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        swap_scrubbed(new, path)
    finally:
        new.unlink(missing_ok=True)


def swap_scrubbed(new: Path, path: Path) -> None:
    """Puts a whole file in the place of another of its folder, and scrubs that one.

    Killed at any moment, the old one or the new one has the name. What a kill leaves to scrub has
    a name of its own, by which `finish_swap` finds it.

    Raises:
        OSError: The disk refused.
    """
    finish_swap(path)
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    old = None
    try:
        os.link(path, _aside(path))
    except OSError:
        old = path.open("r+b")  # a file system without second names: a kill leaves it unscrubbed
    try:
        new.replace(path)
        sync_folder(path.parent)
        if old is None:
            scrub(_aside(path))
        else:
            _blank(old.fileno())
    finally:
        if old is not None:
            old.close()


def finish_swap(path: Path) -> None:
    """Scrubs what a `swap_scrubbed` that was killed has left of the old file.

    Killed before the new file was there, that is only a second name of the one there is.

    Raises:
        OSError: It cannot be written or removed.
    """
    scrub(_aside(path))


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.gone.tmp")


def _blank(handle: int) -> None:
    _zeros(handle)
    os.fsync(handle)


def _zeros(handle: int) -> None:
    left = os.fstat(handle).st_size
    os.lseek(handle, 0, os.SEEK_SET)
    while left > 0:
        left -= os.write(handle, bytes(min(left, _CHUNK)))
