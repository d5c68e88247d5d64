"""Reads a folder of pictures: a folder a person, LFW's layout, or NAME.jpg."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from biometrics.pictures import SUFFIXES

_NUMBER = re.compile(r"_\d{4}$")
"""LFW numbers the pictures of a person with four digits, so a flat folder of it can be read."""


class DatasetUnusable(Exception):  # noqa: N818 - named for what happened
    """Raised when there is nothing to evaluate; the text names the folder and what to do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture and the person it shows.

    Args:
        path: The file.
        shown: Its name in reports, relative to the folder, with slashes.
        person: Spelt as the first of that person's files.
    """

    path: Path
    shown: str
    person: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything found in a folder.

    Args:
        root: The folder the names are relative to.
        samples: In order of their names.
        spellings: Names taken for one person because they differ in case, accents, blanks or
            punctuation alone.
        problems: A sentence about each file that is passed over.
    """

    root: Path
    samples: tuple[Sample, ...]
    spellings: tuple[tuple[str, ...], ...] = ()
    problems: tuple[str, ...] = ()


def read_dataset(folder: Path) -> Dataset:
    """The pictures of `folder/NAME/*.jpg`, `folder/NAME.jpg` and `folder/images/NAME/*.jpg`.

    Hidden files are passed over silently, files that do not look like pictures with a sentence.

    Raises:
        DatasetUnusable: The folder is not there, cannot be read, or holds no pictures.
    """
    shown = printable(str(folder))
    if not folder.is_dir():
        raise DatasetUnusable(f"{shown} is not a folder. Give a folder of pictures.")
    inner = folder / "images"
    root = inner if inner.is_dir() and _has_folders(inner) else folder
    problems: list[str] = []
    try:
        found = list(_files(root, problems))
    except OSError as error:
        raise DatasetUnusable(f"{shown} cannot be read: {error.strerror}.") from error
    if not found:
        raise DatasetUnusable(
            f"{shown} holds no pictures. Put them there as NAME/1.jpg or as NAME.jpg."
        )
    names, spellings = _one_name_a_person(name for _, name in found)
    samples = tuple(
        Sample(path, printable(path.relative_to(root).as_posix()), names[name])
        for path, name in found
    )
    return Dataset(root, samples, spellings, tuple(problems))


def printable(text: str) -> str:
    """Text from a file's name, without line breaks, terminal codes or lone surrogates."""
    return "".join(
        letter
        if letter.isprintable() and not 0xD800 <= ord(letter) < 0xE000
        else "\N{WHITE SQUARE}"
        for letter in text
    )


def name_key(name: str) -> str:
    """What names of one person have in common: no case, accents, blanks or punctuation."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if letter.isalnum()) or name


def _files(root: Path, problems: list[str]) -> Iterable[tuple[Path, str]]:
    for entry in _visible(root):
        if entry.is_dir():
            for inner in _visible(entry):
                if inner.is_dir():
                    problems.append(f"{printable(inner.name)} is a folder in a person's folder.")
                elif _is_picture(inner, root, problems):
                    yield inner, _spoken(entry.name)
        elif _is_picture(entry, root, problems):
            yield entry, _spoken(_NUMBER.sub("", entry.stem))


def _visible(folder: Path) -> list[Path]:
    entries = (entry for entry in folder.iterdir() if not entry.name.startswith("."))
    return sorted(entries, key=lambda entry: entry.name)


def _is_picture(path: Path, root: Path, problems: list[str]) -> bool:
    shown = printable(path.relative_to(root).as_posix())
    if path.suffix.lower() not in SUFFIXES:
        # Lists and notes beside the pictures are expected; within a person's folder they are not.
        if path.parent != root:
            problems.append(f"{shown} does not look like a picture.")
        return False
    if not path.is_file():
        problems.append(f"{shown} is not a file.")  # a FIFO would wait for ever
        return False
    return True


def _spoken(name: str) -> str:
    return printable(" ".join(name.replace("_", " ").split())) or printable(name)


def _has_folders(folder: Path) -> bool:
    return any(entry.is_dir() for entry in folder.iterdir())


def _one_name_a_person(
    names: Iterable[str],
) -> tuple[dict[str, str], tuple[tuple[str, ...], ...]]:
    """The name each spelling stands for, and the spellings that were taken for one person."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        groups[name_key(name)].append(name)
    chosen = {name: group[0] for group in groups.values() for name in group}
    return chosen, tuple(tuple(group) for group in groups.values() if len(group) > 1)
