"""The folder known_faces/: one pickle of primitives a person, under an opaque id.

A file that cannot be used stays where it is, untouched: it is named with the reason, the others
load, and nothing is ever written over it.
"""

import contextlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from desktop.files import sync_folder, write_atomically
from protocol.text import printable
from server.safe_pickle import OWN_LIMITS, PickleRefused, dump_primitives, load_primitives
from server.stored_person import PersonInvalid, StoredPerson

ENDING = ".pkl"
_SUBJECT_ID = re.compile(r"[0-9a-f]{32}")
_LEFTOVER = re.compile(r"\.[0-9a-f]{32}\.pkl\..*\.tmp")


class GalleryFileError(Exception):
    """Raised when a person's file cannot be written or removed; nothing was changed."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that was not loaded, where it is, and a sentence why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everybody who could be loaded, and every file that could not."""

    people: tuple[StoredPerson, ...]
    set_aside: tuple[SetAside, ...]


class GalleryFiles:
    """Reads and writes the files of people.

    Not locked: the one server that holds the data folder's lock calls it, one thread at a time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, *, tidy: bool = True) -> Loaded:
        """Reads every `*.pkl`, in the order of their names; never raises for a single file.

        Half-written files that a crash left behind are removed: they hold people's data and
        nothing else refers to them.

        Args:
            tidy: False for who does not hold the lock: a server may be writing such a file now.

        Raises:
            GalleryFileError: The folder itself cannot be read.
        """
        people: list[StoredPerson] = []
        set_aside: list[SetAside] = []
        try:
            paths = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        except OSError as error:
            raise GalleryFileError(_unreadable(self._folder, error)) from error
        for path in paths:
            if _LEFTOVER.fullmatch(path.name):
                if not tidy:
                    continue
                with contextlib.suppress(OSError):
                    path.unlink()
            elif path.name.lower().endswith(ENDING):
                try:
                    people.append(read_person(path))
                except GalleryFileError as error:
                    set_aside.append(SetAside(path, str(error)))
        return Loaded(tuple(people), tuple(set_aside))

    def write(self, person: StoredPerson) -> None:
        """Writes the person's file: the old content or the new is there after any crash.

        Raises:
            GalleryFileError: The disk refused, or a file that cannot be used is in the way.
        """
        path = self._path(person.subject_id)
        if os.path.lexists(path):
            try:
                read_person(path)
            except GalleryFileError as error:
                raise GalleryFileError(
                    f"{path.name} was set aside and is not written over. {error}"
                ) from error
        try:
            write_atomically(path, dump_primitives(person.to_plain()))
        except PickleRefused as error:
            raise GalleryFileError(f"{person.display_name} cannot be stored. {error}") from error
        except OSError as error:
            raise GalleryFileError(
                f"{person.display_name} could not be stored in {self._folder} "
                f"({error.strerror or error}): check the disk's space and permissions."
            ) from error

    def delete(self, subject_id: str) -> None:
        """Removes the person's file for good; nothing happens when there is none.

        Raises:
            GalleryFileError: The disk refused.
        """
        try:
            self._path(subject_id).unlink(missing_ok=True)
            if self._folder.is_dir():
                sync_folder(self._folder)
        except OSError as error:
            raise GalleryFileError(
                f"The person's file could not be removed ({error.strerror or error}): "
                "check the permissions of the folder known_faces."
            ) from error

    def _path(self, subject_id: str) -> Path:
        if not _SUBJECT_ID.fullmatch(subject_id):
            raise GalleryFileError("A subject id is 32 lower-case hex characters.")
        return self._folder / f"{subject_id}{ENDING}"


def read_person(path: Path) -> StoredPerson:
    """The person of one file.

    Raises:
        GalleryFileError: With a sentence that names the file and the reason.
    """
    try:
        person = StoredPerson.from_plain(load_primitives(read_file(path, limit=OWN_LIMITS.bytes)))
    except (PickleRefused, PersonInvalid) as error:
        raise GalleryFileError(f"{printable(path.name)}: {error}") from error
    if path.name != f"{person.subject_id}{ENDING}":
        raise GalleryFileError(
            f"{printable(path.name)}: The file was renamed or copied; it belongs to "
            f"{person.subject_id}{ENDING}."
        )
    return person


def read_file(path: Path, *, limit: int) -> bytes:
    """The content of an ordinary file of at most `limit` bytes.

    Links, pipes, devices and folders are not opened: a link leads out of the folder, a pipe
    would block for ever.

    Raises:
        PickleRefused: It is something else, larger, empty, or cannot be read.
    """
    try:
        kind = path.lstat().st_mode
        if not stat.S_ISREG(kind):
            raise PickleRefused(f"It is {_kind(kind)}, not an ordinary file.")
        # Between lstat and open it may have been swapped: not followed, not waited for.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:  # noqa: PTH123
            now = os.fstat(file.fileno())
            if not stat.S_ISREG(now.st_mode):
                raise PickleRefused("It is not an ordinary file.")
            if now.st_size > limit:
                raise PickleRefused(f"It has {now.st_size} bytes; {limit} are allowed.")
            # No more than there is: the interpreter takes the memory before it reads.
            data = file.read(now.st_size + 1)
    except OSError as error:
        raise PickleRefused(f"It cannot be read ({error.strerror or error}).") from error
    if len(data) != now.st_size:
        raise PickleRefused("It changed while it was read.")
    if not data:
        raise PickleRefused("It is empty.")
    return data


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device"


def _unreadable(folder: Path, error: OSError) -> str:
    return f"The folder {folder} cannot be read ({error.strerror or error}): check its permissions."
