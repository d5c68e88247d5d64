"""Seals the names in the history with the vault's key, as the event log wants it."""

from database.errors import SealWrong
from security.sealing import SealBroken
from server.vault import Vault

PURPOSE = "history names"


class HistoryCipher:
    """The `database.cipher.Cipher` of a vault. Any thread may call."""

    def __init__(self, vault: Vault) -> None:
        self._sealer = vault.sealer(PURPOSE)

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """The sealed bytes."""
        return self._sealer.seal(plain, about)

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """The plain bytes.

        Raises:
            SealWrong: Another key sealed them, or they were changed or moved.
        """
        try:
            return self._sealer.unseal(sealed, about)
        except SealBroken as error:
            raise SealWrong(str(error)) from error
