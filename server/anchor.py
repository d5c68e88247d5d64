"""The anchor: how far the list of people has come, noted a second time in the keys' folder.

Two places take turns, so that a write that a crash cuts short leaves the one before.
"""

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from desktop.files import write_atomically

_SLOT = 128
_MAC_CHARS = 64


@dataclass(frozen=True, slots=True)
class Noted:
    """The number of changes, and the chain's newest MAC."""

    number: int
    chain: str


class Anchor:
    """One small file that is written in place.

    Args:
        path: The file.
        key: 32 bytes of the vault.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return self._path.exists()

    def read(self) -> Noted | None:
        """The newest note that is in order; None without one.

        Raises:
            OSError: The file cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                data = file.read(2 * _SLOT)
        except FileNotFoundError:
            return None
        found = [note for at in (0, _SLOT) if (note := self._note(data[at : at + _SLOT]))]
        return max(found, key=lambda note: note.number, default=None)

    def write(self, number: int, chain: str) -> None:
        """Notes how far it is; flushed to the disk the first time alone.

        Later the file is there, whatever a power loss does to the newest note in it.

        Raises:
            OSError: The file cannot be written.
        """
        body = f"{number} {chain}".encode("ascii")
        slot = (body + b" " + self._mac(body)).ljust(_SLOT - 1) + b"\n"
        if not self._path.exists():
            empty = bytes(_SLOT)
            write_atomically(self._path, empty + slot if number % 2 else slot + empty)
            return
        with self._path.open("r+b", buffering=0) as file:
            file.seek(number % 2 * _SLOT)
            file.write(slot)

    def _note(self, slot: bytes) -> Noted | None:
        body, _, mac = slot.rstrip().rpartition(b" ")
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        number, _, chain = body.decode("ascii").partition(" ")
        return Noted(int(number), chain)

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._key, b"anchor " + body, hashlib.sha256).hexdigest().encode("ascii")
