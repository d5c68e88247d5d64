"""Accounts, an audit log and the administration over both, in a folder, for tests."""

from collections.abc import Callable
from pathlib import Path

from security.passwords import Passwords
from security.sealing import Sealer, derive
from server.accounts import Accounts
from server.administration import Administration
from server.audit import Audit

GOOD = "a brass owl counts to nine"
OTHER = "seven kites over the harbour"
CHEAP = Passwords(passes=1, memory_kib=64, lanes=1)
"""Protects nothing, and takes no time."""


class MadeUpVault:
    """Derives keys as the vault does, from a key that everybody knows."""

    def __init__(self, key: bytes = b"k" * 32) -> None:
        self._key = key

    def key(self, purpose: str) -> bytes:
        """A key of 32 bytes."""
        return derive(self._key, purpose)

    def sealer(self, purpose: str) -> Sealer:
        """Seals and unseals."""
        return Sealer(self.key(purpose))


class Clock:
    """A clock that goes when it is told to, ms."""

    def __init__(self, now_ms: int = 1_800_000_000_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def go(self, seconds: float) -> None:
        """Some time passes."""
        self.now_ms += round(1000 * seconds)


def accounts_in(folder: Path, clock: Clock | None = None) -> Accounts:
    """The accounts of a folder."""
    sealer = MadeUpVault().sealer("accounts")
    path = folder / "keys" / "accounts.sealed"
    return Accounts(path, sealer, passwords=CHEAP, now_ms=clock or Clock())


def audit_in(
    folder: Path,
    *,
    alarm: Callable[[str], None] = lambda _sentence: None,
    key: bytes = b"k" * 32,
) -> Audit:
    """The opened audit log of a folder."""
    audit = Audit(folder / "audit", folder / "keys" / "head.sealed", MadeUpVault(key), alarm=alarm)
    audit.open()
    return audit


def administration_in(folder: Path) -> tuple[Administration, Accounts, Audit]:
    """All three."""
    accounts, audit = accounts_in(folder), audit_in(folder)
    return Administration(accounts, audit), accounts, audit
