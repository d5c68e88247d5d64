"""Seals what a version that sealed nothing left in a data folder: once, when the vault is made."""

import logging
from dataclasses import replace
from pathlib import Path

from desktop.files import write_atomically
from desktop.logs import log_event
from desktop.scrubbing import scrub
from server.data_folder import DataFolder
from server.fault_words import count
from server.gallery_files import GalleryFiles, read_file
from server.pictures import PictureFolder
from server.safe_pickle import PickleRefused
from server.strangers_file import LARGEST_FILE, PURPOSE, StrangersInvalid, from_bytes, seal
from server.vault import Vault

_LOG = logging.getLogger(__name__)
_REPORTS = ("report.json", "report.md", "report.html", "report.pdf")


def take_over(folder: DataFolder, vault: Vault) -> str:
    """Seals people, pictures and strangers; what can be made again in clear is removed.

    Begun again after a crash; later a plain file is nobody's and is set aside.

    Args:
        folder: Where the data are; its lock is held.
        vault: Opened.

    Returns:
        What was done as a sentence; empty when nothing was.

    Raises:
        GalleryFileError: The folder of people cannot be read or written.
        OSError: Another one cannot.
    """
    if not vault.file.taking_over:
        return ""
    people = GalleryFiles(folder.known_faces, vault).take_over()
    pictures = PictureFolder(folder.pictures, vault).take_over()
    strangers = _strangers(folder, vault)
    # Which pictures were refused is found out again, the report is asked for again.
    removed = [folder.database.parent / "refused-photos.jsonl"]
    removed += [folder.evaluation / name for name in _REPORTS]
    removed += folder.known_faces.glob(".*.pkl.*.tmp")
    for path in removed:
        scrub(path)
    # Later a plain file would be foreign.
    vault.keep(replace(vault.file, taking_over=False), folder.vault)
    sentence = (
        f"{count(people, 'person', 'people')}, {count(pictures, 'picture')} and "
        f"{count(strangers, 'stranger')} of an earlier version were sealed. "
        "Older backups still hold them in clear: delete those."
    )
    log_event(_LOG, "data_sealed", level=logging.WARNING, sentence=sentence)
    return sentence


def _strangers(folder: DataFolder, vault: Vault) -> int:
    path = folder.database.parent / "strangers.pkl"
    count = 0
    try:
        if path.is_file():
            data = read_file(path, limit=LARGEST_FILE)
            count = len(from_bytes(data)[1])
            write_atomically(folder.strangers, seal(data, vault.sealer(PURPOSE)))
    except (PickleRefused, StrangersInvalid) as error:
        log_event(_LOG, "strangers_not_taken_over", level=logging.WARNING, reason=str(error))
    for old in (path, *_beside(path)):
        scrub(old)
    return count


def _beside(path: Path) -> list[Path]:
    return [*path.parent.glob(f"{path.name}.damaged"), *path.parent.glob(f".{path.name}.*")]
