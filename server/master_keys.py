"""Where the master key is kept: in the system's keyring, in a passphrase, or in a 0600 file."""

import json
from pathlib import Path

from desktop.files import write_atomically
from security.keys import as_text, from_text
from security.sealing import KEY_BYTES

_LARGEST = 16 * 1024


class MasterKeyFile:
    """keys/master.key: for a moment two keys, while one takes the place of the other.

    So a crash in between leaves the one that vault.json names.

    Args:
        path: The file; its owner alone may read it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, key_id: str) -> bytes | None:
        """The key of this id; None when the file or the key is not there.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is damaged.
        """
        return self._read().get(key_id)

    def put(self, key_id: str, key: bytes) -> None:
        """Adds a key beside those that are there.

        Raises:
            OSError: The disk refused; the old file is untouched.
            ValueError: The file is damaged, and is not written over.
        """
        self._write({**self._read(), key_id: key})

    def keep_only(self, key_id: str) -> None:
        """Forgets every other key; the file goes when none is left.

        Raises:
            OSError: The disk refused.
            ValueError: The file is damaged, and is not written over.
        """
        there = self._read()
        kept = {name: key for name, key in there.items() if name == key_id}
        if kept == there:
            return
        if kept:
            self._write(kept)
        else:
            self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, bytes]:
        try:
            with self._path.open("rb") as file:
                data = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return {}
        try:
            found = {name: from_text(text) for name, text in json.loads(data).items()}
        except (AttributeError, RecursionError) as error:
            raise ValueError(f"{self._path} is damaged.") from error
        except ValueError as error:
            raise ValueError(f"{self._path} is damaged.") from error
        if any(len(key) != KEY_BYTES for key in found.values()):
            raise ValueError(f"{self._path} is damaged.")
        return found

    def _write(self, keys: dict[str, bytes]) -> None:
        text = json.dumps({name: as_text(key) for name, key in keys.items()})
        write_atomically(self._path, text.encode("ascii"))
