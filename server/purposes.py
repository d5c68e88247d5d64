"""What the vault's keys are for: each purpose has a key of its own, and all are renewed together.

Who adds one says in `server.renewed_stores` how what it sealed is renewed; a test asks for it.
"""

import enum
from typing import Protocol


class Purpose(enum.StrEnum):
    """The word that a key is derived by; a word that was in use is never changed."""

    ACCOUNTS = "accounts"
    AUDIT = "audit signing key"
    AUTHORITY = "authority key"
    BACKUPS = "backups"
    CONSENT_TEXTS = "consent texts"
    DELETIONS = "deletions"
    DEVICES = "devices"
    ENROLMENTS = "erased enrolments"
    HISTORY = "history names"
    HISTORY_ROWS = "history rows"
    LAST_TIME = "last time"
    MISSES = "misses"
    MISSES_FILE = "misses file"
    PEOPLE_FILES = "people's files"
    PEOPLE_KEYS = "people's keys"
    PEOPLE_LIST = "list of people"
    PICTURES = "pictures"
    RECEIPTS = "erasure receipts"
    REFUSED_PHOTOS = "refused photos"
    REPLAYS = "replays"
    STRANGERS = "strangers"


class Sealing(Protocol):
    """What seals (`security.sealing.Sealer`)."""

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Sealed bytes."""

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """The plain bytes again."""


class VaultLike(Protocol):
    """What gives keys (`server.vault.Vault`)."""

    def key(self, purpose: Purpose) -> bytes:
        """A key of 32 bytes."""

    def sealer(self, purpose: Purpose) -> Sealing:
        """Seals and unseals."""
