"""The file of a backup: a tar that ends with a list of its contents and a proof of that list.

Whoever has no key can neither change a backup nor make one. It is read here block by block and
not by `tarfile`: only plain files of plain names pass, so that nothing is followed, unpacked
elsewhere or taken into memory because a header says so. Any `tar` can look into it.
"""

import hashlib
import hmac
import io
import json
import re
import tarfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, BinaryIO, Self

from server.purposes import Purpose

HEAD, CONTENTS, PROOF = "backup.json", "contents.json", "contents.mac"
DATA = "data/"
PURPOSE = Purpose.BACKUPS
"""Of the vault's key that proves a backup."""
FORMAT = "facenetgrid-backup"
VERSION = 1
_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1024 * 1024
_LONGEST_NAME = 100  # what a tar header holds by itself
_LARGEST_HEAD = 16 * 1024
_LARGEST_CONTENTS = 1024 * 1024 * 1024
_PART = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")


class BackupRefused(Exception):  # noqa: N818 - named for what happened
    """Raised when a file is no backup that may be restored here; one sentence."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says of itself before it is opened; times in ms since the epoch, UTC.

    Attributes:
        fingerprint: Of the key that sealed what is inside.
        made_at_ms: When.
    """

    fingerprint: str
    made_at_ms: int
    format: str = FORMAT
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside: its path below the data folder, its size in bytes, SHA-256 in hex."""

    path: str
    size: int
    sha256: str


def made_with(path: Path) -> str | None:
    """The fingerprint of the key that a backup says it was made with; None where it says none."""
    try:
        with BackupFile(path) as backup:
            return backup.head.fingerprint
    except BackupRefused:
        return None


def fits(path: str) -> bool:
    """Whether a path can stand in a backup: plain names, downwards only, not too long."""
    parts = path.split("/")
    return len(DATA + path) <= _LONGEST_NAME and all(
        _PART.fullmatch(part) and part not in (".", "..") for part in parts
    )


class Stopped(Exception):  # noqa: N818 - named for what happened
    """Raised when writing was given up because somebody asked for that."""


class Part:
    """The content of a file inside a backup, read from where it lies; once, from the start.

    Args:
        file: The backup, open; others move in it too.
        position: Where the content begins, in bytes.
        size: How long it is, in bytes.
    """

    def __init__(self, file: BinaryIO, position: int, size: int) -> None:
        self._file = file
        self._position = position
        self.size = size
        self._left = size

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        self._file.seek(self._position + self.size - self._left)
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def write(
    out: BinaryIO,
    head: Head,
    files: Iterable[tuple[str, Path | Part]],
    key: bytes,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> list[Member]:
    """Writes a whole backup.

    Args:
        out: Where to; written from the start.
        head: What it says of itself.
        files: Path inside and content of each, which nobody changes meanwhile.
        key: 32 bytes that prove the list.
        stop: Asked before each file whether to give up.

    Raises:
        OSError: A file cannot be read, or the disk is full.
        Stopped: It was given up.
    """
    members: list[Member] = []
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        _add(tar, HEAD, _json(asdict(head)))
        for path, file in files:
            if stop():
                raise Stopped
            members.append(_copied(tar, path, file))
        contents = _contents(head, members)
        _add(tar, CONTENTS, contents)
        _add(tar, PROOF, _proof(contents, key))
    return members


class BackupFile:
    """A backup that is read; use it as a context.

    Args:
        path: The file.

    Raises:
        BackupRefused: It is no file that can be read, or no backup of this version.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            if not path.is_file():
                raise BackupRefused(f"{path} is no file: name a backup.")
            self._file = path.open("rb")
        except OSError as error:
            raise BackupRefused(f"{path} cannot be read ({error.strerror}).") from error
        try:
            self._size = path.stat().st_size
            self.head = self._read_head()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def check_key(self, fingerprint: str, earlier: Collection[str] = ()) -> None:
        """Makes sure that it was made with the key at hand, before anything of it is looked at.

        Args:
            fingerprint: Of the key at hand.
            earlier: Of the keys that it took the place of.

        Raises:
            BackupRefused: It was made with another key.
        """
        if self.head.fingerprint in earlier:
            raise BackupRefused(
                f"{self.name} was made before the data were sealed anew: it opens with the key of "
                "then alone. Delete it, once there is a newer backup."
            )
        if fingerprint != self.head.fingerprint:
            raise BackupRefused(
                f"{self.name} was made with the key {self.head.fingerprint}; these data have the "
                f"key {fingerprint}. Use it where that key is. Nothing was changed."
            )

    def one(self, path: str, largest: int) -> bytes | None:
        """The content of one small file, unproven; None when it is not inside.

        Raises:
            BackupRefused: The file is damaged, or the content is larger than it may be.
        """
        for name, size, content in self._entries():
            if name == DATA + path:
                if size > largest:
                    raise self._bad(f"{path} is larger than it can be")
                return b"".join(content)
        return None

    def verify(self, key: bytes) -> list[Member]:
        """Reads all of it and compares it with the list, and the list with its proof.

        Raises:
            BackupRefused: Something is missing, changed, too much, or not proven by this key.
        """
        found: list[Member] = []
        contents = proof = b""
        for name, size, content in self._entries():
            if name.startswith(DATA):
                hashing = hashlib.sha256()
                for chunk in content:
                    hashing.update(chunk)
                found.append(Member(name[len(DATA) :], size, hashing.hexdigest()))
            elif name == CONTENTS and size <= _LARGEST_CONTENTS:
                contents = b"".join(content)
            elif name == PROOF and size <= _BLOCK:
                proof = b"".join(content)
            elif name != HEAD:
                raise self._bad(f"{name[:60]!r} does not belong into it")
        if not hmac.compare_digest(_proof(contents, key), proof):
            raise self._bad("its list of contents is missing or was changed")
        if contents != _contents(self.head, found):
            raise self._bad("its contents are not those of its list")
        return found

    def parts(self) -> dict[str, Part]:
        """The content of every file of the data by its path, unproven: compare what was read.

        Raises:
            BackupRefused: The file is damaged.
        """
        return {
            name[len(DATA) :]: Part(self._file, self._file.tell(), size)
            for name, size, _content in self._entries()
            if name.startswith(DATA)
        }

    def unpack(self, members: Iterable[Member], folder: Path) -> None:
        """Writes files below a folder, which is this program's own.

        Args:
            members: Some of what `verify` gave; compared once more.
            folder: Where to.

        Raises:
            BackupRefused: The file was changed since.
            OSError: The disk refused.
        """
        wanted = {DATA + member.path: member for member in members}
        for name, _size, content in self._entries():
            member = wanted.pop(name, None)
            if member is None:
                continue
            target = folder / member.path
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            hashing = hashlib.sha256()
            with target.open("xb") as out:
                target.chmod(0o600)
                for chunk in content:
                    hashing.update(chunk)
                    out.write(chunk)
            if hashing.hexdigest() != member.sha256:
                raise self._bad("it was changed while it was read")
        if wanted:
            raise self._bad("it was changed while it was read")

    def _read_head(self) -> Head:
        for name, size, content in self._entries():
            if name != HEAD or size > _LARGEST_HEAD:
                break
            try:
                head = Head(**json.loads(b"".join(content)))
            except (ValueError, TypeError):
                break
            if head.format != FORMAT or not isinstance(head.fingerprint, str):
                break
            if head.version != VERSION:
                raise BackupRefused(
                    f"{self.name} was made by a newer FaceNetGrid: install that one to restore it."
                )
            return head
        raise self._bad("it does not begin like one")

    def _entries(self) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        """Name, size and content of each file inside, from the start; content is read or skipped.

        Raises:
            BackupRefused: A header is damaged, or is of anything but a plain file.
        """
        seen: set[str] = set()
        position = 0
        while True:
            self._file.seek(position)
            block = self._file.read(_BLOCK)
            if block == bytes(_BLOCK):
                return
            try:
                info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
            except (tarfile.HeaderError, UnicodeDecodeError) as error:
                raise self._bad("it is damaged or cut off") from error
            end = position + _BLOCK + info.size
            if info.type != tarfile.REGTYPE or info.linkname or not _plain(info.name):
                raise self._bad(f"{info.name[:60]!r} in it is no plain file")
            if info.name in seen or info.size < 0:
                raise self._bad(f"{info.name[:60]!r} is in it twice")
            if end > self._size:
                raise self._bad("it is cut off")
            seen.add(info.name)
            self._file.seek(position + _BLOCK)
            yield info.name, info.size, self._content(position + _BLOCK, info.size)
            position = end + (-info.size) % _BLOCK

    def _content(self, position: int, size: int) -> Iterator[bytes]:
        self._file.seek(position)
        while size:
            chunk = self._file.read(min(size, _CHUNK))
            if not chunk:
                raise self._bad("it is cut off")
            size -= len(chunk)
            yield chunk

    def _bad(self, why: str) -> BackupRefused:
        return BackupRefused(f"{self.name} cannot be restored: {why}. Nothing was changed.")


class _Hashing:
    """Reads a file and hashes what was read."""

    def __init__(self, file: IO[bytes] | Part) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        chunk = self._file.read(size)
        self._hash.update(chunk)
        return chunk

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def _copied(tar: tarfile.TarFile, path: str, file: Path | Part) -> Member:
    if isinstance(file, Part):
        hashing = _Hashing(file)
        tar.addfile(info := _info(DATA + path, file.size), hashing)
    else:
        info = _info(DATA + path, file.stat().st_size)
        with file.open("rb") as opened:
            hashing = _Hashing(opened)
            tar.addfile(info, hashing)
    return Member(path, info.size, hashing.digest)


def _plain(name: str) -> bool:
    return name in (HEAD, CONTENTS, PROOF) or (name.startswith(DATA) and fits(name[len(DATA) :]))


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    tar.addfile(_info(name, len(data)), io.BytesIO(data))


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def _contents(head: Head, members: list[Member]) -> bytes:
    files = [[member.path, member.size, member.sha256] for member in members]
    return _json({"head": asdict(head), "files": files})


def _proof(contents: bytes, key: bytes) -> bytes:
    return hmac.new(key, contents, hashlib.sha256).hexdigest().encode("ascii")
