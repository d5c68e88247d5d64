"""Taking people in from the pickles of classic face recognition programs, entry by entry."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from biometrics.faces import Encoding
from biometrics.gallery import GalleryRefused, unit_length
from biometrics.identify import ImplausibleEncoding, plausible
from protocol.errors import NameInvalid
from protocol.text import clean_name, printable
from server.classic_formats import ClassicEntry, read_classic
from server.encoders import NOT_CLASSIC, is_own
from server.gallery_files import GalleryFileError
from server.grounds import note_at_known
from server.new_samples import NewSample
from server.people import PeopleService
from server.safe_pickle import PickleRefused
from server.stored_person import PersonInvalid, Primitive

SOURCE = "import:classic"
ENDINGS = (".pkl", ".pickle", ".p", ".dat")
"""Files of a folder that are tried; a file given by itself may have any ending."""

Result = Literal["in", "already", "refused"]


@dataclass(frozen=True, slots=True)
class ImportRow:
    """What became of one entry: `entry` is the file's name and the number in it, if any."""

    entry: str
    person: str
    result: Result
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Every entry of every file, in order."""

    rows: tuple[ImportRow, ...]

    def count(self, result: Result) -> int:
        """How many entries ended so."""
        return sum(row.result == result for row in self.rows)


def import_classic(
    path: Path,
    people: PeopleService,
    *,
    consent: Mapping[str, Primitive],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ImportReport:
    """Enrols what a classic file, or each file of a folder, holds; the same again adds nothing.

    Entries of one name become samples of one person, added to the one who is enrolled under it.

    Args:
        path: A file, or a folder whose files with `ENDINGS` are read, not those of its folders.
        people: Who is enrolled.
        consent: On what ground people are enrolled (`server.grounds.stated`); noted at each, and at
            those of whom nothing was noted although their entries are in already.
        progress: Called with the people done and the people in all.
    """
    if is_own(people.encoder):
        return ImportReport((ImportRow(printable(path.name), "", "refused", NOT_CLASSIC),))
    rows: list[ImportRow] = []
    waiting: dict[str, list[tuple[int, str, NewSample]]] = {}
    known = {
        content_key(np.asarray(template.encoding)): stored.display_name
        for stored in people.stored()
        for template in stored.templates
    }
    for row, sample in _judged(path, known):
        rows.append(row)
        if sample is not None:
            waiting.setdefault(row.person.casefold(), []).append(
                (len(rows) - 1, row.person, sample)
            )
    for done, entries in enumerate(waiting.values()):
        progress(done, len(waiting))
        try:
            people.add_photos(entries[0][1], [sample for _, _, sample in entries], consent=consent)
        except (GalleryFileError, GalleryRefused, NameInvalid, PersonInvalid) as error:
            for index, name, _ in entries:
                rows[index] = ImportRow(rows[index].entry, name, "refused", str(error))
    note_at_known(rows, people, consent)
    progress(len(waiting), len(waiting))
    return ImportReport(tuple(rows))


def nothing_in(path: Path) -> ImportReport | None:
    """The report of a file or folder in which nothing can be used; None when something can."""
    rows = []
    for row, sample in _judged(path, {}):
        if sample is not None:
            return None
        rows.append(row)
    return ImportReport(tuple(rows))


def content_key(encoding: Encoding) -> str:
    """The same for the same direction, whatever its length: raw, unit, exported and read again.

    Raises:
        GalleryRefused: It has no direction: zeros, or numbers that are not finite.
    """
    grid = np.rint(unit_length(encoding) * 1e6).astype("<i4")
    return hashlib.sha256(grid.tobytes()).hexdigest()


def _judged(path: Path, known: dict[str, str]) -> Iterator[tuple[ImportRow, NewSample | None]]:
    """Each entry with its row; the sample is there when it is to be enrolled."""
    for file in _files(path):
        try:
            entries = read_classic(file)
        except PickleRefused as error:
            yield ImportRow(printable(file.name), "", "refused", str(error)), None
            continue
        for entry in entries:
            yield _judge(entry, known)


def _judge(entry: ClassicEntry, known: dict[str, str]) -> tuple[ImportRow, NewSample | None]:
    try:
        name, encoding = _checked(entry)
        key = content_key(encoding)
    except (PickleRefused, NameInvalid, ImplausibleEncoding, GalleryRefused) as error:
        shown = printable(entry.name) if isinstance(entry.name, str) else ""
        return ImportRow(entry.entry, shown, "refused", str(error)), None
    if key in known:
        return _repeated(entry.entry, name, known[key]), None
    known[key] = name
    return ImportRow(entry.entry, name, "in"), NewSample(encoding=encoding, source=SOURCE)


def _checked(entry: ClassicEntry) -> tuple[str, Encoding]:
    if not isinstance(entry.name, str):
        raise PickleRefused("Its name is no text.")
    encoding = np.asarray(entry.numbers, dtype=np.float64)
    if encoding.shape != (128,):
        raise PickleRefused(f"It has {encoding.size} numbers; an encoding has 128.")
    plausible(encoding)
    return clean_name(entry.name), encoding


def _repeated(entry: str, name: str, holder: str) -> ImportRow:
    if holder.casefold() == name.casefold():
        return ImportRow(entry, name, "already")
    return ImportRow(entry, name, "already", f"The same encoding is there as {holder}.")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS)
