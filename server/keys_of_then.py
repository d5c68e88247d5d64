"""What is kept of the keys before a renewal: enough to take people out of backups of then.

It opens no face, picture, account or key of the server's: a backup of then is read by whoever has
the key of then alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from security.sealing import Sealer
from server.purposes import Purpose, VaultLike
from server.vault import Vault

OF_BACKUPS = (
    Purpose.BACKUPS,
    Purpose.HISTORY,
    Purpose.HISTORY_ROWS,
    Purpose.PEOPLE_LIST,
    Purpose.RECEIPTS,
)
"""The proof of a backup, and of what is changed in it: history, list of people, receipts."""


@dataclass(frozen=True, slots=True)
class KeysOfThen:
    """Some keys of a vault of before (`VaultLike`)."""

    kept: Mapping[Purpose, bytes]

    def key(self, purpose: Purpose) -> bytes:
        """A key of 32 bytes; KeyError for one that is not kept."""
        return self.kept[purpose]

    def sealer(self, purpose: Purpose) -> Sealer:
        """Seals and unseals for one purpose."""
        return Sealer(self.key(purpose))


def keys_of(vault: Vault, fingerprint: str) -> VaultLike | None:
    """The keys that belong to what was made with a key of these data.

    Args:
        vault: Of the data, opened.
        fingerprint: Of the key that it was made with.

    Returns:
        None when that key is none of these data's, or nothing is kept of it: they were renewed by
        a version that kept nothing.
    """
    if fingerprint == vault.fingerprint:
        return vault
    if fingerprint not in vault.file.earlier:
        return None
    renewals = len(vault.file.earlier) - vault.file.earlier.index(fingerprint)
    found = {purpose: vault.keys(purpose) for purpose in OF_BACKUPS}
    if any(len(keys) <= renewals for keys in found.values()):
        return None
    return KeysOfThen({purpose: keys[-1 - renewals] for purpose, keys in found.items()})
