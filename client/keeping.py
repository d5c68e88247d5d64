"""Opens what a checkpoint keeps beside its settings: the outbox, and the key that seals it."""

from pathlib import Path

from client.offline import OfflineDecisions, offline_decisions
from client.outbox import OutboxProblem
from client.outbox_file import CAPACITY, MAX_BYTES, FileOutbox
from client.storage_key import storage_key
from desktop.file_lock import lock_file


def outbox_path(settings_file: Path) -> Path:
    """Where the events of a checkpoint with these settings wait."""
    return settings_file.with_name(f"{settings_file.stem}-outbox.db")


def key_of(settings_file: Path) -> bytes:
    """The key that seals what a checkpoint with these settings keeps, made at the first call.

    Raises:
        OutboxProblem: It can neither be read nor made; the text is a sentence.
    """
    path = settings_file.with_name(f"{settings_file.stem}-storage.key")
    try:
        return storage_key(path)
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
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("ab")
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


def open_kept(settings_file: Path) -> FileOutbox:
    """The outbox of the checkpoint with these settings.

    Raises:
        OutboxProblem: Another checkpoint uses it, or the disk refuses.
    """
    return open_outbox(outbox_path(settings_file), key_of(settings_file))


def open_offline(settings_file: Path) -> OfflineDecisions:
    """What decides while the server is away; to be opened once the outbox is.

    Raises:
        OutboxProblem: The key can neither be read nor made.
    """
    return offline_decisions(settings_file, key_of(settings_file))


def look_into(settings_file: Path) -> FileOutbox:
    """The same to read it alone, also while a checkpoint uses it.

    Raises:
        OutboxProblem: There is none, it is damaged, or sealed with another key.
    """
    path = outbox_path(settings_file)
    if not path.exists():
        raise OutboxProblem(f"No checkpoint has kept events beside {settings_file.name} yet.")
    return FileOutbox(path.resolve(), key_of(settings_file), None)
