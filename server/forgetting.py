"""Takes everybody who was erased out of one copy of the data, and proves the copy anew.

A copy is a backup of everything, a copy of the history, or the folder that a restore set aside.
A new file is written beside the old one, read again, and put in its place; the old one is written
over. Whenever the power goes, the old or the new whole file has the name.
"""

import contextlib
import logging
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from database.backups import snapshot
from database.erased_copies import erase_in_copy, fold_journal
from database.errors import DatabaseProblem
from desktop.logs import log_event
from desktop.scrubbing import finish_swap, scrub, swap_scrubbed
from server import backup_format
from server.backup_format import PURPOSE, BackupFile, BackupRefused, Member, Part
from server.copies import known_copies, turn, workplace
from server.data_folder import DATABASE, DataFolder
from server.fault_words import count
from server.gallery_files import GalleryFileError, GalleryFiles
from server.history_cipher import HistoryCipher
from server.keys_of_then import keys_of
from server.manifest import NAME as LIST
from server.manifest import Manifest
from server.pictures import PictureFolder
from server.purposes import Purpose, VaultLike
from server.receipts import ReceiptBroken, Receipts
from server.settings import ServerSettings
from server.vault import Vault

_LOG = logging.getLogger(__name__)
_UNPACKED = (DATABASE, f"known_faces/{LIST}", "keys/people.anchor")
"""What is changed in a backup; everything else is copied or left out."""
_OF_A_PERSON = re.compile(r"(?:known_faces|pictures)/(?P<id>[0-9a-f]{32})\.(?:pkl|sealed|jpg)")
_REPORT = re.compile(r"evaluation/report\..*|database/refused-photos\.sealed")
"""What may tell of a person and can be made again."""
_RECEIPTS = "erasures"
_DATABASE_ENDING = ".db"
_SQLITE = b"SQLite format 3\0"
"""How each database begins (https://www.sqlite.org/fileformat.html, 1.3)."""


class NotForgotten(Exception):  # noqa: N818 - named for what happened
    """Raised when a copy could not be changed: it is as it was; one sentence."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out of a copy.

    Attributes:
        path: The copy.
        files: Files of people: templates with their key, pictures.
        rows: Rows and names of the history that said who they were.
    """

    path: Path
    files: int
    rows: int

    @property
    def changed(self) -> bool:
        """Whether anybody was in it."""
        return bool(self.files or self.rows)

    @property
    def sentence(self) -> str:
        """For whoever asked for it."""
        if not self.changed:
            return f"{self.path}: nobody in it was erased; it was left as it is."
        return (
            f"{self.path}: {count(self.files, 'file')} of people, and "
            f"{count(self.rows, 'row or name', 'rows and names')} of the history were "
            "taken out. It was read again; the old content was written over."
        )


def forget(copy: Path, folder: DataFolder, vault: Vault, subject_ids: frozenset[str]) -> Forgotten:
    """Takes people out of a copy; whoever calls it has the `server.copies.turn`.

    Args:
        copy: A backup, a copy of the history (`.db`), or a folder that was set aside.
        folder: The data that it is a copy of.
        vault: Theirs, opened.
        subject_ids: Who was erased.

    Raises:
        NotForgotten: With a sentence that names the copy.
    """
    path = copy.resolve()
    try:
        finish_swap(path)
        if path.is_dir():
            return _from_folder(path, folder, vault, subject_ids)
        if not _is_history(path):
            return _from_backup(path, folder, vault, subject_ids)
        rows = _from_history(path, folder, vault, subject_ids)
    except BackupRefused as error:
        raise NotForgotten(str(error)) from error
    except (DatabaseProblem, GalleryFileError) as problem:
        raise NotForgotten(f"{path} could not be changed. {problem}") from problem
    except OSError as error:
        raise NotForgotten(
            f"{path} could not be changed ({error.strerror or error}): it is as it was."
        ) from error
    return Forgotten(path, 0, rows)


def _is_history(path: Path) -> bool:
    """By what is in it, for a backup has whatever name somebody gave it; a torn one by its name."""
    if path.suffix == _DATABASE_ENDING or not path.is_file():
        return path.is_file()
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def forget_everywhere(
    folder: DataFolder, vault: Vault, settings: ServerSettings, subject_ids: frozenset[str]
) -> tuple[int, tuple[str, ...]]:
    """Takes people out of every copy that the server knows of.

    Returns:
        How many copies hold none of them now, and a sentence for each other one.

    Raises:
        OSError: The folder of the keys cannot be written.
    """
    problems = []
    with turn(folder):
        copies = known_copies(folder, settings, vault.fingerprints)
        for copy in copies:
            try:
                done = forget(copy, folder, vault, subject_ids)
            except NotForgotten as problem:
                problems.append(str(problem))
            else:
                log_event(_LOG, "copy_forgot", copy=copy.name, files=done.files, rows=done.rows)
    return len(copies) - len(problems), tuple(problems)


def _from_history(path: Path, folder: DataFolder, vault: Vault, subject_ids: frozenset[str]) -> int:
    """Out of a database that nobody has open."""
    fold_journal(path)
    with workplace(folder) as place:
        copy = place / path.name
        snapshot(path, copy)
        rows = erase_in_copy(copy, subject_ids, HistoryCipher(vault))
        if rows:
            fresh = path.with_name(f".{path.name}.new")
            try:
                shutil.copyfile(copy, fresh)
                fresh.chmod(0o600)
                swap_scrubbed(fresh, path)
            finally:
                fresh.unlink(missing_ok=True)
    return rows


def _from_folder(
    root: Path, folder: DataFolder, vault: Vault, subject_ids: frozenset[str]
) -> Forgotten:
    """Out of what a restore set aside, which is laid out like a data folder."""
    aside = DataFolder(root)
    found = [
        path
        for path in (*aside.known_faces.glob("*"), *aside.pictures.glob("*"))
        if _whose(path.relative_to(aside.root).as_posix()) in subject_ids
    ]
    rows = 0
    if aside.database.exists():
        rows = _from_history(aside.database, folder, vault, subject_ids)
    _delete_people(aside, vault, subject_ids)
    pictures = PictureFolder(aside.pictures, vault)
    for subject_id in subject_ids:
        pictures.delete(subject_id)
    if found or rows:
        forget_reports(aside.evaluation, aside.refused_photos)
    return Forgotten(root, len(found), rows)


def _delete_people(folder: DataFolder, vault: Vault, subject_ids: frozenset[str]) -> None:
    """Removes the files of people, and notes in the list of people that they are gone."""
    if folder.known_faces.is_dir():
        files = GalleryFiles(folder.known_faces, vault)
        for subject_id in sorted(subject_ids):
            files.delete(subject_id)


def _from_backup(
    path: Path, folder: DataFolder, vault: Vault, subject_ids: frozenset[str]
) -> Forgotten:
    with BackupFile(path) as before, workplace(folder) as place:
        keys = keys_of(vault, before.head.fingerprint)
        if keys is None:
            before.check_key(vault.fingerprint, vault.file.earlier)
            raise AssertionError("a backup that was made with the key at hand")
        key = keys.key(PURPOSE)
        members = before.verify(key)
        work = DataFolder(place)
        before.unpack([one for one in members if one.path in _UNPACKED], work.root)
        rows = 0
        if work.database.exists():
            rows = erase_in_copy(work.database, subject_ids, HistoryCipher(keys))
        listed = _bytes(work.known_faces / LIST)
        _off_the_list(work, keys, subject_ids)
        files = sum(_whose(one.path) in subject_ids for one in members)
        if not files and not rows and listed == _bytes(work.known_faces / LIST):
            return Forgotten(path, 0, 0)
        _receipts(folder, vault, work, keys, subject_ids)
        _write_without(before, path, members, work, key, subject_ids)
    return Forgotten(path, files, rows)


def _write_without(
    before: BackupFile,
    path: Path,
    members: list[Member],
    work: DataFolder,
    key: bytes,
    subject_ids: frozenset[str],
) -> None:
    """Writes the backup anew, reads it again, and puts it in the place of the old one."""
    proven = {one.path: one for one in members if not _left_out(one.path, subject_ids)}
    changed = {
        file.relative_to(work.root).as_posix(): file
        for file in sorted(work.root.rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    }
    changed = {name: file for name, file in changed.items() if _goes_in(name, proven)}
    kept = {name: part for name, part in before.parts().items() if name in proven}
    files: dict[str, Path | Part] = {**kept, **changed}
    part = path.with_name(f"{path.name}.part")
    descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            written = backup_format.write(out, before.head, files.items(), key)
        with BackupFile(part) as again:
            whole = again.verify(key) == written
        if not whole or any(one != proven[one.path] for one in written if one.path not in changed):
            raise NotForgotten(f"{path} was changed while it was read: it is as it was.")
        swap_scrubbed(part, path)
    finally:
        part.unlink(missing_ok=True)


def _goes_in(name: str, proven: dict[str, Member]) -> bool:
    return name in proven or name.startswith(f"{_RECEIPTS}/")


def _off_the_list(work: DataFolder, keys: VaultLike, subject_ids: frozenset[str]) -> None:
    """Notes in a list of people, which lies there without their files, that they are gone."""
    if work.known_faces.is_dir():
        listed = Manifest(
            work.known_faces / LIST, work.people_anchor, keys.key(Purpose.PEOPLE_LIST)
        )
        listed.open()
        for subject_id in sorted(subject_ids):
            if listed.get(subject_id) is not None:
                listed.drop(subject_id)


def _receipts(
    folder: DataFolder,
    vault: Vault,
    work: DataFolder,
    keys: VaultLike,
    subject_ids: frozenset[str],
) -> None:
    """The backup says itself who was taken out of it, proven by its own key."""
    known = Receipts(folder.erasures, vault.key(Purpose.RECEIPTS))
    put = Receipts(work.erasures, keys.key(Purpose.RECEIPTS))
    for subject_id in sorted(subject_ids):
        # A receipt that was changed is told at each start; it does not keep anybody in a backup.
        with contextlib.suppress(ReceiptBroken):
            receipt = known.read(subject_id)
            if receipt is not None:
                put.write(receipt)


def _left_out(path: str, subject_ids: frozenset[str]) -> bool:
    return _whose(path) in subject_ids or _REPORT.fullmatch(path) is not None


def _whose(path: str) -> str:
    """The id of the person whose file it is; empty for another."""
    found = _OF_A_PERSON.fullmatch(path)
    return found["id"] if found else ""


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def forget_reports(evaluation: Path, refused_photos: Path) -> None:
    """Removes what may tell of a person and can be made again: the report, refused pictures.

    Raises:
        OSError: One cannot be removed.
    """
    for path in (*evaluation.glob("report.*"), refused_photos):
        scrub(path)
