"""A vault for tests of files: the same key at every call, nothing on the disk."""

from pathlib import Path
from typing import Any

import pytest

from security.keys import Stretching, fingerprint
from server.photo_ledger import PURPOSE, RefusedPhotos
from server.vault import Vault
from server.vault_file import VaultFile

KEY = bytes(range(32))


def refused_photos(path: Path, rules: str, **options: Any) -> RefusedPhotos:
    """A ledger of refused pictures, sealed with that vault."""
    return RefusedPhotos(path, a_vault().sealer(PURPOSE), rules, **options)


def a_vault(key: bytes = KEY) -> Vault:
    """An opened one."""
    file = VaultFile(
        key_id="0" * 32, fingerprint=fingerprint(key), made_at_ms=0, source="file", wrapped=b""
    )
    return Vault(key, file)


def quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase is stretched in no time; how much it is elsewhere has a test of its own."""
    quick = Stretching(salt=bytes(16), passes=1, memory_kib=64, lanes=1)
    monkeypatch.setattr(Stretching, "fresh", lambda: quick)
