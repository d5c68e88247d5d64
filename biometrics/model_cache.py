"""Converted networks in the user's cache folder: whole or not there, whoever writes at once.

A file's name holds what it was made from and the SHA-256 of its own bytes. So one rename puts it
there, two processes that convert at once write the same thing, and damage is seen on reading.
"""

import contextlib
import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_LOG = logging.getLogger(__name__)
_DIGITS = 16
_STALE_S = 3600.0
"""A temporary file this old was left by a conversion that was interrupted."""


def default_folder() -> Path:
    """Where this user's converted networks are kept; not made yet."""
    import platformdirs

    return Path(platformdirs.user_cache_path("facenetgrid", appauthor=False)) / "models"


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


class ModelCache:
    """The converted networks of one folder.

    Args:
        folder: Made when the first network is stored.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def models(self, stem: str) -> Iterator[tuple[Path, bytes]]:
        """The whole files of that stem. Damaged ones are logged and removed.

        Raises:
            OSError: The folder is there and cannot be read.
        """
        for path in sorted(self.folder.glob(f"{stem}-*.onnx")):
            try:
                model = path.read_bytes()
            except FileNotFoundError:
                continue  # another process has just found it damaged
            if path.name == _name(stem, model):
                yield path, model
            else:
                self.remove(path, "its bytes are not those that were written")

    def store(self, stem: str, model: bytes) -> Path:
        """Writes a network by one rename, readable by this user alone.

        Raises:
            OSError: The folder cannot be made or written; nothing half is left under the name.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sweep()
        path = self.folder / _name(stem, model)
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix="writing-", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(model)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except OSError:
            # Windows does not replace a file that somebody reads: then it is there, and the same.
            if not (path.exists() and path.read_bytes() == model):
                raise
        finally:
            Path(temporary).unlink(missing_ok=True)
        return path

    def remove(self, path: Path, why: str) -> None:
        """Takes away a file that must not be trusted; it is made again when needed."""
        _LOG.warning(
            "a converted network was removed",
            extra={"event_fields": {"file": path.name, "reason": why}},
        )
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        for left in self.folder.glob("writing-*.tmp"):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > _STALE_S:
                    left.unlink()


def _name(stem: str, model: bytes) -> str:
    return f"{stem}-{digest(model)[:_DIGITS]}.onnx"
