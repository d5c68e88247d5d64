"""keys/vault.json: what seals everything, wrapped by the master key and the recovery key."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast, get_args

from desktop.files import write_atomically
from security.keys import Stretching, as_text, from_text, unwrap, wrap
from security.sealing import SealBroken, Sealer, derive

FORMAT = "facenetgrid-vault"
VERSION = 1
Source = Literal["keyring", "passphrase", "file"]
"""Where the master key is."""

_LARGEST = 64 * 1024
_ABOUT_CARRIED = b"facenetgrid carried keys"


class VaultFileInvalid(Exception):  # noqa: N818 - named for what happened
    """Raised when vault.json is no such file or was changed; the sentence says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultFile:
    """What stands in vault.json; no key in it is of use without the master or the recovery key.

    Attributes:
        key_id: Names the master key that opens it: 32 hex characters.
        fingerprint: Of the key inside; stays when the master key is replaced.
        made_at_ms: When the key inside was made, ms since the epoch, UTC.
        source: Where the master key is.
        wrapped: The key inside, wrapped by the master key.
        stretching: How the passphrase becomes the master key, with that source.
        recovery: The key inside, wrapped by the recovery key; None before one was printed.
        recovery_at_ms: When that was.
        taking_over: Whether files of a version that sealed nothing are still to be sealed.
        log_since_ms: When the audit log was begun; None before. A log that is missing is noticed
            by it, also when its sealed head was taken away with it.
        earlier: Fingerprints of the keys that were inside before, the oldest first.
        carried: Keys of before that are still needed, sealed (`carrying`); None when none are.
    """

    key_id: str
    fingerprint: str
    made_at_ms: int
    source: Source
    wrapped: bytes
    stretching: Stretching | None = None
    recovery: bytes | None = None
    recovery_at_ms: int | None = None
    taking_over: bool = False
    log_since_ms: int | None = None
    earlier: tuple[str, ...] = ()
    carried: bytes | None = None

    def open(self, master: bytes) -> bytes:
        """The key inside.

        Raises:
            SealBroken: It is another master key's.
        """
        return unwrap(master, self.wrapped, f"master {self.key_id}")

    def open_with_recovery(self, recovery: bytes) -> bytes:
        """The key inside, by the recovery key.

        Raises:
            SealBroken: It is another recovery key, or none was printed.
        """
        return unwrap(recovery, self.recovery or b"", f"recovery {self.fingerprint}")

    def carrying(self, key: bytes, carried: Mapping[str, Sequence[bytes]]) -> "VaultFile":
        """The same with keys of before, by what they are for, the oldest first."""
        text = json.dumps({name: [as_text(one) for one in keys] for name, keys in carried.items()})
        return replace(self, carried=_carrier(key).seal(text.encode("ascii"), _ABOUT_CARRIED))

    def carried_by(self, key: bytes) -> dict[str, tuple[bytes, ...]]:
        """The keys of before that are still needed, by what they are for.

        Raises:
            VaultFileInvalid: They were sealed with another key.
        """
        if self.carried is None:
            return {}
        try:
            found = json.loads(_carrier(key).unseal(self.carried, _ABOUT_CARRIED))
        except SealBroken as error:
            raise VaultFileInvalid("The vault's file was put together from two.") from error
        return {name: tuple(map(from_text, keys)) for name, keys in found.items()}

    def wrapping(self, key: bytes, master: bytes, key_id: str) -> "VaultFile":
        """The same with the key inside wrapped by another master key."""
        return replace(self, key_id=key_id, wrapped=wrap(master, key, f"master {key_id}"))

    def recoverable(self, key: bytes, recovery: bytes, now_ms: int) -> "VaultFile":
        """The same with the key inside wrapped by another recovery key."""
        sealed = wrap(recovery, key, f"recovery {self.fingerprint}")
        return replace(self, recovery=sealed, recovery_at_ms=now_ms)

    def write(self, path: Path, key: bytes) -> None:
        """Replaces the file: the old or the new is there after any crash.

        Raises:
            OSError: The disk refused; the old file is untouched.
        """
        plain = self._plain()
        plain["proof"] = _proof(plain, key)
        write_atomically(path, json.dumps(plain, indent=1).encode("utf-8"))

    def check(self, path: Path, key: bytes) -> None:
        """Makes sure that nobody without the key inside wrote the file.

        Raises:
            VaultFileInvalid: Something in it was changed.
        """
        found = _load(path)
        proof = found.pop("proof", None)
        if not isinstance(proof, str) or not hmac.compare_digest(
            proof.encode(), _proof(found, key).encode()
        ):
            raise VaultFileInvalid(f"{path} was changed by somebody else than FaceNetGrid.")

    def _plain(self) -> dict[str, object]:
        stretching = self.stretching
        return {
            "format": FORMAT,
            "version": VERSION,
            "key_id": self.key_id,
            "fingerprint": self.fingerprint,
            "made_at_ms": self.made_at_ms,
            "source": self.source,
            "wrapped": as_text(self.wrapped),
            "passphrase": None
            if stretching is None
            else {
                "salt": as_text(stretching.salt),
                "passes": stretching.passes,
                "memory_kib": stretching.memory_kib,
                "lanes": stretching.lanes,
            },
            "recovery": None if self.recovery is None else as_text(self.recovery),
            "recovery_at_ms": self.recovery_at_ms,
            "taking_over": self.taking_over,
            "log_since_ms": self.log_since_ms,
            "earlier": list(self.earlier),
            "carried": None if self.carried is None else as_text(self.carried),
        }


def read_vault_file(path: Path) -> VaultFile | None:
    """What stands there; None when there is none. Proven only by `VaultFile.check`.

    Raises:
        VaultFileInvalid: It is broken, of a newer version, or cannot be read.
    """
    if not path.exists():
        return None
    found = _load(path)
    if found.get("format") != FORMAT:
        raise VaultFileInvalid(f"{path} is damaged: it is no vault.")
    if found.get("version") != VERSION:
        raise VaultFileInvalid(f"{path} was written by a newer FaceNetGrid: install that.")
    try:
        asked = found["passphrase"]
        recovery = found["recovery"]
        return VaultFile(
            key_id=_text(found["key_id"]),
            fingerprint=_text(found["fingerprint"]),
            made_at_ms=_whole(found["made_at_ms"]),
            source=_source(found["source"]),
            wrapped=from_text(found["wrapped"]),
            stretching=None if asked is None else _stretching(cast("dict[str, object]", asked)),
            recovery=None if recovery is None else from_text(recovery),
            recovery_at_ms=None
            if found["recovery_at_ms"] is None
            else _whole(found["recovery_at_ms"]),
            taking_over=found["taking_over"] is True,
            log_since_ms=None
            if found.get("log_since_ms") is None
            else _whole(found["log_since_ms"]),
            earlier=tuple(map(_text, cast("list[object]", found.get("earlier", [])))),
            carried=None if found.get("carried") is None else from_text(found["carried"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise VaultFileInvalid(f"{path} is damaged: something in it is missing.") from error


def _load(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        found = json.loads(data) if len(data) <= _LARGEST else None
    except OSError as error:
        raise VaultFileInvalid(f"{path} cannot be read ({error.strerror or error}).") from error
    except (ValueError, RecursionError) as error:
        raise VaultFileInvalid(f"{path} is damaged: it is no vault.") from error
    if not isinstance(found, dict):
        raise VaultFileInvalid(f"{path} is damaged: it is no vault.")
    return found


def _carrier(key: bytes) -> Sealer:
    return Sealer(derive(key, "carried keys"))


def _proof(plain: dict[str, object], key: bytes) -> str:
    content = json.dumps(plain, sort_keys=True, separators=(",", ":")).encode("utf-8")
    return hmac.new(derive(key, "vault file"), content, hashlib.sha256).hexdigest()


def _source(value: object) -> Source:
    if value not in get_args(Source):
        raise ValueError("no source")
    return cast("Source", value)


def _stretching(asked: dict[str, object]) -> Stretching:
    return Stretching(
        salt=from_text(asked["salt"]),
        passes=_whole(asked["passes"]),
        memory_kib=_whole(asked["memory_kib"]),
        lanes=_whole(asked["lanes"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not 1 <= len(value) <= 100:
        raise ValueError("no text")
    return value


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError("no whole number")
    return value
