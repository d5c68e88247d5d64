"""Files that are whole after a crash, old or new, and that nobody but their owner can open."""

import contextlib
import logging
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

if sys.platform != "win32":
    import resource

_OTHERS = 0o077
_LOG = logging.getLogger(__name__)


def whole_path(text: str) -> str:
    """The path that a program can keep and start with anywhere; nothing stays nothing."""
    return str(Path(text).expanduser().resolve()) if text.strip() else ""


def unreadable(path: Path, error: OSError | UnicodeDecodeError) -> str:
    """Why a file that somebody named cannot be read, as a sentence."""
    match error:
        case UnicodeDecodeError():
            return f"{path} is no text in UTF-8."
        case FileNotFoundError():
            return f"There is no file {path}."
        case IsADirectoryError():
            return f"{path} is a folder: name the file in it."
        case _:
            return f"{path} cannot be read: {error.strerror or error}."


def owner_only() -> None:
    """Makes what this process makes from now on its owner's alone: folders 0700, files 0600.

    The first thing a program does. For all of it at once: databases and their journals, locks and
    exports are made by libraries that are not told a mode. A lock that others can open is one that
    they can hold, and the program does not start.

    Nor does it leave its memory on the disk when it crashes: a core file has every key in clear.
    """
    os.umask(_OTHERS)
    if sys.platform != "win32":
        _soft, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def own_folder(folder: Path) -> None:
    """Makes a folder, and those above it that are missing, for their owner alone.

    Raises:
        OSError: It cannot be made.
    """
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir(mode=0o700, exist_ok=True)


def narrow(paths: Iterable[Path], *, kept: Callable[[Path], bool] = lambda _path: False) -> None:
    """Takes the rights of others from what is there already, and from all below it.

    Links are not followed, and what belongs to another user is left: it is none of ours. A disk
    that knows no rights is logged and used as it is. On Windows nothing happens: what is there
    inherits from its folder.

    Args:
        paths: Files and folders; missing ones are nothing.
        kept: Which of them stay as wide as they are; what is below them is looked at all the same.
    """
    if os.name == "nt":
        return
    for path in paths:
        try:
            for one in _below(path):
                if not kept(one):
                    _narrow(one)
        except OSError as error:
            _LOG.warning("%s may be open to other users of this computer: %s", path, error)


def strange_file(paths: Iterable[Path]) -> Path | None:
    """The first of these, or below them, that is neither a file nor a folder, also through a link.

    Whoever opens a pipe that nobody writes into waits for ever.

    Raises:
        OSError: A folder cannot be read.
    """
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode) and not path.is_symlink():
                with os.scandir(path) as entries:
                    # What the folder itself says is a file need not be looked at: most are.
                    others = [
                        Path(one) for one in entries if not one.is_file(follow_symlinks=False)
                    ]
                if (found := strange_file(others)) is not None:
                    return found
            elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                return path
    return None


def _below(path: Path) -> Iterator[Path]:
    """The path, then what is below it: by then nobody else can exchange that for a link."""
    yield path
    if path.is_dir() and not path.is_symlink():
        for one in sorted(path.iterdir()):
            yield from _below(one)


def _narrow(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat()
        mode = stat.S_IMODE(found.st_mode)
        if not stat.S_ISLNK(found.st_mode) and mode & _OTHERS and found.st_uid == os.geteuid():
            path.chmod(mode & ~_OTHERS)


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
    own_folder(path.parent)
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


def sync_disk(folder: Path) -> None:
    """Makes everything below a folder survive a power loss: many thousand files in a second or two.

    Raises:
        OSError: The disk refused, also something that was written long ago.
    """
    if hasattr(os, "sync"):
        os.sync()  # all at once: what follows finds little to do, but tells what went wrong
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            with file.open("rb+") as opened:
                os.fsync(opened.fileno())
    sync_folder(folder)


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
