"""The paired checkpoints: who holds which certificate, who may enrol, who was shut out; sealed."""

import dataclasses
import enum
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.files import write_atomically
from protocol.errors import NameInvalid
from protocol.sign_in import WhoEnrols
from protocol.text import clean_name
from security.certificates import Issued
from security.sealing import SealBroken, Sealer
from server.events import DevicesChanged, GridEvent

ABOUT = b"devices"
# The one in use and the one before it: an answer with a renewed certificate may be lost on the way.
_SERIALS = 2
# Several programs of this computer may each pair under one name, such as the enrolment tool.
_LOCAL_SERIALS = 16
_LONGEST_ID = 40


class DevicesProblem(Exception):  # noqa: N818 - named for what happened
    """Raised when the file of paired checkpoints cannot be used; it was not written over."""


class Standing(enum.Enum):
    """What a certificate is worth now."""

    PAIRED = "paired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Device:
    """One paired checkpoint; times in ms since 1970 UTC.

    Attributes:
        checkpoint_id: As in its certificate.
        name: What people call it.
        named: Whether an administrator gave that name; else it is shown by what it says itself.
        paired_at_ms: When.
        expires_at_ms: When its certificate ends; it is renewed long before.
        revoked_at_ms: When it was shut out, None while it is welcome.
        who_enrols: Who may enrol people there.
        local: Whether it paired itself on the server's computer.
    """

    checkpoint_id: str
    name: str
    paired_at_ms: int
    expires_at_ms: int
    revoked_at_ms: int | None = None
    who_enrols: WhoEnrols = WhoEnrols.ANYBODY
    local: bool = False
    named: bool = False


@dataclass(slots=True)
class _Kept:
    device: Device
    serials: list[str]


class Devices:
    """The registry. Any thread may call; every change is on the disk when the call returns.

    Shutting out alone counts also when the disk refuses: see `shut_out`.

    Args:
        path: The sealed file.
        sealer: Seals it.
        post: Where `DevicesChanged` goes.
        cut_off: Called with the id of a checkpoint that was revoked: ends its connections.
        now_ms: The server's clock, ms since the epoch, UTC.

    Raises:
        DevicesProblem: The file cannot be unsealed or read.
    """

    def __init__(
        self,
        path: Path,
        sealer: Sealer,
        *,
        post: Callable[[GridEvent], None] = lambda _event: None,
        cut_off: Callable[[str], None] = lambda _checkpoint_id: None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._path = path
        self._sealer = sealer
        self._post = post
        self._cut_off = cut_off
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._kept = self._load()
        self._unwritten = False
        self._by_serial: dict[str, str] = {}
        self._index()

    def list(self) -> tuple[Device, ...]:
        """Everybody who was ever paired, by name."""
        with self._lock:
            found = [kept.device for kept in self._kept.values()]
        return tuple(
            sorted(found, key=lambda device: (device.name.casefold(), device.checkpoint_id))
        )

    def find(self, checkpoint_id: str) -> Device | None:
        """The device of an id."""
        with self._lock:
            kept = self._kept.get(checkpoint_id)
            return None if kept is None else kept.device

    def who_enrols(self, checkpoint_id: str) -> WhoEnrols:
        """Who may enrol people at a checkpoint.

        Without the lock, which is held during writing: the serving loop asks, and never waits.
        """
        kept = self._kept.get(checkpoint_id)
        return WhoEnrols.NOBODY if kept is None else kept.device.who_enrols

    def allowed(self, serial: str) -> bool:
        """Whether a certificate, by its serial number in hex, is one to be let in."""
        return self.standing(serial) is Standing.PAIRED

    def standing(self, serial: str) -> Standing:
        """What a certificate is worth now."""
        with self._lock:
            checkpoint_id = self._by_serial.get(serial)
            if checkpoint_id is None:
                return Standing.UNKNOWN
            revoked = self._kept[checkpoint_id].device.revoked_at_ms is not None
            return Standing.REVOKED if revoked else Standing.PAIRED

    def free_id(self, wanted: str) -> str:
        """The wanted id, or the next free one that begins like it: two checkpoints never share one.

        The id of a device that was revoked, or whose certificate has ended, is free.
        """
        with self._lock:
            now_ms = self._now_ms()
            candidate, number = wanted, 1
            while (kept := self._kept.get(candidate)) is not None and (
                kept.device.revoked_at_ms is None and kept.device.expires_at_ms > now_ms
            ):
                number += 1
                ending = f"-{number}"
                candidate = wanted[: _LONGEST_ID - len(ending)] + ending
            return candidate

    def paired(self, device: Device, serial: str) -> None:
        """Adds a device, or lets one in again; only its new certificate counts.

        Raises:
            OSError: It could not be written; nothing changed.
        """
        with self._lock:
            serials = [serial]
            before = self._kept.get(device.checkpoint_id)
            if before is not None and before.device.local and device.local:
                serials = [*before.serials, serial][-_LOCAL_SERIALS:]
            self._change(device.checkpoint_id, _Kept(device, serials))
        self._post(DevicesChanged())

    def renewed(self, checkpoint_id: str, issued: Issued) -> None:
        """Notes the certificate that follows a device's old one.

        Raises:
            KeyError: There is no such device.
            OSError: It could not be written; nothing changed.
        """
        with self._lock:
            kept = self._kept[checkpoint_id]
            most = _LOCAL_SERIALS if kept.device.local else _SERIALS
            device = dataclasses.replace(kept.device, expires_at_ms=issued.expires_at_ms)
            self._change(checkpoint_id, _Kept(device, [*kept.serials, issued.serial][-most:]))
        self._post(DevicesChanged())

    def let_enrol(self, checkpoint_id: str, who: WhoEnrols) -> None:
        """Says who may enrol people at a checkpoint; counts from its next request.

        Raises:
            KeyError: There is no such device.
            OSError: It could not be written; nothing changed.
        """
        self._replace(checkpoint_id, who_enrols=who)

    def rename(self, checkpoint_id: str, name: str) -> None:
        """Gives a checkpoint a name that stays, whatever it calls itself.

        In lists at once; at events from its next connection on.

        Raises:
            KeyError: There is no such device.
            ValueError: The name cannot be used; the text is a sentence.
            OSError: It could not be written; nothing changed.
        """
        self._replace(checkpoint_id, name=usable_name(name), named=True)

    def _replace(self, checkpoint_id: str, **changes: Any) -> None:
        with self._lock:
            kept = self._kept[checkpoint_id]
            device = dataclasses.replace(kept.device, **changes)
            self._change(checkpoint_id, _Kept(device, kept.serials))
        self._post(DevicesChanged())

    def revoke(self, checkpoint_id: str) -> None:
        """Shuts a checkpoint out: its connections end, and it is refused until it is paired again.

        Raises:
            KeyError: There is no such device.
            OSError: It is shut out, and could not be written: `write` tries again.
        """
        self.shut_out(checkpoint_id)
        self.write()

    def shut_out(self, checkpoint_id: str) -> None:
        """The same until the program ends, for nothing is written: `write` does.

        Raises:
            KeyError: There is no such device.
        """
        with self._lock:
            kept = self._kept[checkpoint_id]
            if kept.device.revoked_at_ms is None:
                device = dataclasses.replace(kept.device, revoked_at_ms=self._now_ms())
                self._kept = {**self._kept, checkpoint_id: _Kept(device, kept.serials)}
                self._unwritten = True
        self._cut_off(checkpoint_id)
        self._post(DevicesChanged())

    def write(self) -> None:
        """Writes the list, when it has something that is not on the disk yet.

        Raises:
            OSError: It could not be written; what is in memory counts all the same.
        """
        with self._lock:
            if self._unwritten:
                self._write(self._kept)

    def _change(self, checkpoint_id: str, kept: _Kept) -> None:
        changed = {**self._kept, checkpoint_id: kept}
        self._write(changed)
        self._kept = changed
        self._index()

    def _write(self, all_kept: dict[str, _Kept]) -> None:
        content = [
            {**dataclasses.asdict(each.device), "serials": each.serials}
            for each in all_kept.values()
        ]
        data = json.dumps({"version": 2, "devices": content}).encode("utf-8")
        write_atomically(self._path, self._sealer.seal(data, ABOUT))
        self._unwritten = False

    def _index(self) -> None:
        self._by_serial = {
            serial: checkpoint_id
            for checkpoint_id, kept in self._kept.items()
            for serial in kept.serials
        }

    def _load(self) -> dict[str, _Kept]:
        try:
            if not self._path.exists():
                return {}
            content = json.loads(self._sealer.unseal(self._path.read_bytes(), ABOUT))
            found = [dict(each) for each in content["devices"]]
            kept = [
                _Kept(serials=list(each.pop("serials")), device=_device(each)) for each in found
            ]
        except SealBroken as error:
            raise DevicesProblem(
                f"{self._path} was sealed with another key, or damaged: put a copy of it back."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise DevicesProblem(f"{self._path} is damaged: put a copy of it back.") from error
        except OSError as error:
            raise DevicesProblem(
                f"{self._path} cannot be read: {error.strerror or error}."
            ) from error
        return {each.device.checkpoint_id: each for each in kept}


def usable_name(typed: str) -> str:
    """A name as it is kept.

    Raises:
        ValueError: It cannot be used; the text is a sentence.
    """
    try:
        return clean_name(typed)
    except NameInvalid as error:
        raise ValueError(error.message) from error


def _device(found: dict[str, Any]) -> Device:
    """A device as it was written; also by a version in which nobody could sign in (version 1)."""
    if "may_enrol" in found:
        may = found.pop("may_enrol")
        found["who_enrols"] = WhoEnrols.ANYBODY if may else WhoEnrols.NOBODY
    return Device(**{**found, "who_enrols": WhoEnrols(found["who_enrols"])})
