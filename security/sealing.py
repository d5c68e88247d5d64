"""Sealing: AES-256-GCM over bytes, bound to what they are about; keys derived by purpose."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD = NONCE_BYTES + TAG_BYTES
"""Bytes by which a sealed text is longer than the plain one."""


class SealBroken(Exception):  # noqa: N818 - named for what happened
    """Raised when sealed bytes were changed, moved elsewhere, or sealed with another key."""


def new_key() -> bytes:
    """A fresh key: 32 bytes from the system's generator."""
    return os.urandom(KEY_BYTES)


def derive(key: bytes, purpose: str) -> bytes:
    """Another key of 32 bytes for one purpose (HKDF-SHA256); it does not lead back.

    Args:
        key: 32 random bytes; never a password.
        purpose: What the derived key is for, such as `history names`. Different purposes give
            keys that have nothing to do with each other.
    """
    _check(key)
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode("utf-8")).derive(key)


class Sealer:
    """Seals and unseals with one key. Any thread may call.

    Nonces are random: NIST SP 800-38D allows 2**32 sealings under one key that way.

    Args:
        key: 32 random bytes, as of `new_key` or `derive`.

    Raises:
        ValueError: The key has another length.
    """

    def __init__(self, key: bytes) -> None:
        _check(key)
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Nonce, cipher text and tag: `OVERHEAD` bytes more than the plain text.

        Args:
            plain: What to keep secret.
            about: What it belongs to (the associated data), such as a person's id and version.
                It is not stored: who unseals has to know it.
        """
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, about)

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """The plain text again.

        Raises:
            SealBroken: Something was changed, belongs elsewhere, or another key sealed it.
        """
        if len(sealed) < OVERHEAD:
            raise SealBroken("Sealed bytes are too short: they were cut off.")
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
        except InvalidTag:
            raise SealBroken(
                "Sealed bytes were changed, moved, or sealed with another key."
            ) from None


def _check(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
