"""Keys that wrap others, keys made of a passphrase, and the name that a key goes by."""

import base64
import hashlib
import os
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw

from security.sealing import KEY_BYTES, Sealer, derive

SALT_BYTES = 16
_MOST_KIB = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretching:
    """How a passphrase becomes a key: Argon2id, slow and hungry on purpose.

    The usual numbers are the second choice of RFC 9106 (64 MiB, three passes, four lanes).

    Attributes:
        salt: Random, so that the same passphrase elsewhere gives another key.
        passes: Over the memory.
        memory_kib: Memory, KiB.
        lanes: Threads.
    """

    salt: bytes
    passes: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4

    def __post_init__(self) -> None:
        """Raises ValueError for numbers that no file of ours holds."""
        if not (
            len(self.salt) >= SALT_BYTES
            and 1 <= self.passes <= 64
            and 8 * self.lanes <= self.memory_kib <= _MOST_KIB
            and 1 <= self.lanes <= 64
        ):
            raise ValueError("the numbers for a passphrase are out of range")

    @classmethod
    def fresh(cls) -> "Stretching":
        """With a new salt."""
        return cls(salt=os.urandom(SALT_BYTES))

    def key(self, passphrase: str) -> bytes:
        """The key of a passphrase: 32 bytes; about a tenth of a second."""
        return hash_secret_raw(
            passphrase.encode("utf-8"),
            self.salt,
            time_cost=self.passes,
            memory_cost=self.memory_kib,
            parallelism=self.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )


def wrap(key: bytes, inner: bytes, about: str) -> bytes:
    """`inner` sealed with a key of the other's: without it nobody has it.

    Args:
        key: The wrapping key, 32 bytes.
        inner: The wrapped one.
        about: What the wrapping belongs to; asked for again by `unwrap`.
    """
    return Sealer(derive(key, "wrapping")).seal(inner, about.encode("utf-8"))


def unwrap(key: bytes, wrapped: bytes, about: str) -> bytes:
    """The inner key.

    Raises:
        SealBroken: Another key wrapped it, or it was changed.
    """
    return Sealer(derive(key, "wrapping")).unseal(wrapped, about.encode("utf-8"))


def fingerprint(key: bytes) -> str:
    """Sixteen hex characters in fours, such as `12ab-34cd-56ef-7890`; they don't lead back."""
    text = hashlib.sha256(derive(key, "fingerprint")).hexdigest()[:16]
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def as_text(data: bytes) -> str:
    """Bytes as base64, for JSON."""
    return base64.b64encode(data).decode("ascii")


def from_text(text: object) -> bytes:
    """The bytes again.

    Raises:
        ValueError: It is no base64.
    """
    if not isinstance(text, str):
        raise ValueError("no base64")  # noqa: TRY004 - callers ask about content, not about types
    return base64.b64decode(text, validate=True)
