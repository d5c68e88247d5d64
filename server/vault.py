"""The vault: opens the key that seals everything on the server's disk, and derives keys from it."""

import os
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from security.keyring_store import KeyringStore, KeyringTrouble, system_keyring
from security.keys import Stretching, fingerprint, wrap
from security.sealing import SealBroken, Sealer, derive, new_key
from server.command_words import server_command
from server.data_folder import DataFolder, DataInUse
from server.master_keys import MasterKeyFile
from server.purposes import Purpose
from server.sealed_already import sealed_already, unsealed_before
from server.swap import PlanRefused
from server.vault_file import Source, VaultFile, VaultFileInvalid, read_vault_file

PASSPHRASE_FILE = "FACENETGRID_PASSPHRASE_FILE"  # noqa: S105 - a name, not a passphrase
"""Names the file whose first line is the passphrase, for servers that nobody sits before."""
BEING_PUT = "The data are being put in place by another program: try again in a moment."
_LONGEST = 1024

OpenKeyring = Callable[[], KeyringStore | None]


class VaultProblem(Exception):  # noqa: N818 - named for what happened
    """Raised when the vault cannot be opened; one sentence. Nothing was written over."""


class VaultLocked(VaultProblem):
    """Raised when the passphrase is missing or is not the one; the sentence asks for it."""


class NotTheRecoveryKey(VaultProblem):
    """Raised when the vault has another recovery key; the sentence says so."""


class Vault:
    """The opened vault; any thread may call.

    Args:
        key: The key inside.
        file: What stands in vault.json.
        made: Whether it was made just now.
    """

    def __init__(self, key: bytes, file: VaultFile, *, made: bool = False) -> None:
        self._key = key
        self._carried = file.carried_by(key)
        self.file = file
        self.made = made

    @property
    def fingerprint(self) -> str:
        """Names the key inside, for people: sixteen hex characters in fours."""
        return self.file.fingerprint

    @property
    def fingerprints(self) -> frozenset[str]:
        """Of the key inside and of those before it: what was made with them is of these data."""
        return frozenset((self.fingerprint, *self.file.earlier))

    def key(self, purpose: Purpose) -> bytes:
        """A key of 32 bytes for one purpose; the same at every start."""
        return derive(self._key, purpose)

    def keys(self, purpose: Purpose) -> tuple[bytes, ...]:
        """`key`, after those of before that are still needed for what cannot be made anew."""
        return (*self._carried.get(purpose, ()), self.key(purpose))

    def sealer(self, purpose: Purpose) -> Sealer:
        """Seals and unseals for one purpose."""
        return Sealer(self.key(purpose))

    def hand_over(self) -> str:
        """The key inside as text, for the standard input of a program that this one starts."""
        return self._key.hex()

    def keep(self, file: VaultFile, path: Path) -> None:
        """Puts another vault.json around the key inside.

        Raises:
            OSError: The disk refused; the old file is untouched.
        """
        file.write(path, self._key)
        self.file = file

    def read_again(self, path: Path) -> VaultFile:
        """What stands in vault.json now, where another master key may have been put around.

        Raises:
            OSError: It is not there, or was changed.
        """
        try:
            file = read_vault_file(path)
            if file is None:
                raise OSError(f"{path} is missing")
            file.check(path, self._key)
        except VaultFileInvalid as error:
            raise OSError(str(error)) from error
        self.file = file
        return file

    def wrapped_by(self, master: bytes, key_id: str) -> VaultFile:
        """What vault.json says when another master key opens it; not written yet."""
        return self.file.wrapping(self._key, master, key_id)

    def renewed(
        self,
        master: bytes,
        key_id: str,
        source: Source,
        stretching: Stretching | None,
        carry: Iterable[Purpose],
    ) -> "Vault":
        """The vault with another key inside, which nothing is sealed with yet; not written yet.

        No recovery key opens it: that of before is known to nobody here.

        Args:
            master: The new master key.
            key_id: Names it.
            source: Where it is.
            stretching: How it is made of a passphrase, with that source.
            carry: Purposes whose keys are still needed.
        """
        key = new_key()
        file = VaultFile(
            key_id=key_id,
            fingerprint=fingerprint(key),
            made_at_ms=time.time_ns() // 1_000_000,
            source=source,
            wrapped=b"",
            stretching=stretching,
            log_since_ms=self.file.log_since_ms,
            earlier=(*self.file.earlier, self.fingerprint),
        )
        file = file.wrapping(key, master, key_id)
        return Vault(key, file.carrying(key, {one: self.keys(one) for one in carry}))

    def recovered_by(self, recovery: bytes, file: VaultFile) -> VaultFile:
        """`file`, opened by this recovery key too; not written yet."""
        return file.recoverable(self._key, recovery, time.time_ns() // 1_000_000)


def open_vault(
    folder: DataFolder,
    *,
    passphrase: str | None = None,
    keyring: OpenKeyring = system_keyring,
    make: bool = True,
) -> Vault:
    """Opens the vault of a data folder, which is made in a folder that has nothing sealed yet.

    A new master key is a passphrase where one is given, is kept in the system's keyring where
    there is one, and in a file of the folder otherwise.

    Args:
        folder: Where the data are; the caller holds its lock, unless `make` is False.
        passphrase: Where the master key is one; None for that of `FACENETGRID_PASSPHRASE_FILE`.
        keyring: Opens the system's keyring.
        make: Whether a vault may be made, and leftovers of a crash removed.

    Raises:
        VaultLocked: It needs a passphrase, or another one.
        VaultProblem: The key is missing or another one, or a file is damaged.
    """
    try:
        folder.settle()
        return _open(folder, passphrase, keyring, make=make)
    except DataInUse as error:
        raise VaultProblem(BEING_PUT) from error
    except PlanRefused as error:
        raise VaultProblem(str(error)) from error
    except VaultProblem as problem:
        if folder.unsettled:  # one file of before, and one of after
            raise VaultProblem(BEING_PUT) from problem
        raise
    except OSError as error:
        raise _unusable(folder, error) from error


def _open(folder: DataFolder, passphrase: str | None, keyring: OpenKeyring, *, make: bool) -> Vault:
    try:
        told = told_passphrase() if passphrase is None else passphrase
        file = read_vault_file(folder.vault)
        if file is None:
            if not make:
                _check_none_sealed(folder)
                start = server_command(folder=folder.root)
                raise VaultProblem(f"There is no {folder.vault}: start the server once: {start}")
            return _make(folder, told, keyring)
        key = file.open(_master(folder, file, told, keyring))
        file.check(folder.vault, key)
        if make and folder.master_key.exists():
            # What a crash left while one key took the place of another.
            MasterKeyFile(folder.master_key).keep_only(file.key_id if _in_file(file) else "")
    except (VaultFileInvalid, ValueError) as error:
        raise VaultProblem(f"{error} Put a copy of it back.") from error
    except SealBroken as error:
        raise _not_the_key(folder, file) from error
    except OSError as error:
        raise _unusable(folder, error) from error
    return Vault(key, file)


def _unusable(folder: DataFolder, error: OSError) -> VaultProblem:
    return VaultProblem(
        f"The folder {folder.keys} cannot be used ({error.strerror or error}): "
        "check its permissions."
    )


def told_passphrase() -> str | None:
    """The first line of the file that `FACENETGRID_PASSPHRASE_FILE` names; None without it.

    Raises:
        VaultProblem: The file cannot be read, or its first line is no passphrase.
    """
    name = os.environ.get(PASSPHRASE_FILE, "")
    return read_passphrase(Path(name)) if name else None


def read_passphrase(path: Path) -> str:
    """The first line of a file.

    Raises:
        VaultProblem: It cannot be read, or its first line is no passphrase.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST + 1)
        line = data.decode("utf-8").split("\n", 1)[0].rstrip("\r")
    except OSError as error:
        raise VaultProblem(
            f"The passphrase's file {path} cannot be read ({error.strerror or error})."
        ) from error
    except UnicodeDecodeError as error:
        raise VaultProblem(f"The passphrase's file {path} holds no text.") from error
    if not line or len(data) > _LONGEST:
        raise VaultProblem(f"The first line of {path} has to be the passphrase.")
    return line


def _in_file(file: VaultFile) -> bool:
    return file.source == "file"


def _master(
    folder: DataFolder, file: VaultFile, passphrase: str | None, keyring: OpenKeyring
) -> bytes:
    if file.source == "passphrase" and file.stretching is not None:
        if passphrase is None:
            raise VaultLocked(
                "The data are sealed with a passphrase: type it to open them, or name the file "
                "that it is in (--passphrase-file FILE)."
            )
        return file.stretching.key(passphrase)
    if file.source == "keyring":
        return _from_keyring(folder, file, keyring)
    master = MasterKeyFile(folder.master_key).get(file.key_id)
    if master is None:
        raise VaultProblem(
            f"The master key is missing: {folder.master_key} has to hold the key of "
            f"{folder.vault}. {_recover(folder)}"
        )
    return master


def _recover(folder: DataFolder) -> str:
    return f"Put it back, or use the recovery key: {_by_recovery(folder)}"


def _by_recovery(folder: DataFolder) -> str:
    return server_command("key", "use-recovery", folder=folder.root)


def _from_keyring(folder: DataFolder, file: VaultFile, keyring: OpenKeyring) -> bytes:
    store = keyring()
    try:
        master = None if store is None else store.get(file.key_id)
    except KeyringTrouble as error:
        raise VaultProblem(f"The master key is in the system's keyring. {error}") from error
    if master is None:
        what = "there is none to use" if store is None else "it is not there any more"
        raise VaultProblem(
            f"The master key was kept in the system's keyring, but {what}: sign in to the desktop "
            f"and unlock the keyring, or use the recovery key: {_by_recovery(folder)}"
        )
    return master


def _not_the_key(folder: DataFolder, file: VaultFile | None) -> VaultProblem:
    if file is not None and file.source == "passphrase":
        return VaultLocked("This is not the passphrase: type it again.")
    if file is not None and file.source == "keyring":
        return VaultProblem(f"The key in the system's keyring is not that of {folder.vault}.")
    return VaultProblem(
        f"The master key in {folder.master_key} is another one than that of {folder.vault}. "
        f"{_recover(folder)}"
    )


def _check_none_sealed(folder: DataFolder) -> None:
    sealed = sealed_already(folder)
    if sealed is not None:
        raise VaultProblem(
            f"{folder.vault} is missing, but {sealed} is sealed with its key: put a copy of the "
            "folder keys back. No new key was made."
        )


def _make(folder: DataFolder, passphrase: str | None, keyring: OpenKeyring) -> Vault:
    _check_none_sealed(folder)
    folder.keys.mkdir(parents=True, exist_ok=True)
    folder.keys.chmod(0o700)
    key, key_id = new_key(), uuid.uuid4().hex
    # The master key first: a vault that nobody can open would be worse than none.
    master, source, stretching = keep_master(folder, key_id, passphrase, keyring)
    file = VaultFile(
        key_id=key_id,
        fingerprint=fingerprint(key),
        made_at_ms=time.time_ns() // 1_000_000,
        source=source,
        wrapped=wrap(master, key, f"master {key_id}"),
        stretching=stretching,
        taking_over=unsealed_before(folder),
    )
    file.write(folder.vault, key)
    if folder.master_key.exists():
        MasterKeyFile(folder.master_key).keep_only(key_id if _in_file(file) else "")
    return Vault(key, file, made=True)


def keep_master(
    folder: DataFolder,
    key_id: str,
    passphrase: str | None,
    keyring: OpenKeyring,
    wanted: Source | None = None,
) -> tuple[bytes, Source, Stretching | None]:
    """Makes a master key and keeps it beside those there are.

    Args:
        folder: Where the file is, when it is kept in one.
        key_id: Names it.
        passphrase: When given, the key is made of it and kept nowhere.
        keyring: Opens the system's keyring.
        wanted: Where it is to be; None for the first of passphrase, keyring and file that works.

    Raises:
        KeyringTrouble: The keyring was wanted and cannot be used.
        OSError: The file cannot be written.
        ValueError: The file is damaged.
    """
    if wanted == "passphrase" or (wanted is None and passphrase is not None):
        stretching = Stretching.fresh()
        return stretching.key(passphrase or ""), "passphrase", stretching
    master = new_key()
    if wanted in (None, "keyring"):
        store = keyring()
        try:
            if store is not None:
                store.put(key_id, master)
                return master, "keyring", None
        except KeyringTrouble:
            if wanted == "keyring":
                raise
        if wanted == "keyring":
            raise KeyringTrouble("There is no keyring of the system to use.")
    MasterKeyFile(folder.master_key).put(key_id, master)
    return master, "file", None


def handed_over(folder: DataFolder, text: str) -> Vault:
    """The vault for a program that this one started, by what `Vault.hand_over` gave.

    Raises:
        VaultProblem: It is not the key of this vault.
    """
    try:
        key, file = bytes.fromhex(text), read_vault_file(folder.vault)
        if file is None or fingerprint(key) != file.fingerprint:
            raise VaultProblem(f"{folder.vault} is not the vault that was handed over.")
        file.check(folder.vault, key)
    except (ValueError, VaultFileInvalid) as error:
        raise VaultProblem(str(error)) from error
    return Vault(key, file)
