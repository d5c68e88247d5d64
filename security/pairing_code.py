"""The code that pairs a checkpoint: where the server is, how it is known, and a secret for once.

Forty characters of Crockford's base32 in groups of five, sixty for an IPv6 address. They are read
aloud and typed: small letters, O for 0, I and L for 1 are understood, and a checksum catches slips.
"""

import ipaddress
import secrets
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 10
"""Of the authority's SHA-256: 80 bits, against somebody who makes certificates to fit."""

SECRET_BYTES = 5
"""40 bits for ten minutes and five tries."""

_CHECK_BYTES = 3
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEARD_AS = str.maketrans("OIL", "011", "- \t\r\n\u2010\u2011\u2013")
_GROUP = 5
_VERSIONS = {4: 4, 6: 16}  # IP version, also the code's first byte: bytes of the address


class CodeInvalid(ValueError):  # noqa: N818 - named for what happened
    """Raised when what was typed is no pairing code; the text is a sentence for who typed it."""


@dataclass(frozen=True, slots=True)
class PairingCode:
    """What a code holds.

    Attributes:
        host: IPv4 or IPv6 address of the server.
        port: 1 to 65535.
        authority: The first `HASH_BYTES` of the hash of the authority's certificate.
        secret: `SECRET_BYTES`, good once.
    """

    host: str
    port: int
    authority: bytes
    secret: bytes

    def __str__(self) -> str:
        """As it is shown: groups of five."""
        address = ipaddress.ip_address(self.host)
        body = bytes([address.version]) + address.packed + self.port.to_bytes(2, "big")
        body += self.authority + self.secret
        text = _to_base32(body + _check(body))
        return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))

    def fits(self, authority_hash: bytes) -> bool:
        """Whether an authority with this SHA-256 is the one that made the code."""
        return secrets.compare_digest(self.authority, authority_hash[:HASH_BYTES])


def new_code(host: str, port: int, authority_hash: bytes) -> PairingCode:
    """A code with a fresh secret.

    Raises:
        ValueError: The host is no IP address.
    """
    ipaddress.ip_address(host)
    return PairingCode(host, port, authority_hash[:HASH_BYTES], secrets.token_bytes(SECRET_BYTES))


def read_code(typed: str) -> PairingCode:
    """The code that somebody typed.

    Raises:
        CodeInvalid: A character is wrong, missing or too many.
    """
    text = typed.upper().translate(_HEARD_AS)
    wrong = next((character for character in text if character not in _ALPHABET), None)
    if wrong is not None:
        raise CodeInvalid(f"A pairing code has no {wrong!r} in it. Type it as it is shown.")
    lengths = {_characters(size): version for version, size in _VERSIONS.items()}
    if len(text) not in lengths:
        raise CodeInvalid(
            f"A pairing code has {min(lengths)} characters; {len(text)} were typed. Compare the"
            " groups of five."
        )
    version = lengths[len(text)]
    data = _from_base32(text, _size(_VERSIONS[version]))
    body, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
    if body[0] != version or _check(body) != check:
        raise CodeInvalid("A character of the pairing code is wrong. Compare the groups of five.")
    address, rest = body[1 : 1 + _VERSIONS[version]], body[1 + _VERSIONS[version] :]
    return PairingCode(
        host=str(ipaddress.ip_address(address)),
        port=int.from_bytes(rest[:2], "big"),
        authority=rest[2 : 2 + HASH_BYTES],
        secret=rest[2 + HASH_BYTES :],
    )


def _check(body: bytes) -> bytes:
    return sha256(b"facenetgrid pairing code" + body).digest()[:_CHECK_BYTES]


def _size(address_bytes: int) -> int:
    return 1 + address_bytes + 2 + HASH_BYTES + SECRET_BYTES + _CHECK_BYTES


def _characters(address_bytes: int) -> int:
    return -(-_size(address_bytes) * 8 // (5 * _GROUP)) * _GROUP


def _to_base32(data: bytes) -> str:
    length = -(-len(data) * 8 // (5 * _GROUP)) * _GROUP
    number = int.from_bytes(data, "big") << (length * 5 - len(data) * 8)
    return "".join(_ALPHABET[(number >> (5 * at)) & 31] for at in reversed(range(length)))


def _from_base32(text: str, size: int) -> bytes:
    number = 0
    for character in text:
        number = number << 5 | _ALPHABET.index(character)
    spare = len(text) * 5 - size * 8
    if number & ((1 << spare) - 1):
        raise CodeInvalid("A character of the pairing code is wrong. Compare the groups of five.")
    return (number >> spare).to_bytes(size, "big")
