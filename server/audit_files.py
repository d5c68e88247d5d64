"""The files of the audit log: lines that a crash may leave half written, and the sealed head."""

import logging
import os
from pathlib import Path

from desktop.files import write_atomically
from desktop.logs import log_event
from security.chain import Head, NotAHead
from security.sealing import SealBroken
from server.purposes import Sealing

_LOG = logging.getLogger(__name__)
_ABOUT = b"FaceNetGrid audit anchor 1"


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
