"""The files of the audit log: lines that a crash may leave half written, and the sealed head."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from desktop.files import sync_folder, write_atomically
from desktop.logs import log_event
from security.chain import Head, NotAHead
from security.sealing import SealBroken
from server.purposes import Sealing

_LOG = logging.getLogger(__name__)
_ABOUT = b"FaceNetGrid audit anchor 1"
_BINARY = getattr(os, "O_BINARY", 0)


class SealedHead:
    """The newest head, kept apart from the log: the *anchor*.

    Args:
        path: The file.
        sealer: Seals it.
    """

    def __init__(self, path: Path, sealer: Sealing) -> None:
        self.path = path
        self._sealer = sealer

    def write(self, head: Head) -> None:
        """Replaces it.

        Raises:
            OSError: The disk refused; the one before is there.
        """
        write_atomically(self.path, self._sealer.seal(head.text().encode(), _ABOUT))

    def read(self) -> Head | None:
        """What is kept; None where there is none, or none of this key, which is logged.

        Raises:
            OSError: The file cannot be read.
        """
        try:
            plain = self._sealer.unseal(self.path.read_bytes(), _ABOUT)
            return Head.parse(plain.decode("ascii"))
        except FileNotFoundError:
            return None
        except (SealBroken, NotAHead, UnicodeDecodeError) as error:
            log_event(_LOG, "audit_anchor_unusable", level=logging.ERROR, reason=str(error))
            return None


def append(path: Path, line: bytes, *, also: Callable[[], None]) -> int:
    """Adds a line, which is on the disk when this returns; takes it back when it cannot be.

    A full disk takes a part of a line, and what is left of it would look like somebody's work.

    Args:
        path: The file; made when it is missing.
        line: Without its end.
        also: What has to succeed with it.

    Returns:
        How many bytes the file has.

    Raises:
        OSError: The disk refused; the file is as it was.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o600)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        try:
            left = memoryview((b"" if not before or ends_whole(path) else b"\n") + line + b"\n")
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
            if not before:
                sync_folder(path.parent)
            also()
        except OSError:
            file.truncate(before)
            os.fsync(file.fileno())
            raise
        return file.seek(0, os.SEEK_END)


def ends_whole(path: Path) -> bool:
    """Whether the last line of a file that is not empty has its end.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def cut_unfinished(path: Path) -> None:
    """Takes away a last line without its end.

    Raises:
        OSError: The disk refused.
    """
    with path.open("r+b") as file:
        data = file.read()
        whole = data.rfind(b"\n") + 1
        file.truncate(whole)
        os.fsync(file.fileno())
    log_event(_LOG, "audit_unfinished_record", level=logging.WARNING, bytes=len(data) - whole)
