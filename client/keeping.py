"""Opens what a checkpoint keeps beside its settings: the outbox, and the key that seals it."""

from dataclasses import dataclass
from pathlib import Path

from client.offline import OfflineDecisions, offline_decisions
from client.outbox import OutboxProblem
from client.outbox_file import CAPACITY, MAX_BYTES, FileOutbox
from client.storage_key import PLACES, KeyUnusable, StorageKey, storage_key
from desktop.file_lock import lock_file, lock_of


def outbox_path(settings_file: Path) -> Path:
    """Where the events of a checkpoint with these settings wait."""
    return settings_file.with_name(f"{settings_file.stem}-outbox.db")


def key_path(settings_file: Path) -> Path:
    """The file of the key that seals what a checkpoint with these settings keeps."""
    return settings_file.with_name(f"{settings_file.stem}-storage.key")


def key_of(settings_file: Path) -> StorageKey:
    """The key that seals what a checkpoint with these settings keeps, made at the first call.

    Raises:
        OutboxProblem: It can neither be read nor made; the text is a sentence.
    """
    path = key_path(settings_file)
    try:
        return storage_key(path)
    except KeyUnusable as error:
        raise OutboxProblem(str(error)) from error
    except OSError as error:
        raise OutboxProblem(
            f"The key of what is kept cannot be used: {path}: {error.strerror or error}."
        ) from error


def open_outbox(
    path: Path, key: bytes, *, capacity: int = CAPACITY, max_bytes: int = MAX_BYTES
) -> FileOutbox:
    """Opens the file for the one program that may use it, or begins it.

    Args:
        path: The file; its folder is made when it is missing.
        key: 32 bytes that seal the events.
        capacity: Most events.
        max_bytes: Most bytes of sealed events.

    Raises:
        OutboxProblem: Another program uses it, or the disk refuses.
    """
    try:
        lock = lock_of(path.with_name(path.name + ".lock"))
    except OSError as error:
        raise OutboxProblem(
            f"Events cannot be kept in {path}: {error.strerror or error}."
        ) from error
    try:
        lock_file(lock)
    except OSError as error:
        lock.close()
        raise OutboxProblem(
            f"Another checkpoint runs with the same settings and uses {path.name}. Close it, or"
            " start this one with a --settings file of its own."
        ) from error
    try:
        return FileOutbox(path, key, lock, capacity=capacity, max_bytes=max_bytes)
    except BaseException:
        lock.close()
        raise


@dataclass(frozen=True, slots=True)
class Kept:
    """What a checkpoint keeps on its disk.

    Attributes:
        outbox: The events that wait for the server.
        offline: What decides while the server is away.
        key_place: Where the key of both is, in words.
    """

    outbox: FileOutbox
    offline: OfflineDecisions
    key_place: str


def open_all(settings_file: Path) -> Kept:
    """What the checkpoint with these settings keeps; the key is asked for once.

    Raises:
        OutboxProblem: Another checkpoint uses it, the disk refuses, or the key cannot be had.
    """
    found = key_of(settings_file)
    outbox = open_outbox(outbox_path(settings_file), found.key)
    return Kept(outbox, offline_decisions(settings_file, found.key), PLACES[found.place])


def open_kept(settings_file: Path) -> FileOutbox:
    """The outbox of the checkpoint with these settings, alone.

    Raises:
        OutboxProblem: As `open_all`.
    """
    return open_outbox(outbox_path(settings_file), key_of(settings_file).key)


def look_into(settings_file: Path) -> FileOutbox:
    """The same to read it alone, also while a checkpoint uses it.

    Raises:
        OutboxProblem: There is none, it is damaged, or sealed with another key.
    """
    path = _there(settings_file)
    return FileOutbox(path.resolve(), key_of(settings_file).key, None)


def open_there(settings_file: Path) -> FileOutbox:
    """As `open_kept`, where there is one; none is made.

    Raises:
        OutboxProblem: There is none, or as `open_kept`.
    """
    _there(settings_file)
    return open_kept(settings_file)


def _there(settings_file: Path) -> Path:
    path = outbox_path(settings_file)
    if not path.exists():
        raise OutboxProblem(f"No checkpoint has kept events beside {settings_file} yet.")
    return path
