"""The vault: opens the key that seals everything on the server's disk, and derives keys from it."""

import time
import uuid
from pathlib import Path

from security.keys import fingerprint, wrap
from security.sealing import SealBroken, Sealer, derive, new_key
from server.data_folder import DataFolder
from server.master_keys import MasterKeyFile
from server.vault_file import VaultFile, VaultFileInvalid, read_vault_file


class VaultProblem(Exception):  # noqa: N818 - named for what happened
    """Raised when the vault cannot be opened; one sentence. Nothing was written over."""


class VaultLocked(VaultProblem):
    """Raised when the passphrase is missing or is not the one; the sentence asks for it."""


class Vault:
    """The opened vault; any thread may call. Purposes are words, such as `history names`.

    Args:
        key: The key inside.
        file: What stands in vault.json.
        made: Whether it was made just now.
    """

    def __init__(self, key: bytes, file: VaultFile, *, made: bool = False) -> None:
        self._key = key
        self.file = file
        self.made = made

    @property
    def fingerprint(self) -> str:
        """Names the key inside, for people: sixteen hex characters in fours."""
        return self.file.fingerprint

    def key(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose; the same at every start."""
        return derive(self._key, purpose)

    def sealer(self, purpose: str) -> Sealer:
        """Seals and unseals for one purpose."""
        return Sealer(self.key(purpose))


def open_vault(folder: DataFolder, *, passphrase: str | None = None) -> Vault:
    """Opens the vault of a data folder, which is made in a folder that has nothing sealed yet.

    Call it with the folder's lock held.

    Args:
        folder: Where the data are.
        passphrase: Where the master key is one.

    Raises:
        VaultLocked: It needs a passphrase, or another one.
        VaultProblem: The key is missing or another one, or a file is damaged.
    """
    try:
        file = read_vault_file(folder.vault)
        if file is None:
            return _make(folder)
        key = file.open(_master(folder, file, passphrase))
        file.check(folder.vault, key)
    except (VaultFileInvalid, ValueError) as error:
        raise VaultProblem(f"{error} Put a copy of it back.") from error
    except SealBroken as error:
        raise _not_the_key(folder, passphrase) from error
    except OSError as error:
        raise VaultProblem(
            f"The folder {folder.keys} cannot be used ({error.strerror or error}): "
            "check its permissions."
        ) from error
    return Vault(key, file)


def _master(folder: DataFolder, file: VaultFile, passphrase: str | None) -> bytes:
    if file.source == "passphrase" and file.stretching is not None:
        if passphrase is None:
            raise VaultLocked("The data are sealed with a passphrase: type it to open them.")
        return file.stretching.key(passphrase)
    master = MasterKeyFile(folder.master_key).get(file.key_id)
    if master is None:
        raise VaultProblem(
            f"The master key is missing: {folder.master_key} has to hold the key of "
            f"{folder.vault}. Put it back, or use the recovery key: "
            "python -m server key use-recovery."
        )
    return master


def _not_the_key(folder: DataFolder, passphrase: str | None) -> VaultProblem:
    if passphrase is not None:
        return VaultLocked("This is not the passphrase: type it again.")
    return VaultProblem(
        f"The master key in {folder.master_key} is another one than that of {folder.vault}. "
        "Put the right one back, or use the recovery key: python -m server key use-recovery."
    )


def _make(folder: DataFolder) -> Vault:
    sealed = _sealed_already(folder)
    if sealed is not None:
        raise VaultProblem(
            f"{folder.vault} is missing, but {sealed} is sealed with its key: put a copy of the "
            "folder keys back. No new key was made."
        )
    _private_folder(folder.keys)
    key, master, key_id = new_key(), new_key(), uuid.uuid4().hex
    file = VaultFile(
        key_id=key_id,
        fingerprint=fingerprint(key),
        made_at_ms=time.time_ns() // 1_000_000,
        source="file",
        wrapped=wrap(master, key, f"master {key_id}"),
    )
    # The master key first: a vault that nobody can open would be worse than none.
    keys = MasterKeyFile(folder.master_key)
    keys.put(key_id, master)
    file.write(folder.vault, key)
    keys.keep_only(key_id)
    return Vault(key, file, made=True)


def _private_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def _sealed_already(folder: DataFolder) -> Path | None:
    """Something that only a vault which is missing now can open."""
    candidates = [*folder.keys.glob("*.sealed"), *folder.root.glob("pictures/*.sealed")]
    return candidates[0] if candidates else None
