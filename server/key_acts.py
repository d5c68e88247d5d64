"""What people do with the keys: see them, print a recovery key, move, replace and recover them.

Each act is old or new after a power loss: the new master key is kept first, then vault.json is
replaced in one step, then the old key is forgotten; what a crash leaves in between is removed when
the vault is opened.
"""

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from desktop.logs import log_event
from security.keyring_store import KeyringTrouble, system_keyring
from security.recovery import RecoveryKey, RecoveryKeyInvalid
from security.sealing import SealBroken
from server.data_folder import DataFolder
from server.master_keys import MasterKeyFile
from server.purposes import Purpose
from server.vault import NotTheRecoveryKey, OpenKeyring, Vault, VaultProblem, keep_master
from server.vault_file import Source, VaultFile, VaultFileInvalid, read_vault_file

_LOG = logging.getLogger(__name__)
SHORTEST_PASSPHRASE = 12
"""Characters; NIST SP 800-63B asks for 8 where tries are counted. Here nobody counts them."""


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """What can be said of a vault without opening it; times in ms since the epoch, UTC."""

    fingerprint: str
    source: Source
    made_at_ms: int
    recovery_at_ms: int | None
    missing: bool = False
    """Whether it was in a file of the data folder that is gone, or holds another key."""

    @classmethod
    def of(cls, file: VaultFile, *, missing: bool = False) -> Self:
        """What a vault's file says."""
        return cls(file.fingerprint, file.source, file.made_at_ms, file.recovery_at_ms, missing)


def status(folder: DataFolder) -> KeyStatus | None:
    """The vault's; None before there is one.

    Raises:
        VaultProblem: The file is damaged.
    """
    try:
        file = read_vault_file(folder.vault)
    except VaultFileInvalid as error:
        raise VaultProblem(f"{error} Put a copy of it back.") from error
    if file is None:
        return None
    missing = file.source == "file" and not _in_its_file(folder, file)
    return KeyStatus.of(file, missing=missing)


def _in_its_file(folder: DataFolder, file: VaultFile) -> bool:
    try:
        return MasterKeyFile(folder.master_key).get(file.key_id) is not None
    except (OSError, ValueError):
        return False


def print_recovery(folder: DataFolder, vault: Vault, *, by: str) -> RecoveryKey:
    """Makes another recovery key; the one before opens backups of before alone.

    Raises:
        VaultProblem: The disk refused.
    """
    fresh = RecoveryKey.fresh()
    keep_recovery(folder, vault, fresh, by=by)
    return fresh


def keep_recovery(folder: DataFolder, vault: Vault, key: RecoveryKey, *, by: str) -> None:
    """Makes `key` the recovery key; the one before opens backups of before alone.

    For a window, which shows a key first and keeps it once somebody has written it down.

    Raises:
        VaultProblem: The disk refused; the one before still counts.
    """
    _keep(folder, vault, vault.recovered_by(key.key, vault.file))
    log_event(_LOG, "recovery_key_made", by=by)


def change_source(
    folder: DataFolder,
    vault: Vault,
    source: Source,
    *,
    by: str,
    passphrase: str | None = None,
    keyring: OpenKeyring = system_keyring,
) -> None:
    """Replaces the master key by another one that is kept elsewhere (or in the same place).

    The recovery key stays good.

    Args:
        folder: Where the data are; its lock is held.
        vault: Opened.
        source: Where the new master key is to be.
        by: Who asks.
        passphrase: What the new key is made of, with that source.
        keyring: Opens the system's keyring.

    Raises:
        VaultProblem: The passphrase is too short, or the new place cannot be used; the old key
            counts then.
    """
    _replace_master(folder, vault, source, passphrase, keyring)
    log_event(_LOG, "master_key_moved", source=source, by=by)


def rotate(
    folder: DataFolder,
    vault: Vault,
    *,
    by: str,
    passphrase: str | None = None,
    keyring: OpenKeyring = system_keyring,
) -> RecoveryKey:
    """Replaces the master key and the recovery key; those before open backups of before alone.

    Args:
        folder: As `change_source`.
        vault: As `change_source`.
        by: As `change_source`.
        passphrase: The new one, where the master key is made of one.
        keyring: As `change_source`.

    Raises:
        VaultProblem: As `change_source`.
    """
    fresh = RecoveryKey.fresh()
    _replace_master(folder, vault, vault.file.source, passphrase, keyring, recovery=fresh)
    log_event(_LOG, "master_key_rotated", by=by)
    return fresh


def use_recovery(
    folder: DataFolder,
    text: str,
    *,
    by: str,
    passphrase: str | None = None,
    keyring: OpenKeyring = system_keyring,
) -> Vault:
    """Opens the vault with the recovery key and makes a new master key.

    Args:
        folder: Where the data are; its lock is held.
        text: The recovery key as it was typed.
        by: Who asks.
        passphrase: What the new master key is made of; None for the keyring, or a file.
        keyring: Opens the system's keyring.

    Raises:
        VaultProblem: It is not the recovery key, or there is no vault; nothing was changed.
    """
    try:
        key = RecoveryKey.parse(text)
        file = read_vault_file(folder.vault)
    except RecoveryKeyInvalid as error:
        raise VaultProblem(str(error)) from error
    except VaultFileInvalid as error:
        raise VaultProblem(f"{error} Put a copy of it back.") from error
    if file is None:
        raise VaultProblem(
            f"{folder.vault} is missing: the recovery key opens it, but does not replace it. "
            "Put a copy of the folder keys back."
        )
    if file.recovery is None:
        raise VaultProblem("No recovery key was ever printed for these data.")
    vault = _recovered(file, key.key, folder.vault)
    _replace_master(folder, vault, None, passphrase, keyring, fresh_file=True)
    log_event(_LOG, "recovery_key_used", by=by)
    return vault


def _recovered(file: VaultFile, recovery: bytes, path: Path) -> Vault:
    """The vault, opened by the recovery key.

    Raises:
        NotTheRecoveryKey: It is not the recovery key of this vault.
        VaultProblem: vault.json was changed.
    """
    try:
        key = file.open_with_recovery(recovery)
        file.check(path, key)
    except SealBroken as error:
        raise NotTheRecoveryKey(
            "This is not the recovery key of these data: a later one may have been printed."
        ) from error
    except VaultFileInvalid as error:
        raise VaultProblem(f"{error} Put a copy of it back.") from error
    return Vault(key, file)


def _replace_master(
    folder: DataFolder,
    vault: Vault,
    source: Source | None,
    passphrase: str | None,
    keyring: OpenKeyring,
    *,
    recovery: RecoveryKey | None = None,
    fresh_file: bool = False,
) -> None:
    _check_passphrase(source, passphrase)
    before, key_id = vault.file, uuid.uuid4().hex
    try:
        if fresh_file:
            _set_aside_if_damaged(folder)
        master, place, stretching = keep_master(folder, key_id, passphrase, keyring, source)
        file = vault.wrapped_by(master, key_id)
        file = replace(file, source=place, stretching=stretching)
        if recovery is not None:
            file = vault.recovered_by(recovery.key, file)
        vault.keep(file, folder.vault)
        if folder.master_key.exists():
            MasterKeyFile(folder.master_key).keep_only(key_id if place == "file" else "")
    except KeyringTrouble as error:
        raise VaultProblem(str(error)) from error
    except ValueError as error:
        raise VaultProblem(f"{error} Put a copy of it back.") from error
    except OSError as error:
        raise _refused(folder, error) from error
    forget_master(before, keyring)


def new_vault(
    folder: DataFolder,
    vault: Vault,
    *,
    carry: Iterable[Purpose],
    passphrase: str | None = None,
    keyring: OpenKeyring = system_keyring,
) -> Vault:
    """A vault with another key inside, and another master key in the same place as that of before.

    What is sealed is still sealed with the key of before. `forget_master` removes from the keyring
    the one that does not count in the end.

    Args:
        folder: Where the master key is put, when it is kept in a file: not where that of before is.
        vault: As `change_source`.
        carry: Purposes whose keys are still needed.
        passphrase: As `rotate`.
        keyring: As `change_source`.

    Raises:
        VaultProblem: As `change_source`.
    """
    source = vault.file.source
    _check_passphrase(source, passphrase)
    key_id = uuid.uuid4().hex
    try:
        master, place, stretching = keep_master(folder, key_id, passphrase, keyring, source)
    except KeyringTrouble as error:
        raise VaultProblem(str(error)) from error
    except ValueError as error:
        raise VaultProblem(f"{error} Put a copy of it back.") from error
    except OSError as error:
        raise _refused(folder, error) from error
    return vault.renewed(master, key_id, place, stretching, carry)


def _check_passphrase(source: Source | None, passphrase: str | None) -> None:
    if (source == "passphrase" or passphrase is not None) and (
        len(passphrase or "") < SHORTEST_PASSPHRASE
    ):
        raise VaultProblem(
            f"A passphrase needs at least {SHORTEST_PASSPHRASE} characters: "
            "four words that nobody would say together are good."
        )


def _set_aside_if_damaged(folder: DataFolder) -> None:
    """A file that holds no key any more must not keep the recovery key from helping."""
    try:
        MasterKeyFile(folder.master_key).get("")
    except ValueError:
        folder.master_key.rename(folder.master_key.with_suffix(".key.damaged"))


def forget_master(file: VaultFile, keyring: OpenKeyring = system_keyring) -> None:
    """Takes the master key of a vault that does not count (any more) out of the keyring."""
    if file.source != "keyring":
        return
    store = keyring()
    try:
        if store is not None:
            store.forget(file.key_id)
    except KeyringTrouble as error:
        # It opens nothing any more.
        log_event(_LOG, "old_key_not_forgotten", level=logging.WARNING, reason=str(error))


def _keep(folder: DataFolder, vault: Vault, file: VaultFile) -> None:
    try:
        vault.keep(file, folder.vault)
    except OSError as error:
        raise _refused(folder, error) from error


def _refused(folder: DataFolder, error: OSError) -> VaultProblem:
    return VaultProblem(
        f"The folder {folder.keys} cannot be written ({error.strerror or error}): check its "
        "permissions and the disk's space. The key before still counts."
    )
