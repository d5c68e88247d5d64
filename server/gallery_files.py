"""The folder known_faces/: one sealed pickle a person, under an opaque id, and the list of them.

A file that cannot be used stays where it is, untouched: it is named with the reason, the others
load, and nothing is ever written over it. What the list (`server/manifest.py`) has to say is told
too: files that are older copies, swapped or gone.
"""

import contextlib
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.files import write_atomically
from desktop.scrubbing import replace_scrubbed, scrub
from protocol.text import printable
from server.manifest import NAME, Entry, Manifest
from server.person_seal import LARGEST_FILE, PersonSeal, SealedPerson, SealRefused
from server.purposes import Purpose
from server.safe_pickle import OWN_LIMITS, PickleRefused, load_primitives
from server.stand_records import Stand
from server.stored_person import PersonInvalid, StoredPerson
from server.vault import Vault

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
    """Everybody who could be loaded, every file that could not, and what somebody has to look at.

    `missing` are the ids of those whose file is gone although nobody deleted them; `alarms` are
    sentences, told at every start until an administrator accepts the list as it is.
    """

    people: tuple[StoredPerson, ...]
    set_aside: tuple[SetAside, ...]
    missing: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


class GalleryFiles:
    """Reads and writes the files of people.

    Not locked: the one server that holds the data folder's lock calls it, one thread at a time.

    Args:
        folder: Made with the first person.
        vault: What seals the files.
        anchor: Where it is noted a second time how far the list of people has come; None for the
            keys' folder beside.
    """

    def __init__(self, folder: Path, vault: Vault, *, anchor: Path | None = None) -> None:
        self._folder = folder
        self._seal = PersonSeal(vault)
        self._key = vault.key(Purpose.PEOPLE_LIST)
        self._anchor = anchor or folder.parent / "keys" / "people.anchor"
        self._opened: Manifest | None = None

    def load(self, *, tidy: bool = True) -> Loaded:
        """Reads every `*.pkl`, in the order of their names; never raises for a single file.

        Half-written files that a crash left behind are removed, and what it left between a file
        and the list is completed.

        Args:
            tidy: False for who does not hold the lock: a server may be writing such a file now.

        Raises:
            GalleryFileError: The folder itself cannot be read.
        """
        people: list[StoredPerson] = []
        set_aside: list[SetAside] = []
        try:
            # The list first: a file may be newer than it, and is not missing when it is older.
            manifest = self._open_list(writable=tidy)
            paths = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        except OSError as error:
            raise GalleryFileError(_unreadable(self._folder, error)) from error
        there: set[str] = set()
        for path in paths:
            if _LEFTOVER.fullmatch(path.name):
                if tidy:
                    with contextlib.suppress(OSError):
                        scrub(path)
            elif path.name.lower().endswith(ENDING):
                there.add(path.stem)
                try:
                    if (person := self._take(path, manifest, tidy=tidy)) is not None:
                        people.append(person)
                except GalleryFileError as error:
                    set_aside.append(SetAside(path, str(error)))
        missing = tuple(name for name in manifest.entries if name not in there)
        alarms = (*manifest.alarms, *([_missing(missing)] if missing else []))
        return Loaded(tuple(people), tuple(set_aside), missing, alarms)

    def accept(self) -> tuple[str, ...]:
        """Takes the folder as it is: alarms end, and who is missing counts as deleted.

        Returns:
            The ids of those who were missing.

        Raises:
            GalleryFileError: The disk refused.
        """
        missing = self.load().missing
        manifest = self._list()
        try:
            for subject_id in missing:
                manifest.drop(subject_id)
            manifest.accept()
        except OSError as error:
            raise GalleryFileError(_unreadable(self._folder, error)) from error
        return missing

    def stand(self, *, writable: bool = True) -> Stand | None:
        """How far the list of people is, for the audit log; None before there is one.

        Args:
            writable: False for who does not hold the lock: only read.

        Raises:
            OSError: The list cannot be read.
        """
        number, chain = (self._opened or self._open_list(writable=writable)).stand
        return Stand(number, chain) if number else None

    def write(self, person: StoredPerson) -> None:
        """Writes the person's file: the old content or the new is there after any crash.

        Raises:
            GalleryFileError: The disk refused, or a file that cannot be used is in the way.
        """
        path, before = self._path(person.subject_id), None
        if os.path.lexists(path):
            try:
                before = read_file(path, limit=LARGEST_FILE)
                self._seal.check(before)
            except (PickleRefused, SealRefused) as error:
                raise GalleryFileError(
                    f"{path.name} was set aside and is not written over. {error}"
                ) from error
        self._put(person, path, before)

    def take_over(self) -> int:
        """Seals the plain files of a version that sealed nothing; returns how many they were.

        Those that cannot be used stay as they are.

        Raises:
            GalleryFileError: The folder cannot be read, or the disk refused.
        """
        count = 0
        for path in sorted(self._folder.glob(f"*{ENDING}")):
            try:
                person = read_plain(path)
                before = path.read_bytes()
            except (GalleryFileError, OSError):
                continue  # named when the people are loaded
            self._put(person, path, before, replace_scrubbed)
            count += 1
        return count

    def has(self, subject_id: str) -> bool:
        """Whether there is a file of this person, usable or not."""
        return os.path.lexists(self._path(subject_id))

    def delete(self, subject_id: str) -> None:
        """Removes the person's file for good, with the key in it; nothing happens without one.

        Called again it goes on where the disk refused.

        Raises:
            GalleryFileError: The disk refused.
        """
        path = self._path(subject_id)
        # A crash in between leaves what the next start removes.
        aside = path.with_name(f".{path.name}.gone.tmp")
        try:
            entry = self._list().get(subject_id)
            if entry is not None:
                self._list().drop(subject_id)
            try:
                if os.path.lexists(path):
                    path.rename(aside)
            except OSError:
                if entry is not None:
                    self._list().put(subject_id, entry)
                raise
            scrub(aside)
        except OSError as error:
            raise GalleryFileError(
                f"The person's file could not be removed ({error.strerror or error}): "
                "check the permissions of the folder known_faces."
            ) from error

    def _take(self, path: Path, manifest: Manifest, *, tidy: bool) -> StoredPerson | None:
        """The person of one file as the list has them; None when they were deleted.

        Raises:
            GalleryFileError: It cannot be used.
        """
        found = self._read(path)
        subject_id = found.person.subject_id
        if manifest.is_gone(subject_id):
            # A crash came between, or somebody put it back: deleted is deleted.
            if tidy:
                self.delete(subject_id)
            return None
        now, entry = Entry(found.revision, found.mark), manifest.get(subject_id)
        if entry is None or now.revision > entry.revision:
            if tidy:
                try:
                    manifest.put(subject_id, now)
                except OSError as error:
                    raise GalleryFileError(_unreadable(self._folder, error)) from error
        elif now != entry:
            older = now.revision < entry.revision
            raise GalleryFileError(
                f"{printable(path.name)}: It is an older copy of this person's file."
                if older
                else f"{printable(path.name)}: It is not the file that belongs here."
            )
        return found.person

    def _read(self, path: Path) -> SealedPerson:
        try:
            found = self._seal.unseal(read_file(path, limit=LARGEST_FILE))
        except (PickleRefused, SealRefused) as error:
            raise GalleryFileError(f"{printable(path.name)}: {error}") from error
        _check_name(path, found.person)
        return found

    def _put(
        self,
        person: StoredPerson,
        path: Path,
        before: bytes | None,
        write: Callable[[Path, bytes], None] | None = None,
    ) -> None:
        try:
            entry = self._list().get(person.subject_id)
            revision = 1 if entry is None else entry.revision + 1
            data = self._seal.seal(person, revision)
            (write or write_atomically)(path, data)
            try:
                self._list().put(person.subject_id, Entry(revision, self._seal.check(data)))
            except OSError:
                if before is None:  # nobody was told that they are enrolled
                    path.unlink()
                else:
                    write_atomically(path, before)
                raise
        except PickleRefused as error:
            raise GalleryFileError(f"{person.display_name} cannot be stored. {error}") from error
        except OSError as error:
            raise GalleryFileError(
                f"{person.display_name} could not be stored in {self._folder} "
                f"({error.strerror or error}): check the disk's space and permissions."
            ) from error

    def _list(self) -> Manifest:
        return self._opened or self._open_list(writable=True)

    def _open_list(self, *, writable: bool) -> Manifest:
        manifest = Manifest(self._folder / NAME, self._anchor, self._key, writable=writable)
        manifest.open()
        self._opened = manifest
        return manifest

    def _path(self, subject_id: str) -> Path:
        if not _SUBJECT_ID.fullmatch(subject_id):
            raise GalleryFileError("A subject id is 32 lower-case hex characters.")
        return self._folder / f"{subject_id}{ENDING}"


def read_plain(path: Path) -> StoredPerson:
    """The person of a file that a version without sealing wrote.

    Raises:
        GalleryFileError: With a sentence that names the file and the reason.
    """
    try:
        person = StoredPerson.from_plain(load_primitives(read_file(path, limit=OWN_LIMITS.bytes)))
    except (PickleRefused, PersonInvalid) as error:
        raise GalleryFileError(f"{printable(path.name)}: {error}") from error
    _check_name(path, person)
    return person


def _check_name(path: Path, person: StoredPerson) -> None:
    if path.name != f"{person.subject_id}{ENDING}":
        raise GalleryFileError(
            f"{printable(path.name)}: The file was renamed or copied; it belongs to "
            f"{person.subject_id}{ENDING}."
        )


def _missing(missing: tuple[str, ...]) -> str:
    names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
    count = (
        "The file of one person is" if len(missing) == 1 else f"{len(missing)} people's files are"
    )
    return f"{count} gone although nobody deleted them: {names}. Put a copy back."


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
