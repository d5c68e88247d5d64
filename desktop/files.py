"""Writes a file so that a crash leaves the old content or the new, never a part of either."""

import os
import tempfile
from pathlib import Path


def whole_path(text: str) -> str:
    """The path that a program can keep and start with anywhere; nothing stays nothing."""
    return str(Path(text).expanduser().resolve()) if text.strip() else ""


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replaces `path` by `data`: a temporary file beside it, fsync, rename, fsync of the folder.

    Args:
        path: The file; its folder is made when it is missing.
        data: The whole new content.
        mode: Permissions of the new file; readable by its owner alone unless told otherwise.

    Raises:
        OSError: Raised when the disk is full or the folder cannot be written. The old file is
            then untouched and the temporary one is gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes what was renamed or removed in the folder survive a power loss.

    Windows has no handle on a folder and needs none: nothing happens there.

    Raises:
        OSError: The folder is missing, or the disk refused.
    """
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
