"""Finds the pictures of a folder `NAME/*.jpg` and `NAME.jpg`, and whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from protocol.errors import NameInvalid
from protocol.text import clean_name, printable

# What file managers leave in every folder; nobody means these as pictures.
_LITTER = frozenset({"thumbs.db", "desktop.ini"})


class FolderUnusable(Exception):  # noqa: N818 - named for what happened
    """Raised when there is nothing to enrol from; the text names the folder and what to do."""


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A file and the person it should show; `problem` says why it cannot be looked at."""

    path: Path
    shown: str
    person: str
    problem: str = ""


def scan(path: Path, *, name: str | None = None) -> tuple[PhotoFile, ...]:
    """Every file of a folder, in order of their names; hidden files are passed over.

    Args:
        path: A folder of pictures and of folders named after people, or one picture.
        name: When given, every picture in the folder (not in folders below) is this person's.

    Raises:
        FolderUnusable: Raised when it does not exist, cannot be read, or holds no file.
    """
    shown = printable(str(path), 300)
    if not path.exists():
        raise FolderUnusable(f"{shown} does not exist. Give a folder of pictures.")
    try:
        found = tuple(_files(path, name)) if path.is_dir() else (_file(path, path.parent, name),)
    except OSError as error:
        raise FolderUnusable(f"{shown} cannot be read: {error.strerror}.") from error
    if not found:
        raise FolderUnusable(
            f"{shown} holds no pictures. Put them there as NAME/1.jpg or as NAME.jpg."
        )
    return found


def scan_all(paths: Sequence[Path], *, name: str | None = None) -> tuple[PhotoFile, ...]:
    """`scan` of several folders or pictures, one after the other.

    Raises:
        FolderUnusable: As `scan`.
    """
    return tuple(file for path in paths for file in scan(path, name=name))


def _files(folder: Path, name: str | None) -> list[PhotoFile]:
    found: list[PhotoFile] = []
    for entry in _sorted(folder):
        if not entry.is_dir():
            found.append(_file(entry, folder, name))
        elif name is not None:
            found.append(_refused(entry, folder, "This is a folder; choose the pictures in it."))
        else:
            found += [_in_folder_of_person(inner, folder) for inner in _sorted(entry)]
    return found


def _sorted(folder: Path) -> list[Path]:
    return sorted(
        (
            entry
            for entry in folder.iterdir()
            if not entry.name.startswith(".") and entry.name.casefold() not in _LITTER
        ),
        key=lambda entry: entry.name,
    )


def _in_folder_of_person(path: Path, root: Path) -> PhotoFile:
    if path.is_dir():
        return _refused(path, root, "Folders inside a person's folder are not looked at.")
    return _file(path, root, None, typed=path.parent.name)


def _file(path: Path, root: Path, name: str | None, *, typed: str | None = None) -> PhotoFile:
    if name is None:
        name = path.stem if typed is None else typed
        name = name.replace("_", " ")
    shown = _shown(path, root)
    try:
        person = clean_name(name)
    except NameInvalid as error:
        return PhotoFile(path, shown, printable(name), str(error))
    if not path.is_file():
        # A FIFO or a device would wait for ever.
        return PhotoFile(path, shown, person, f"{shown} is not a file.")
    return PhotoFile(path, shown, person)


def _refused(path: Path, root: Path, problem: str) -> PhotoFile:
    return PhotoFile(path, _shown(path, root), "", problem)


def _shown(path: Path, root: Path) -> str:
    return printable(path.relative_to(root).as_posix(), 300)
