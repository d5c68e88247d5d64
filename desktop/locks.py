"""A lock on a file that lasts as long as the program, whatever ends it."""

import sys
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def lock_file(file: IO[bytes]) -> None:
        """Takes the lock; closing the file gives it back.

        Raises:
            OSError: Another program (or another opening of the file here) holds it.
        """
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def lock_file(file: IO[bytes]) -> None:
        """Takes the lock; closing the file gives it back.

        Raises:
            OSError: Another program (or another opening of the file here) holds it.
        """
        # flock and not lockf: it is given back when the process ends, however it ends, and is
        # not lost when another part of the program opens and closes the same file.
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
