"""The checkpoints as the window lists them: what is connected joined with what is paired. No Tk."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from protocol.sign_in import WhoEnrols
from server.events import CheckpointStatus, PairingWindow
from server.held_up import HeldUp, minute


class DeviceLike(Protocol):
    """What is read of a paired checkpoint (`server.devices.Device`); times in ms, UTC."""

    @property
    def checkpoint_id(self) -> str:
        """Its id, as in its certificate."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def paired_at_ms(self) -> int:
        """Since when."""

    @property
    def expires_at_ms(self) -> int:
        """The end of its certificate, which it renews by itself long before."""

    @property
    def revoked_at_ms(self) -> int | None:
        """When it was shut out, None while it is not."""

    @property
    def who_enrols(self) -> WhoEnrols:
        """Who may enrol people there."""

    @property
    def local(self) -> bool:
        """Whether it paired itself on this computer."""

    @property
    def named(self) -> bool:
        """Whether its name was given here, and stays."""


class DevicesLike(Protocol):
    """What the window asks of the paired checkpoints (`server.devices.Devices`)."""

    def list(self) -> Sequence[DeviceLike]:
        """Everybody who was ever paired."""

    def revoke(self, checkpoint_id: str) -> str:
        """Shuts one out, within two seconds; why that is not written yet, or nothing."""

    def let_enrol(self, checkpoint_id: str, who: WhoEnrols) -> object:
        """Who may enrol people there from now on."""

    def rename(self, checkpoint_id: str, name: str) -> object:
        """Gives one a name that stays."""

    def enrollers(self) -> int:
        """How many accounts could sign in at a checkpoint to enrol."""

    def held_up(self, checkpoint_id: str) -> HeldUp:
        """What gets no answers there for too many tries."""

    def let_try_again(self, checkpoint_id: str) -> HeldUp:
        """Opens that for a few more tries."""

    def sign_ins_wait(self) -> Mapping[str, int]:
        """Where sign-ins wait after wrong passwords: until when, ms since the epoch, by id."""

    def let_sign_in_again(self, checkpoint_id: str) -> int:
        """Ends that wait; gives until when it would have been, 0 for none."""


class PairingLike(Protocol):
    """What the window asks of pairing (`server.pairing.PairingService`)."""

    @property
    def fingerprint(self) -> str:
        """What this server is known by."""

    @property
    def now(self) -> PairingWindow | None:
        """The open code, if one is."""

    def open(
        self, name_hint: str = "", *, who_enrols: WhoEnrols | None = None, address: str = ""
    ) -> PairingWindow:
        """Makes a code for one checkpoint."""

    def close(self) -> object:
        """Makes it worthless."""


class Standing(Enum):
    """How a checkpoint stands with the server: sign, word, tag of its row, place in the list."""

    OTHER_MODEL = ("≠", "other model", "warn", 0)
    CONNECTED = ("●", "connected", "plain", 1)
    NOT_CONNECTED = ("○", "not connected", "muted", 2)
    EXPIRED = ("!", "certificate expired", "warn", 3)
    NOT_PAIRED = ("?", "not paired", "muted", 4)
    REVOKED = ("⊘", "revoked", "muted", 5)

    def __init__(self, sign: str, word: str, tag: str, place: int) -> None:
        self.sign = sign
        self.word = word
        self.tag = tag
        self.place = place

    @property
    def text(self) -> str:
        """Sign and word: the state is never told by colour alone."""
        return f"{self.sign} {self.word}"


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """One line of the list; `status` is None when it never connected, `device` when not paired.

    `held_up` says that somebody gets no answers there for too many tries, and `sign_ins_until_ms`
    until when nobody is signed in there after wrong passwords; 0 for no such wait.
    """

    checkpoint_id: str
    name: str
    standing: Standing
    status: CheckpointStatus | None
    device: DeviceLike | None
    held_up: bool = False
    sign_ins_until_ms: int = 0

    @property
    def state(self) -> str:
        """Sign and words: how it stands, or who is held up there."""
        if self.sign_ins_until_ms and not self.held_up:
            return f"{self.brief} until {minute(self.sign_ins_until_ms)}"
        return self.brief

    @property
    def brief(self) -> str:
        """The same where there is little room."""
        if self.waits_for_somebody:
            word = "too many tries" if self.held_up else "sign-ins wait"
            return f"{self.standing.sign} {word}"
        return self.standing.text

    @property
    def waits_for_somebody(self) -> bool:
        """Whether somebody is held up there whom somebody here can let go on."""
        return self.held_up or self.sign_ins_until_ms > 0

    @property
    def tag(self) -> str:
        """Of its line."""
        return "warn" if self.waits_for_somebody else self.standing.tag

    @property
    def paired(self) -> bool:
        """Whether it may connect: paired, and not revoked."""
        return self.device is not None and self.device.revoked_at_ms is None

    @property
    def where(self) -> str:
        """On this computer, or from which address; "" while nothing is known."""
        if self.device is not None and self.device.local:
            return "this computer"
        return self.address

    @property
    def address(self) -> str:
        """The one it came from last, without the port; "" while nothing is known."""
        address = self.status.address if self.status is not None else ""
        return address.rpartition(":")[0].strip("[]") or address


def rows(
    statuses: Iterable[CheckpointStatus],
    devices: Iterable[DeviceLike],
    *,
    now_ms: int,
    held_up: Collection[str] = (),
    sign_ins: Mapping[str, int] = MappingProxyType({}),
) -> tuple[CheckpointRow, ...]:
    """Every checkpoint once: what needs somebody first, then the connected, by name.

    Args:
        statuses: What the server knows of those that connected.
        devices: The paired ones.
        now_ms: The clock, ms since the epoch, UTC.
        held_up: The ids of those where somebody is held up for too many tries.
        sign_ins: Until when sign-ins wait at some, ms since the epoch, by their ids.
    """
    known = {status.checkpoint_id: status for status in statuses}
    paired = {device.checkpoint_id: device for device in devices}
    found = [
        replace(
            _row(checkpoint_id, known.get(checkpoint_id), paired.get(checkpoint_id), now_ms),
            held_up=checkpoint_id in held_up,
            sign_ins_until_ms=_later(sign_ins.get(checkpoint_id, 0), now_ms),
        )
        for checkpoint_id in dict.fromkeys([*known, *paired])
    ]
    return tuple(
        sorted(
            found,
            key=lambda row: (
                not row.waits_for_somebody,
                row.standing.place,
                row.name.casefold(),
            ),
        )
    )


def counted(found: Sequence[CheckpointRow]) -> tuple[int, int]:
    """How many are connected, of how many that are expected to be."""
    expected = [row for row in found if row.standing not in (Standing.REVOKED, Standing.NOT_PAIRED)]
    return sum(row.standing is Standing.CONNECTED for row in expected), len(expected)


def day(time_ms: int) -> str:
    """A date of this computer's clock."""
    return time.strftime("%Y-%m-%d", time.localtime(time_ms / 1000))


def _later(time_ms: int, now_ms: int) -> int:
    """A time that is still to come; else 0."""
    return time_ms if time_ms > now_ms else 0


def _row(
    checkpoint_id: str, status: CheckpointStatus | None, device: DeviceLike | None, now_ms: int
) -> CheckpointRow:
    name = _name(checkpoint_id, status, device) or checkpoint_id
    standing = _standing(status, device, now_ms)
    return CheckpointRow(checkpoint_id, name, standing, status, device)


def _name(checkpoint_id: str, status: CheckpointStatus | None, device: DeviceLike | None) -> str:
    """The one given here, also before it connects again; else the one that it is shown by."""
    if status is None:
        return "" if device is None else device.name
    if device is None or not device.named:
        return status.name
    apart = f"{device.name} ({checkpoint_id})"  # where another one goes by that name, too
    return apart if status.name == apart else device.name


def _standing(status: CheckpointStatus | None, device: DeviceLike | None, now_ms: int) -> Standing:
    if device is not None and device.revoked_at_ms is not None:
        return Standing.REVOKED
    if status is not None and status.mismatch:
        return Standing.OTHER_MODEL
    if status is not None and status.connected:
        return Standing.CONNECTED
    if device is None:
        return Standing.NOT_PAIRED
    return Standing.EXPIRED if device.expires_at_ms <= now_ms else Standing.NOT_CONNECTED
