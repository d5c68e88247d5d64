"""A data folder in which a server has lived: every store of it has something; made once, copied."""

import base64
import functools
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from protocol.messages import Enrol, Identify
from server import renewing
from server.administration import command_line
from server.backup import make_backup
from server.books import open_books
from server.data_folder import DataFolder
from server.deletions import NAME as DELETED
from server.deletions import Deletions
from server.last_time import LastTime
from server.photo_ledger import RefusedPhotos
from server.pictures import thumbnail
from server.purposes import Purpose
from server.settings import ServerSettings
from server.suspicion_files import PLACES, PROBES
from server.vault import Vault, open_vault
from tests.server.office import GOOD as PASSWORD
from tests.server.wire import GOOD, enrol, face, identify, served

SETTINGS = ServerSettings(port=0, keep_pictures=True, keep_strangers=True, daily_backups=0)
GRACE, ANN = "Grace Hopper", "Ann Example"
PICTURE = thumbnail(np.random.default_rng(1).integers(0, 255, (150, 150, 3), dtype=np.uint8))
SEEN: Identify = identify(face(1), event_id="e" * 32)
"""An event that is stored."""
ERASED: Enrol = enrol("Mary Jackson", face(7), enrolment_id="d" * 32)
"""The enrolment of somebody who was erased since."""


@dataclass(frozen=True, slots=True)
class Lived:
    """The folder, its vault, and a backup of it outside."""

    folder: DataFolder
    vault: Vault
    backup: Path


def lived_in(root: Path) -> Lived:
    """A copy of it."""
    before = Path(_made().name)
    shutil.copytree(before, root, dirs_exist_ok=True)
    folder = DataFolder(root / "data")
    return Lived(folder, open_vault(folder), root / "old.tar")


@functools.cache
def _made() -> "tempfile.TemporaryDirectory[str]":
    place = tempfile.TemporaryDirectory(prefix="facenetgrid-tests-")
    root = Path(place.name)
    folder = DataFolder(root / "data")
    with served(folder.root, settings=SETTINGS) as running, running.checkpoint() as gate:
        books = running.grid.books
        assert books is not None
        books.administration.set_as_owner(command_line(), ANN, PASSWORD)
        picture = base64.b64encode(PICTURE).decode()
        gate.ask(enrol(GRACE, face(1), picture=picture))
        gate.ask(ERASED)
        assert gate.ask(SEEN).display_name == GRACE
        for seed in (50, 50, 60):
            gate.ask(identify(face(seed), quality=GOOD, frames=5))
        mary = running.grid.people.find(ERASED.display_name)
        assert mary is not None
        running.grid.erase_person(mary.subject_id)
    vault = open_vault(folder)
    ledger = RefusedPhotos(folder.refused_photos, vault.sealer(Purpose.REFUSED_PHOTOS), "rules")
    ledger.add("a" * 64, f"It shows {GRACE}.")
    deletions = Deletions(folder.erasures / DELETED, vault.sealer(Purpose.DELETIONS))
    deletions.note("d" * 32, ["f" * 32], time.time_ns() // 1_000_000)
    LastTime(folder.last_time, vault.sealer(Purpose.LAST_TIME)).write(time.time_ns() // 1_000_000)
    sealed = vault.sealer(Purpose.MISSES_FILE).seal(b"{}", b"misses")
    folder.database.with_name(PLACES).write_bytes(sealed)
    make_backup(folder, vault, root / "old.tar")
    made = (folder.strangers, folder.consent_texts, folder.accounts, *folder.pictures.iterdir())
    assert all(path.exists() for path in made)
    assert all(folder.database.with_name(name).exists() for name in (PLACES, PROBES[0]))
    return place


def renewed(lived: Lived, *, new_authority: bool = False) -> Vault:
    """The vault after a renewal that the owner asked for."""
    folder = lived.folder
    folder.lock("the test")
    try:
        audit = open_books(folder, lived.vault).audit
        return renewing.renew(
            folder,
            lived.vault,
            audit,
            command_line(),
            new_authority=new_authority,
            keyring=lambda: None,
        )
    finally:
        folder.unlock()


def state(folder: DataFolder) -> dict[str, bytes]:
    """All files, but for locks and journals."""
    return {
        path.relative_to(folder.root).as_posix(): path.read_bytes()
        for path in folder.root.rglob("*")
        if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm", "lock.json"))
    }
