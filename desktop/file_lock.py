"""A lock that holds between processes: one at a time reads, changes and writes a file."""

import sys
from pathlib import Path
from typing import IO, Self


class FileLock:
    """A context manager; waits until the other process is done. Threads need a lock of their own.

    The lock is given back when the process ends, however it ends.

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
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("ab")
        try:
            _wait_for(file)
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

    def _wait_for(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _wait_for(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
