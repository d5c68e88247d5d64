"""What seals the names in the history: functions the event log is given, and a key of its own."""

import hmac
import os
from typing import Protocol

CONTENT_KEY_BYTES = 32
PROOF_BYTES = 16
"""Whoever guesses is right once in 2**128 tries, and only the program can tell whether."""
_CONTENT_KEY = b"key of the content hashes"


class Cipher(Protocol):
    """Seals and unseals. Any thread may call.

    `about` binds sealed bytes to what they belong to; whoever unseals has to name the same.
    """

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """The sealed bytes; twice the same plain text gives different ones."""

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """The plain bytes.

        Raises:
            SealWrong: Another key sealed them, or they were changed or moved.
        """

    def prove(self, plain: bytes) -> bytes:
        """`PROOF_BYTES` that nobody makes without the key; for the same bytes always the same."""


def seal_name(cipher: Cipher, name: str, subject_id: str) -> bytes:
    """A person's name as it is stored, bound to the person."""
    return cipher.seal(name.encode("utf-8"), _about(subject_id))


def unseal_name(cipher: Cipher, sealed: bytes, subject_id: str) -> str:
    """The name again.

    Raises:
        SealWrong: As `Cipher.unseal`.
    """
    return cipher.unseal(sealed, _about(subject_id)).decode("utf-8")


def new_content_key(cipher: Cipher) -> bytes:
    """A fresh key for `keyed`, sealed. It also proves at each opening that the cipher is right."""
    return cipher.seal(os.urandom(CONTENT_KEY_BYTES), _CONTENT_KEY)


def open_content_key(cipher: Cipher, sealed: bytes) -> bytes:
    """The key for `keyed`.

    Raises:
        SealWrong: As `Cipher.unseal`.
    """
    return cipher.unseal(sealed, _CONTENT_KEY)


def renewed_content_key(key: bytes, cipher: Cipher) -> tuple[bytes, bytes]:
    """A fresh key after those there are.

    Returns:
        The fresh one alone, for what is stored; and all of them, sealed.
    """
    fresh = os.urandom(CONTENT_KEY_BYTES)
    return fresh, cipher.seal(key + fresh, _CONTENT_KEY)


def keyed(content_hash: str, key: bytes) -> str:
    """HMAC-SHA256 (hex) of a content hash.

    The hash alone would tell anybody who holds an encoding whether, when and where it was seen.

    Args:
        content_hash: The plain one.
        key: As `open_content_key` gives it: several, one after the other, once it was renewed.
            Then each makes a hash of the hash before, so that what is stored could be renewed too.
    """
    for at in range(0, len(key), CONTENT_KEY_BYTES):
        part = key[at : at + CONTENT_KEY_BYTES]
        content_hash = hmac.digest(part, content_hash.encode("utf-8"), "sha256").hex()
    return content_hash


def _about(subject_id: str) -> bytes:
    return b"name of " + subject_id.encode("utf-8")
