"""A lock between processes, waited for or not; it ends with the program, whatever ends that."""

import os
import sys
from pathlib import Path
from typing import IO, Self

from desktop.files import own_folder


def lock_of(path: Path) -> IO[bytes]:
    """The file of a lock, open and not locked yet; made when missing, for its owner alone.

    Whoever can open it can hold it, and to read is enough.

    Raises:
        OSError: The folder cannot be written.
    """
    own_folder(path.parent)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


class FileLock:
    """A context manager; waits until the other process is done. Threads need a lock of their own.

    Args:
        path: A file of its own, made when missing; never the file that is replaced.

    Raises:
        OSError: On entering: the folder cannot be written, or (on Windows) another process held
            the lock for ten seconds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        file = lock_of(self._path)
        try:
            lock_file(file, wait=True)
        except OSError:
            file.close()
            raise
        self._file = file
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def lock_file(file: IO[bytes], *, wait: bool = False) -> None:
        """Takes the lock; closing the file gives it back.

        Args:
            file: Open for writing.
            wait: For ten seconds, until whoever holds it gives it back.

        Raises:
            OSError: Another program (or another opening of the file here) holds it.
        """
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def lock_file(file: IO[bytes], *, wait: bool = False) -> None:
        """Takes the lock; closing the file gives it back.

        Args:
            file: Open for writing.
            wait: Until whoever holds it gives it back.

        Raises:
            OSError: Another program (or another opening of the file here) holds it.
        """
        # flock and not lockf: it is given back when the process ends, however it ends, and is
        # not lost when another part of the program opens and closes the same file.
        fcntl.flock(file.fileno(), fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
