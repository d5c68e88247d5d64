"""What lies in a data folder without a vault: things only a lost vault opens, or plain ones."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from database.migrations import is_sealed
from server.data_folder import DataFolder

SEALED_MARK = b"facenetgrid-sealed"
"""Stands near the start of each person's sealed file."""
_HEAD_BYTES = 256
_LOOKED_AT = 50


def sealed_already(folder: DataFolder) -> Path | None:
    """Something that only a vault which is missing now can open; None when there is nothing."""
    for pattern in (
        "keys/*.sealed",
        "keys/people.anchor",
        "pictures/*.sealed",
        "database/*.sealed",
    ):
        for path in folder.root.glob(pattern):
            return path
    if is_sealed(_head(folder.database)):
        return folder.database
    return next((path for path in _people(folder) if SEALED_MARK in _head(path)), None)


def is_new(folder: DataFolder) -> bool:
    """Whether nothing of a server lies there: no key, and nothing of any version."""
    there = folder.vault.exists() or folder.database.exists() or unsealed_before(folder)
    return not there and sealed_already(folder) is None


def unsealed_before(folder: DataFolder) -> bool:
    """Whether a version that sealed nothing left people, pictures or strangers here."""
    plain = (folder.pictures.glob("*.jpg"), _people(folder), folder.database.parent.glob("*.pkl"))
    return any(True for found in plain for _ in found)


def _people(folder: DataFolder) -> Iterator[Path]:
    return islice(folder.known_faces.glob("*.pkl"), _LOOKED_AT)


def _head(path: Path) -> bytes:
    if not path.is_file() or path.is_symlink():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""
