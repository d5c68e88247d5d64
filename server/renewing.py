"""Renews the key inside the vault: everything is sealed anew, put in place all or nothing.

Whoever once had the key of before reads nothing of what is kept from then on. Everything is written
into a folder beside the data, with a new vault, and takes its place as a restore does; what was
there is written over. Killed at any moment, the old or the new state is whole and opens.
"""

import contextlib
import errno
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from database.backups import JOURNALS, list_backups
from database.errors import DatabaseProblem, SealWrong
from desktop.files import sync_disk
from security.keyring_store import system_keyring
from security.sealing import SealBroken
from server import accounts_file, swap
from server.audit import Audit
from server.backup import SPARE_BYTES
from server.consent_texts import ConsentTextsBroken
from server.copies import set_aside, turn
from server.data_folder import DataFolder
from server.gallery_files import GalleryFileError
from server.key_acts import forget_master, new_vault
from server.permissions import Action, Actor
from server.renewed_stores import CARRIED, STORES, NotRenewed, Told, Work
from server.stand_records import RENEWED
from server.strangers_file import StrangersInvalid
from server.suspicion_files import PLACES
from server.vault import OpenKeyring, Vault

_WHOLE = {
    "known_faces": re.compile(r"\.?([0-9a-f]{32}\.pkl|people\.(journal|damaged-\d+))(\..*)?"),
    "pictures": re.compile(r"\.?[0-9a-f]{32}\.(sealed|jpg)(\..*)?"),
    "erasures": re.compile(r"\.?([0-9a-f]{32}\.json|deleted\.sealed)(\..*)?"),
}
"""Folders that are put in place as wholes, and what in them is ours; the rest comes back."""
_WITH_LEAVINGS = ("keys", "audit", "database")
_OF_THE_AUTHORITY = ("authority", "checkpoints")
_DONE = "data_renewed"


@dataclass(frozen=True, slots=True)
class Leftover:
    """What only the key of before opens, below the data folder: written over at a renewal."""

    set_aside: tuple[Path, ...]
    histories: tuple[Path, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them."""
        return (*self.set_aside, *self.histories)


def leftover(folder: DataFolder) -> Leftover:
    """What a restore set aside, damaged histories, and copies of the history of before."""
    return Leftover(set_aside(folder), tuple(one.path for one in list_backups(folder.backups)))


def renew(
    folder: DataFolder,
    vault: Vault,
    audit: Audit,
    actor: Actor,
    *,
    passphrase: str | None = None,
    new_authority: bool = False,
    keyring: OpenKeyring = system_keyring,
    told: Told = lambda _what, _done, _total: None,
) -> Vault:
    """Seals everything with another key, by another master key. No recovery key is made.

    Other programs that make or change a copy of the data are waited for.

    Args:
        folder: Where the data are; its lock is held, and nothing of it is open.
        vault: Opened, and nothing in clear is left to be taken over.
        audit: Of the data, opened; of no use afterwards.
        actor: Who asks, for the record.
        passphrase: The new one, where the master key is made of one.
        new_authority: Whether the authority and the list of paired checkpoints are left behind:
            the next start makes another one, and each checkpoint has to be paired again.
        keyring: Opens the system's keyring.
        told: Is told how far it is.

    Returns:
        The vault that opens the data from now on.

    Raises:
        NotRenewed: Something cannot be read or written; everything is as it was.
        VaultProblem: The new master key cannot be kept; everything is as it was.
        AuditProblem: The audit log cannot be copied; everything is as it was.
        OSError: The disk refused while all was put in place: whoever takes the folder next ends it.
    """
    with turn(folder), contextlib.ExitStack() as alone:
        with _as_it_was(folder):
            _check_disk(folder)
            new = DataFolder(folder.root / swap.NEW)
            fresh = new_vault(new, vault, carry=CARRIED, passphrase=passphrase, keyring=keyring)
            try:
                left = _OF_THE_AUTHORITY if new_authority else ()
                work, begun = Work(folder, new, vault, fresh, told), _looks(folder)
                for name, store in STORES.items():
                    if name not in left:
                        store.renew(work)
                # From the last look until all is in place: who waits here for one of the two
                # sees then that the key is another one (`server.meanwhile`).
                alone.enter_context(audit.alone())
                alone.enter_context(accounts_file.changing(folder.accounts))
                _close(work, audit, actor, left)
                _check_unchanged(folder, begun)
                plan = _plan(folder, new)
            except BaseException:
                shutil.rmtree(new.root, ignore_errors=True)
                forget_master(fresh.file, keyring)
                raise
        swap.begin(folder.root, plan)
        told("putting in place", 0, 1)
        swap.finish(folder.root)
        told("putting in place", 1, 1)
    forget_master(vault.file, keyring)
    return fresh


def _close(work: Work, audit: Audit, actor: Actor, left: Collection[str]) -> None:
    """The log goes on in the new folder, and the vault comes last: it opens all there."""
    details = {"what": RENEWED, "before": work.before.fingerprint, "now": work.after.fingerprint}
    if left:
        details["left behind"] = ", ".join(left)
    log, anchor = work.there(audit.path).parent, work.there(work.folder.audit_anchor)
    audit.hand_on(work.after, log, anchor, Action.MANAGE_KEYS, actor, details)
    work.after.keep(work.after.file, work.there(work.folder.vault))
    sync_disk(work.new.root)


@contextlib.contextmanager
def _as_it_was(folder: DataFolder) -> Iterator[None]:
    """What keeps the data from being renewed, as one sentence; they are as they were."""
    try:
        yield
    except (GalleryFileError, ConsentTextsBroken) as error:
        raise NotRenewed(str(error)) from error
    except (DatabaseProblem, SealWrong) as error:
        raise NotRenewed(f"The history cannot be sealed anew. {error}") from error
    except (SealBroken, StrangersInvalid) as error:
        raise NotRenewed(
            f"Something that the key sealed in {folder.root} cannot be opened with it ({error}): "
            "start the server, which says what, and put a copy of it back."
        ) from error
    except OSError as error:
        room = "free some space" if error.errno == errno.ENOSPC else "check permissions and disk"
        raise NotRenewed(
            f"The data folder {folder.root} cannot be written ({error.strerror or error}): {room}."
        ) from error


def _check_disk(folder: DataFolder) -> None:
    """Room for everything once more, and no folder from which a rename does not lead back."""
    needed = SPARE_BYTES
    for name in ("known_faces", "pictures", "erasures", "audit", "keys", "database"):
        there = folder.root / name
        if there.is_symlink() or (there.exists() and there.stat().st_dev != _disk(folder)):
            raise NotRenewed(
                f"{there} lies elsewhere than {folder.root}: move it there for the renewal."
            )
        if name != "database":
            needed += sum(one.stat().st_size for one in there.rglob("*") if one.is_file())
    needed += sum(path.stat().st_size for path in _of_the_database(folder) if path.is_file())
    free = shutil.disk_usage(folder.root).free
    if needed > free:
        raise NotRenewed(
            f"Sealing the data anew needs {needed / 1e6:.0f} MB, the disk has {free / 1e6:.0f} MB: "
            "free some space."
        )


def _disk(folder: DataFolder) -> int:
    return folder.root.stat().st_dev


def _of_the_database(folder: DataFolder) -> list[Path]:
    return [path for path in folder.database.parent.glob("*") if path.is_file()]


def _looks(folder: DataFolder) -> dict[Path, tuple[int, int]]:
    """What other commands may change that need no lock: accounts, checkpoints, the audit log."""
    files = (folder.accounts, folder.devices, folder.vault, folder.audit / "audit.jsonl")
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in files if path.exists()}


def _check_unchanged(folder: DataFolder, begun: Mapping[Path, tuple[int, int]]) -> None:
    if _looks(folder) != begun:
        raise NotRenewed("Another program changed the data meanwhile: try again.")


def _new(path: Path, folder: DataFolder, new: DataFolder) -> bool:
    return (new.root / path.relative_to(folder.root)).exists()


def _plan(folder: DataFolder, new: DataFolder) -> swap.Plan:
    """All that is new comes in; what only the key of before opens goes; files of others stay."""
    whole = [name for name in _WHOLE if (new.root / name).exists()]
    paths = (one.relative_to(new.root) for one in new.root.rglob("*") if one.is_file())
    single = sorted(path.as_posix() for path in paths if path.parts[0] not in whole)
    back = [
        f"{name}/{path.name}"
        for name in whole
        if (folder.root / name).is_dir()
        for path in (folder.root / name).iterdir()
        if not _WHOLE[name].fullmatch(path.name)
    ]
    gone = [PLACES, *(path.name for path in folder.database.parent.glob("*.sealed.*"))]
    old = [folder.database.with_name(name) for name in gone]
    # Sealed with the key of before as well: what a crash left half written, and an authority that
    # is left behind.
    old += [path for place in _WITH_LEAVINGS for path in (folder.root / place).glob(".*.tmp")]
    old += [path for path in (folder.authority, folder.devices) if not _new(path, folder, new)]
    for path in (folder.database, *leftover(folder).paths):
        old += [path.with_name(path.name + ending) for ending in JOURNALS]
    old += [*leftover(folder).paths, folder.master_key.with_suffix(".key.damaged")]
    remove = [path.relative_to(folder.root).as_posix() for path in old if path.exists()]
    return swap.Plan(swap.AWAY, (*whole, *single), tuple(remove), tuple(back), _DONE)
