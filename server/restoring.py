"""Restores a backup of the whole: checked first, put in place all or nothing, erasures kept.

The history, the people with their list and pictures, and the settings become those of the backup;
what was there is set aside. Keys, accounts, paired checkpoints and the audit log stay as they are,
for a checkpoint that was revoked or an account that was closed must not come back; where there are
none, as on another computer, they come from the backup too.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from database.backups import stamp
from desktop.files import sync_disk
from server import swap
from server.backup_format import PURPOSE, BackupFile, BackupRefused, Member
from server.copies import turn
from server.data_folder import DATABASE, DataFolder
from server.fault_words import count
from server.utc import utc_minute
from server.vault import NotTheRecoveryKey, Vault, VaultProblem
from server.vault_file import read_vault_file

OpenVault = Callable[[DataFolder], Vault]
"""Opens the vault of a folder; raises VaultProblem."""

_VAULT_FILE = "keys/vault.json"
_LARGEST_VAULT_FILE = 64 * 1024
_REPLACED = (
    DATABASE,
    "known_faces",
    "pictures",
    "evaluation",
    "keys/people.anchor",
    "server-settings.json",
    "consent-texts.json",
)
"""What becomes that of the backup, as wholes; what the backup has none of goes aside."""
_OF_THE_DATABASE = "database/"
_GOES_ASIDE = (
    f"{DATABASE}-wal",
    f"{DATABASE}-shm",
    # The note of how far erasures were applied: without it they are applied again.
    "erasures/applied.note",
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Attributes:
        backup: The name of the backup.
        files: How many files came from it.
        aside: Where what was there is kept now; not there when there was nothing.
        another_computer: Whether the keys came from the backup too.
    """

    backup: str
    files: int
    aside: Path
    another_computer: bool

    @property
    def sentence(self) -> str:
        """For whoever asked for it."""
        text = f"{self.backup} is restored ({count(self.files, 'file')})."
        if self.aside.exists():
            text += (
                f" What was there is kept in {self.aside}, for as many days as the settings say."
            )
        if self.another_computer:
            return (
                f"{text} Keys, accounts and checkpoints came from the backup. People who were "
                "erased after it was made are in it again: nothing here knows of them. Erase them "
                "here too, or run forget-in-backups on the backup where they were erased, and "
                "restore it then."
            )
        return (
            f"{text} People who were erased since are erased again at the next start. Keys, "
            "accounts, paired checkpoints and the audit log stayed as they were."
        )


def restore_whole(
    folder: DataFolder,
    path: Path,
    open_vault: OpenVault,
    *,
    open_other: OpenVault | None = None,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Restored:
    """Puts a backup in the place of the data.

    Args:
        folder: Where the data are; its lock is held, and nothing of it is open.
        path: The backup.
        open_vault: Opens the folder's vault, when there is one.
        open_other: Opens that of the backup where the folder has none, by passphrase or recovery
            key; None for `open_vault`.
        now_ms: The clock, ms since the epoch, UTC.

    Raises:
        BackupRefused: It is none, damaged, or sealed with another key; nothing was changed.
        VaultProblem: The key is not there; nothing was changed.
        OSError: The disk refused; nothing was changed, or the next start goes on with it.
    """
    root = folder.root
    swap.finish(root)
    _check_one_disk(root)
    new = root / swap.NEW
    with BackupFile(path) as backup:
        elsewhere = not folder.vault.exists()
        try:
            if elsewhere:
                vault = _vault_of(backup, new, open_other or open_vault)
            else:
                vault = open_vault(folder)
                _check_same_data(folder, backup, vault)
            backup.check_key(vault.fingerprint)
            members = backup.verify(vault.key(PURPOSE))
            _check_all_data(backup, members)
            chosen = [
                one for one in members if _comes_in(root, one) and not (new / one.path).exists()
            ]
            _check_room(root, chosen)
            backup.unpack(chosen, new)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    sync_disk(new)
    plan = _plan(root, new, f"set-aside-{stamp(now_ms())}")
    with turn(folder):  # no backup of half of both
        try:
            swap.begin(root, plan)
        except swap.PlanRefused as error:
            shutil.rmtree(new, ignore_errors=True)
            raise BackupRefused(f"{error} Nothing was changed.") from error
        swap.finish(root)
    return Restored(backup.name, len(chosen), root / plan.aside, elsewhere)


def _vault_of(backup: BackupFile, new: Path, opener: OpenVault) -> Vault:
    """The vault that the backup brings along; by opening it proves itself."""
    text = backup.one(_VAULT_FILE, _LARGEST_VAULT_FILE)
    if text is None:
        raise BackupRefused(f"{backup.name} has no {_VAULT_FILE}: it is damaged.")
    target = new / _VAULT_FILE
    target.parent.mkdir(parents=True, mode=0o700)
    target.write_bytes(text)
    target.chmod(0o600)
    there = DataFolder(new)
    try:
        return opener(there)
    except NotTheRecoveryKey as problem:
        raise VaultProblem(_which_paper(there, backup)) from problem


def _which_paper(there: DataFolder, backup: BackupFile) -> str:
    """Which recovery key opens a backup, for somebody who typed another one."""
    file = read_vault_file(there.vault)
    printed = None if file is None else file.recovery_at_ms
    since = "" if printed is None else f", that of {utc_minute(printed)}"
    return (
        f"This is not the recovery key of {backup.name}. The backup was made on "
        f"{utc_minute(backup.head.made_at_ms)}: it wants the paper that counted then{since}. One "
        "that was printed later opens later backups alone. Nothing was changed."
    )


def _check_same_data(folder: DataFolder, backup: BackupFile, vault: Vault) -> None:
    """A backup of other data is refused, with the way to have it on this computer all the same."""
    if vault.fingerprint == backup.head.fingerprint:
        return
    way = f"Restore it into an empty folder (--data FOLDER) instead of {folder.root}"
    if not any(folder.known_faces.glob("*.pkl")):
        way += (
            ", or, as nobody is enrolled here, move the folders keys and audit somewhere else and "
            "restore it again"
        )
    raise BackupRefused(
        f"{backup.name} was made with the key {backup.head.fingerprint}; these data have the key "
        f"{vault.fingerprint}. {way}. Nothing was changed."
    )


def _check_all_data(backup: BackupFile, members: Sequence[Member]) -> None:
    """Nothing but data comes in: whoever made a backup may not be who restores it.

    It proves itself by the key that it brings along, and the program may lie beside the data.
    """
    strange = next((one.path for one in members if not swap.is_data(one.path)), None)
    if strange is not None:
        raise BackupRefused(
            f"{backup.name} holds {strange}, which is none of FaceNetGrid's data: another program "
            "made it. Nothing was changed."
        )


def _comes_in(root: Path, member: Member) -> bool:
    """Whether a file is of what is replaced, or missing here."""
    top = member.path.split("/", 1)[0]
    replaced = member.path in _REPLACED or top in _REPLACED or _is_of_database(member.path)
    return replaced or not (root / member.path).exists()


def _is_of_database(path: str) -> bool:
    return path.startswith(_OF_THE_DATABASE)


def _check_one_disk(root: Path) -> None:
    """A file is put in place by a rename, which does not lead from one disk to another."""
    for name in {path.split("/", 1)[0] for path in _REPLACED}:
        there = root / name
        if there.exists() and there.stat().st_dev != root.stat().st_dev:
            raise BackupRefused(
                f"{there} is on another disk than {root}: restore into an empty folder, and move "
                "the files from there. Nothing was changed."
            )


def _check_room(root: Path, members: Sequence[Member]) -> None:
    needed, free = sum(member.size for member in members), shutil.disk_usage(root).free
    if needed > free:
        raise BackupRefused(
            f"The backup needs {needed / 1e6:.0f} MB, the disk has {free / 1e6:.0f} MB: free some "
            "space. Nothing was changed."
        )


def _plan(root: Path, new: Path, aside: str) -> swap.Plan:
    put: list[str] = []
    for file in sorted(path for path in new.rglob("*") if path.is_file()):
        path = file.relative_to(new).as_posix()
        top = path.split("/", 1)[0]
        put.append(top if top in _REPLACED else path)
    put = list(dict.fromkeys(put))
    there = [path for path in _REPLACED if path not in put]
    there += [
        f"database/{file.name}"
        for file in (root / "database").glob("*.sealed")
        if f"database/{file.name}" not in put
    ]
    return swap.Plan(aside, tuple(put), (*_GOES_ASIDE, *there))
