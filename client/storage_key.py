"""The key that seals what a checkpoint keeps on its disk: in the system's keyring, or in a file.

The file `...-storage.key` holds the key itself, or names the one in the keyring. It is replaced in
one step, and no key is ever made anew where one was kept.
"""

import contextlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from client.settings import set_aside
from desktop.file_lock import FileLock
from desktop.files import write_atomically
from desktop.scrubbing import replace_scrubbed
from security.keyring_store import (
    SWITCH,
    KeyringStore,
    KeyringTrouble,
    switched_off,
    system_keyring,
)
from security.keys import fingerprint
from security.sealing import KEY_BYTES, new_key

Place = Literal["keyring", "file"]
OpenKeyring = Callable[[], KeyringStore | None]

PLACES: dict[Place, str] = {
    "keyring": "in the system's keyring",
    "file": "in a file for its owner alone",
}


class KeyUnusable(Exception):  # noqa: N818 - named for what happened
    """Raised when the key is kept and cannot be had; sentences. Nothing was written over."""


@dataclass(frozen=True, slots=True)
class StorageKey:
    """The key, 32 bytes, and where it is kept."""

    key: bytes
    place: Place


@dataclass(frozen=True, slots=True)
class _Note:
    """What the file says of a key in the keyring."""

    key_id: str
    fingerprint: str

    def to_bytes(self) -> bytes:
        return json.dumps({"keyring": self.key_id, "fingerprint": self.fingerprint}).encode("ascii")


def storage_key(path: Path, *, keyring: OpenKeyring = system_keyring) -> StorageKey:
    """The key of `path`, made at the first call: in the keyring where there is one that answers.

    A file that is neither a key nor the name of one is kept under another name.

    Args:
        path: The file; its folder is made when it is missing.
        keyring: Opens the system's keyring; None when there is none to rely on.

    Raises:
        KeyUnusable: It was kept in the keyring, which is locked, silent, switched off or has it
            no more.
        OSError: The folder cannot be written, or the file not be read.
    """
    found = _find(path, keyring)
    if found is not None:
        return found
    with FileLock(path.with_suffix(".lock")):
        # Of two programs that start at once, one makes the key and the other one finds it.
        found = _find(path, keyring)
        if found is not None:
            return found
        if path.exists() and set_aside(path) is None:
            raise PermissionError(f"{path.name} is damaged and cannot be renamed")
        return _make(path, keyring)


def move_key(path: Path, place: Place, *, keyring: OpenKeyring = system_keyring) -> StorageKey:
    """Keeps the same key elsewhere; a checkpoint that runs need not be stopped.

    Raises:
        KeyUnusable: As `storage_key`, or there is no keyring to move it to.
        OSError: The disk refused; the key is where it was.
    """
    found = storage_key(path, keyring=keyring)
    with FileLock(path.with_suffix(".lock")):
        found = _find(path, keyring) or found
        if found.place == place:
            return found
        store = keyring()
        if place == "keyring":
            if store is None or not _put(store, path, found.key, replace_scrubbed):
                why = f": {SWITCH}=off keeps away from it" if switched_off() else ""
                raise KeyUnusable(f"There is no keyring of the system to use{why}.")
        else:
            note = _note(path.read_bytes())
            write_atomically(path, found.key)
            if store is not None and note is not None:
                # What stays in the keyring is of no use to anybody without the sealed files.
                with contextlib.suppress(KeyringTrouble):
                    store.forget(note.key_id)
    return StorageKey(found.key, place)


def _find(path: Path, keyring: OpenKeyring) -> StorageKey | None:
    """The key that is kept; None when there is none, or the file is damaged."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(data) == KEY_BYTES:
        return StorageKey(data, "file")
    note = _note(data)
    return None if note is None else StorageKey(_from_keyring(note, path, keyring), "keyring")


def _make(path: Path, keyring: OpenKeyring) -> StorageKey:
    key, store = new_key(), keyring()
    if store is not None and _put(store, path, key, write_atomically):
        return StorageKey(key, "keyring")
    write_atomically(path, key)
    return StorageKey(key, "file")


def _put(store: KeyringStore, path: Path, key: bytes, write: Callable[[Path, bytes], None]) -> bool:
    """The key into the keyring, its name into the file; False when the keyring does not take it."""
    note = _Note(f"checkpoint {uuid.uuid4().hex}", fingerprint(key))
    try:
        store.put(note.key_id, key)
    except KeyringTrouble:
        return False
    write(path, note.to_bytes())
    return True


def _note(data: bytes) -> _Note | None:
    try:
        found = json.loads(data)
        note = _Note(found["keyring"], found["fingerprint"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return note if isinstance(note.key_id, str) and isinstance(note.fingerprint, str) else None


def _from_keyring(note: _Note, path: Path, keyring: OpenKeyring) -> bytes:
    store = keyring()
    if store is None:
        off = f"{SWITCH}=off keeps away from it: start without that"
        none = "there is none that answers now: sign in, unlock it, and start again"
        raise _unusable(off if switched_off() else none)
    try:
        key = store.get(note.key_id)
    except KeyringTrouble as error:
        raise _unusable(f"it cannot be had. {error} Then start again") from error
    if key is None or len(key) != KEY_BYTES or fingerprint(key) != note.fingerprint:
        raise _unusable(
            "it is not there any more: put the keyring back. To begin with a new key, move "
            f"{path} away; what waits stays in its file and cannot be read"
        )
    return key


def _unusable(what: str) -> KeyUnusable:
    return KeyUnusable(
        "The key of the events that wait here was kept in the system's keyring, but "
        f"{what}. Nothing was changed."
    )
