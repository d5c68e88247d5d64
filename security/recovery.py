"""The recovery key: printed once, kept in a drawer, it opens the vault when the master key is gone.

Base32 without letters that look alike (Crockford's), in groups of four, the last of them a checksum
that catches a slip of the pen before anything is tried.
"""

import hashlib
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from security.sealing import KEY_BYTES

SECRET_BYTES = 20
"""160 bits: nobody tries them all, and 36 characters can still be typed."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CHECK = 4
_LETTERS = SECRET_BYTES * 8 // 5


class RecoveryKeyInvalid(Exception):  # noqa: N818 - named for what happened
    """Raised when a text is no recovery key; the sentence says what is wrong with it."""


@dataclass(frozen=True, slots=True, repr=False)
class RecoveryKey:
    """A secret of 20 bytes that can be printed and typed."""

    secret: bytes

    @classmethod
    def fresh(cls) -> "RecoveryKey":
        """A new one from the system's generator."""
        return cls(os.urandom(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RecoveryKey":
        """The key that somebody typed; blanks, hyphens and small letters don't matter.

        Raises:
            RecoveryKeyInvalid: It is too long or short, or its checksum is another one.
        """
        letters = _letters(text)
        if len(letters) != _LETTERS + _CHECK:
            raise RecoveryKeyInvalid(
                f"A recovery key has {_LETTERS + _CHECK} letters and digits, this has "
                f"{len(letters)}."
            )
        wrong = sorted(set(letters) - set(_ALPHABET))
        if wrong:
            raise RecoveryKeyInvalid("It holds a character that no recovery key has: check it.")
        number = 0
        for letter in letters[:_LETTERS]:
            number = number * 32 + _ALPHABET.index(letter)
        key = cls(number.to_bytes(SECRET_BYTES, "big"))
        if _checksum(key.secret) != letters[_LETTERS:]:
            raise RecoveryKeyInvalid("It was typed wrong: its last four characters do not fit.")
        return key

    @property
    def text(self) -> str:
        """As it is printed: nine groups of four."""
        number = int.from_bytes(self.secret, "big")
        letters = "".join(
            _ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LETTERS))
        ) + _checksum(self.secret)
        return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))

    @property
    def groups(self) -> tuple[str, ...]:
        """The nine groups, for writing them down one by one."""
        return tuple(self.text.split("-"))

    def has_group(self, place: int, typed: str) -> bool:
        """Whether somebody typed the group at a place from 0; read as kindly as by `parse`."""
        return _letters(typed) == self.groups[place]

    @property
    def key(self) -> bytes:
        """The key of 32 bytes that wraps with it."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"recovery key").derive(self.secret)


def _letters(text: str) -> str:
    return "".join(text.split()).replace("-", "").upper().translate(_READ_AS)


def _checksum(secret: bytes) -> str:
    number = int.from_bytes(hashlib.sha256(b"recovery checksum" + secret).digest()[:4], "big")
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_CHECK))
