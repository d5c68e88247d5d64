"""Which vault opens what of a data folder in which a server has lived, purpose by purpose."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import numpy as np

from database.errors import DatabaseProblem
from database.opening import content_key_of
from database.reader import EventReader
from security.sealing import SealBroken
from server import accounts_file, authority, deletions, devices, last_time
from server.audit import Audit
from server.consent_texts import ConsentTexts, ConsentTextsBroken
from server.data_folder import DataFolder
from server.erasure import erasure_of
from server.gallery_files import GalleryFiles
from server.history_cipher import HistoryCipher
from server.photo_ledger import RefusedPhotos
from server.pictures import PictureFolder
from server.purposes import Purpose
from server.receipts import Receipts
from server.replays import RECORD, Replays
from server.strangers_file import StrangersInvalid, read_bytes
from server.suspicion_files import PROBES
from server.vault import Vault
from tests.server.lived_in import ERASED, SEEN

Opens = Callable[[DataFolder, Vault], object]


def _file(purpose: Purpose, path: Callable[[DataFolder], Path], about: bytes) -> Opens:
    return lambda folder, vault: vault.sealer(purpose).unseal(path(folder).read_bytes(), about)


def _people(folder: DataFolder, vault: Vault) -> object:
    return GalleryFiles(folder.known_faces, vault).load(tidy=False).people


def _picture(folder: DataFolder, vault: Vault) -> object:
    (path,) = folder.pictures.iterdir()
    return PictureFolder(folder.pictures, vault).read(path.stem)


def _audit(folder: DataFolder, vault: Vault) -> object:
    return Audit(folder.audit, folder.audit_anchor, vault).verify().whole


def _history(folder: DataFolder, vault: Vault) -> object:
    with closing(sqlite3.connect(folder.database)) as connection:
        return content_key_of(connection, folder.database, HistoryCipher(vault))


def _rows(folder: DataFolder, vault: Vault) -> object:
    with closing(EventReader(folder.database, HistoryCipher(vault))) as history:
        found = history.query().rows
    return found and not any(row.changed for row in found)


def _receipts(folder: DataFolder, vault: Vault) -> object:
    return Receipts(folder.erasures, vault.key(Purpose.RECEIPTS)).all()[0]


def _enrolment(folder: DataFolder, vault: Vault) -> object:
    erasure = erasure_of(folder, vault, PictureFolder(folder.pictures, vault), Nobody())
    erasure.again_in_files(GalleryFiles(folder.known_faces, vault))
    return erasure.was_erased(ERASED.enrolment_id)


def _probe(folder: DataFolder, vault: Vault) -> object:
    replays = Replays(*vault.keys(Purpose.REPLAYS))
    data = folder.database.with_name(PROBES[0]).read_bytes()
    kept = {record[:2] for record in RECORD.iter_unpack(data)}
    digest = replays.digest(np.array(SEEN.encoding))
    return (digest[:8], digest[8:]) in kept


def _refused(folder: DataFolder, vault: Vault) -> object:
    sealer = vault.sealer(Purpose.REFUSED_PHOTOS)
    return RefusedPhotos(folder.refused_photos, sealer, "rules").reason("a" * 64)


def _texts(folder: DataFolder, vault: Vault) -> object:
    key = vault.key(Purpose.CONSENT_TEXTS)
    return ConsentTexts(folder.consent_texts, key, lambda: 0).all()


def _strangers(folder: DataFolder, vault: Vault) -> object:
    return read_bytes(folder.strangers, vault.sealer(Purpose.STRANGERS))


class Nobody:
    """A history without events."""

    def __init__(self) -> None:
        self.erased: set[str] = set()

    def erase_subject(self, subject_id: str) -> NoReturn:
        """Is not asked."""
        raise AssertionError(subject_id)


OPENS: dict[Purpose, Opens] = {
    Purpose.ACCOUNTS: _file(Purpose.ACCOUNTS, lambda folder: folder.accounts, accounts_file.ABOUT),
    Purpose.AUDIT: _audit,
    Purpose.AUTHORITY: _file(Purpose.AUTHORITY, lambda folder: folder.authority, authority.ABOUT),
    Purpose.CONSENT_TEXTS: _texts,
    Purpose.DELETIONS: _file(
        Purpose.DELETIONS, lambda folder: folder.erasures / deletions.NAME, deletions.ABOUT
    ),
    Purpose.DEVICES: _file(Purpose.DEVICES, lambda folder: folder.devices, devices.ABOUT),
    Purpose.ENROLMENTS: _enrolment,
    Purpose.HISTORY: _history,
    Purpose.HISTORY_ROWS: _rows,
    Purpose.LAST_TIME: _file(Purpose.LAST_TIME, lambda folder: folder.last_time, last_time.ABOUT),
    Purpose.PEOPLE_FILES: _people,
    Purpose.PEOPLE_KEYS: _people,
    Purpose.PEOPLE_LIST: _people,
    Purpose.PICTURES: _picture,
    Purpose.RECEIPTS: _receipts,
    Purpose.REFUSED_PHOTOS: _refused,
    Purpose.REPLAYS: _probe,
    Purpose.STRANGERS: _strangers,
}
"""How to find out whether a vault opens what is there for a purpose."""
LEFT = {Purpose.BACKUPS, Purpose.MISSES, Purpose.MISSES_FILE}
"""Those that are not sealed anew: backups stay as they are, places with misses are forgotten."""
REFUSALS = (SealBroken, ConsentTextsBroken, DatabaseProblem, StrangersInvalid)


def opens(purpose: Purpose, folder: DataFolder, vault: Vault) -> bool:
    """Whether a vault opens what is there for a purpose."""
    try:
        return bool(OPENS[purpose](folder, vault))
    except REFUSALS:
        return False
