"""Every store of the data, and how what it has sealed or proven is renewed with another key.

Each is read as at a start and written anew into a folder laid out like the data folder; what is
there is not touched. What cannot be proven with the key of before is not proven with the next one:
then nothing is renewed. `STORES` has every purpose of the vault's keys, which a test holds it to.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from database.backups import snapshot
from database.resealing import reseal, rows_in
from security.sealing import OVERHEAD, SealBroken
from server import accounts_file, authority, deletions, devices, last_time
from server.consent_texts import ConsentTexts
from server.data_folder import DataFolder
from server.gallery_files import ENDING, GalleryFiles
from server.history_cipher import HistoryCipher
from server.keys_of_then import OF_BACKUPS
from server.manifest import NAME as LIST
from server.manifest import Entry, Manifest
from server.person_seal import PersonSeal
from server.photo_ledger import RefusedPhotos
from server.pictures import MAX_BYTES
from server.purposes import Purpose
from server.receipts import Receipts
from server.replays import rekeyed
from server.strangers_file import read_bytes, seal
from server.suspicion_files import PROBES
from server.vault import Vault

CARRIED = (Purpose.ENROLMENTS, Purpose.REPLAYS, *OF_BACKUPS)
"""Keys of before that the next vault still has: of digests whose texts nobody kept, and of backups.
Digests of probes are made digests of once more; those of enrolments stand in receipts, which are
not changed."""

_PICTURE = re.compile(r"(?P<id>[0-9a-f]{32})\.sealed")
_SOME = 100
"""Files between two words of progress."""

Told = Callable[[str, int, int], None]
"""Is told what is done, how many of how many."""


class NotRenewed(Exception):  # noqa: N818 - named for what happened
    """Raised when something keeps the data from being renewed; nothing was changed. A sentence."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every store needs.

    Attributes:
        folder: The data as they are; the lock is held.
        new: Where they are written anew.
        before: The vault that sealed them.
        after: The one that is to.
        told: Progress.
    """

    folder: DataFolder
    new: DataFolder
    before: Vault
    after: Vault
    told: Told

    def there(self, path: Path) -> Path:
        """Where a path of the data is in the new folder; its folder is made."""
        target = self.new.root / path.relative_to(self.folder.root)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return target


@dataclass(frozen=True, slots=True)
class Store:
    """Some of the data.

    Attributes:
        purposes: Of the keys that are used for it.
        renew: Writes it anew.
    """

    purposes: tuple[Purpose, ...]
    renew: Callable[[Work], None]


def _people(work: Work) -> None:
    """With a new key for each person too: that of before was in reach of whoever had the vault's.

    Revisions and the number of changes go on, so that nothing looks older than it was.
    """
    folder, anchor = work.folder.known_faces, work.folder.people_anchor
    work.told("people", 0, sum(1 for _ in folder.glob(f"*{ENDING}")))  # reading takes as long
    loaded = GalleryFiles(folder, work.before, anchor=anchor).load()
    wrong = [*loaded.alarms, *(item.reason for item in loaded.set_aside)]
    if wrong:
        raise NotRenewed(
            f"Something is wrong with the files of people: {' '.join(wrong[:3])} Put copies back, "
            "or move what cannot be used out of the folder and run accept-people."
        )
    if not folder.is_dir():
        return
    known = Manifest(folder / LIST, anchor, work.before.key(Purpose.PEOPLE_LIST), writable=False)
    known.open()
    sealing, entries = PersonSeal(work.after), dict[str, Entry]()
    for done, person in enumerate(loaded.people):
        path = work.there(folder / f"{person.subject_id}{ENDING}")
        entry = known.get(person.subject_id)
        assert entry is not None, "whoever was loaded is on the list"
        data = sealing.seal(person, entry.revision)
        _write(path, data)
        entries[person.subject_id] = Entry(entry.revision, sealing.check(data))
        _tell(work, "people", done + 1, len(loaded.people))
    listed = work.there(folder / LIST)
    fresh = Manifest(listed, work.there(anchor), work.after.key(Purpose.PEOPLE_LIST))
    fresh.begin(known.number, entries, known.gone)


def _pictures(work: Work) -> None:
    """Those that are somebody's; the day on which each was kept stays. Others nobody can see."""
    before, after = (vault.sealer(Purpose.PICTURES) for vault in (work.before, work.after))
    if not work.folder.pictures.is_dir():
        return
    work.there(work.folder.pictures).mkdir(mode=0o700)
    found = sorted(work.folder.pictures.iterdir())
    for done, path in enumerate(found):
        match = _PICTURE.fullmatch(path.name)
        if match is None or path.is_symlink() or path.stat().st_size > MAX_BYTES + OVERHEAD:
            continue
        about = match["id"].encode("ascii")
        try:
            plain = before.unseal(path.read_bytes(), about)
        except SealBroken:
            continue
        target, kept = work.there(path), path.stat()
        _write(target, after.seal(plain, about))
        os.utime(target, ns=(kept.st_atime_ns, kept.st_mtime_ns))
        _tell(work, "pictures", done + 1, len(found))


def _history(work: Work) -> None:
    path = work.folder.database
    if not path.exists():
        return
    copy, total, done = work.there(path), rows_in(path), 0
    work.told("events", 0, total)
    snapshot(path, copy)

    def more(count: int) -> None:
        nonlocal done
        done += count
        work.told("events", min(done, total), total)

    reseal(copy, HistoryCipher(work.before), HistoryCipher(work.after), more)


def _strangers(work: Work) -> None:
    data = read_bytes(work.folder.strangers, work.before.sealer(Purpose.STRANGERS))
    if data is not None:
        sealed = seal(data, work.after.sealer(Purpose.STRANGERS))
        _write(work.there(work.folder.strangers), sealed)


def _refused_photos(work: Work) -> None:
    path = work.folder.refused_photos
    if path.exists():
        ledger = RefusedPhotos(path, work.before.sealer(Purpose.REFUSED_PHOTOS), "")
        ledger.write_with(work.after.sealer(Purpose.REFUSED_PHOTOS), work.there(path))


def _receipts(work: Work) -> None:
    """Proven anew, and not changed: their digests stand in the audit log and on paper."""
    found, broken = Receipts(work.folder.erasures, work.before.key(Purpose.RECEIPTS)).all()
    if broken:
        raise NotRenewed(f"{' '.join(broken[:3])} Put it back from a backup.")
    fresh = Receipts(work.there(work.folder.erasures), work.after.key(Purpose.RECEIPTS))
    for receipt in found:
        fresh.write(receipt)


def _consent_texts(work: Work) -> None:
    path = work.folder.consent_texts
    if path.exists():
        texts = ConsentTexts(path, work.before.key(Purpose.CONSENT_TEXTS), lambda: 0)
        texts.write_with(work.after.key(Purpose.CONSENT_TEXTS), work.there(path))


def _probes(work: Work) -> None:
    for name in PROBES:
        path = work.folder.database.with_name(name)
        if path.is_file():
            key = work.after.key(Purpose.REPLAYS)
            _write(work.there(path), rekeyed(path.read_bytes(), key))


def _begun_anew(_work: Work) -> None:
    """Places with misses: drawn by the key, they say nothing under another; hours old at most."""


def _as_made(_work: Work) -> None:
    """Backups: a file that is carried elsewhere stays as it was made, and is told of.

    Erased people are taken out of it by keys that are carried (`server.keys_of_then`).
    """


def _sealed(purpose: Purpose, path_of: Callable[[DataFolder], Path], about: bytes) -> Store:
    """One small file that is sealed as a whole."""

    def renew(work: Work) -> None:
        path = path_of(work.folder)
        if path.exists():
            plain = work.before.sealer(purpose).unseal(path.read_bytes(), about)
            _write(work.there(path), work.after.sealer(purpose).seal(plain, about))

    return Store((purpose,), renew)


STORES: Mapping[str, Store] = {
    "accounts": _sealed(Purpose.ACCOUNTS, lambda folder: folder.accounts, accounts_file.ABOUT),
    "checkpoints": _sealed(Purpose.DEVICES, lambda folder: folder.devices, devices.ABOUT),
    "authority": _sealed(Purpose.AUTHORITY, lambda folder: folder.authority, authority.ABOUT),
    "consent texts": Store((Purpose.CONSENT_TEXTS,), _consent_texts),
    "receipts": Store((Purpose.RECEIPTS, Purpose.ENROLMENTS), _receipts),
    "deletions": _sealed(
        Purpose.DELETIONS, lambda folder: folder.erasures / deletions.NAME, deletions.ABOUT
    ),
    "last time": _sealed(Purpose.LAST_TIME, lambda folder: folder.last_time, last_time.ABOUT),
    "refused photos": Store((Purpose.REFUSED_PHOTOS,), _refused_photos),
    "strangers": Store((Purpose.STRANGERS,), _strangers),
    "probes": Store((Purpose.REPLAYS,), _probes),
    "misses": Store((Purpose.MISSES, Purpose.MISSES_FILE), _begun_anew),
    "pictures": Store((Purpose.PICTURES,), _pictures),
    "people": Store((Purpose.PEOPLE_FILES, Purpose.PEOPLE_KEYS, Purpose.PEOPLE_LIST), _people),
    "history": Store((Purpose.HISTORY, Purpose.HISTORY_ROWS), _history),
    "backups": Store((Purpose.BACKUPS,), _as_made),
}
"""But for the audit log (`Audit.hand_on`) and vault.json, which come last."""


def _tell(work: Work, what: str, done: int, total: int) -> None:
    if not done % _SOME or done == total:
        work.told(what, done, total)


def _write(path: Path, data: bytes) -> None:
    """All are brought to the disk together, before they count."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
