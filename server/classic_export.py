"""Writing people out for classic face recognition programs: pickles of numpy arrays.

Such programs compare raw encodings with a tolerance of 0.6. The gallery holds unit templates, so
what is written is given the length that dlib's encodings have; then the tolerance keeps about the
meaning it had. Nothing is ever written over.
"""

import pickle
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from biometrics.gallery import unit_length
from desktop.files import write_atomically
from server.classic_formats import names_file
from server.encoders import NOT_CLASSIC, is_own
from server.stored_person import StoredPerson, StoredTemplate

Layout = Literal["names", "per-person", "list"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

RAW_LENGTH = 1.4
"""Length of dlib's raw encodings: 1.30 to 1.59 were measured on real faces."""

_PROTOCOL = 3  # the last one with names of functions on lines of their own, see _dumped
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class ExportRefused(Exception):  # noqa: N818 - named for what happened
    """Raised when the export cannot be written; nothing that was there has been changed."""


def export_classic(people: Sequence[StoredPerson], path: Path, layout: Layout) -> tuple[Path, ...]:
    """Writes every sample of the people; returns the files.

    Args:
        people: In the order to be written.
        path: The file for "names" and "list", the folder for "per-person".
        layout: "names" is one dict of `encodings` and `names`. "per-person" is one array a
            person, `(128,)` for one sample and `(n, 128)` for several, named by the person.
            "list" is a list of arrays, with the names beside it in `NAME.names.txt`.

    Raises:
        ExportRefused: Something is there already, the disk refused, or the numbers are not those
            that other programs take them for.
    """
    if layout not in LAYOUTS:
        raise ExportRefused(f"There is no layout {layout}: {', '.join(LAYOUTS)} are known.")
    if any(is_own(person.encoder) for person in people):
        raise ExportRefused(NOT_CLASSIC)
    files = _contents(people, path, layout)
    for file, _ in files:
        if file.exists():
            raise ExportRefused(f"{file} is there already: name another one, or remove it.")
    try:
        for file, content in files:
            write_atomically(file, content)
    except OSError as error:
        raise ExportRefused(f"{path} cannot be written ({error.strerror or error}).") from error
    return tuple(file for file, _ in files)


def _contents(
    people: Sequence[StoredPerson], path: Path, layout: Layout
) -> list[tuple[Path, bytes]]:
    if layout == "per-person":
        names = _file_names([person.display_name for person in people])
        return [
            (path / f"{name}.pkl", _dumped(_array(person)))
            for name, person in zip(names, people, strict=True)
        ]
    encodings = [_raw(template) for person in people for template in person.templates]
    names = [person.display_name for person in people for _ in person.templates]
    if layout == "names":
        return [(path, _dumped({"encodings": encodings, "names": names}))]
    lines = "".join(f"{name}\n" for name in names)
    return [(path, _dumped(encodings)), (names_file(path), lines.encode())]


def _raw(template: StoredTemplate) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return unit_length(np.asarray(template.encoding, dtype=np.float64)) * RAW_LENGTH


def _array(person: StoredPerson) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    rows = [_raw(template) for template in person.templates]
    return rows[0] if len(rows) == 1 else np.stack(rows)


def _dumped(value: object) -> bytes:
    """A pickle that numpy 1 and 2 can both read: 2 writes a name that old ones do not have.

    Before protocol 4 the name stands on lines of its own without a length before it, so that it
    can be exchanged; numpy 2 still knows the old one.
    """
    data = pickle.dumps(value, protocol=_PROTOCOL)
    return data.replace(
        b"cnumpy._core.multiarray\n_reconstruct\n", b"cnumpy.core.multiarray\n_reconstruct\n"
    )


def _file_names(names: Sequence[str]) -> list[str]:
    """Names as files can have on every system, each once; `../../x` leads nowhere."""
    made: list[str] = []
    taken: set[str] = set()
    for name in names:
        bare = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(". ")
        bare = bare.encode()[:150].decode(errors="ignore") or "_"
        if _RESERVED.fullmatch(bare):
            bare = f"_{bare}"
        unique, number = bare, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{bare} ({number})"
        taken.add(unique.casefold())
        made.append(unique)
    return made
