"""Made-up paired checkpoints and a made-up pairing, in memory: for pictures and tests."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from protocol.sign_in import WHEN_ADDED, WhoEnrols
from server.events import CheckpointStatus, DevicesChanged, GridEvent, PairingChanged, PairingWindow
from server.held_up import HeldUp

CODE = "C0P4W-7M2Q9-XK3TA-0VZ6D-8HRN5-JE1YB-4GSFT-2W9KM"
_WINDOW_MS = 600_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class MadeUpDevice:
    """A paired checkpoint without a certificate."""

    checkpoint_id: str
    name: str
    paired_at_ms: int
    expires_at_ms: int
    revoked_at_ms: int | None = None
    who_enrols: WhoEnrols = WhoEnrols.ANYBODY
    local: bool = False
    named: bool = False


class MadeUpCheckpoints:
    """The registry in memory."""

    def __init__(self, statuses: Sequence[CheckpointStatus] = ()) -> None:
        self.statuses = list(statuses)

    def hang_up(self) -> tuple[CheckpointStatus, ...]:
        """Nobody is connected any more, as when nothing listens."""
        self.statuses = [replace(status, connected=False) for status in self.statuses]
        return self.list()

    def list(self) -> tuple[CheckpointStatus, ...]:
        """Every checkpoint."""
        return tuple(self.statuses)


class MadeUpDevices:
    """The list of paired checkpoints in memory.

    Args:
        devices: Who is paired.
        post: Where `DevicesChanged` goes.
    """

    def __init__(self, devices: Sequence[MadeUpDevice], post: Callable[[GridEvent], None]) -> None:
        self._devices = {device.checkpoint_id: device for device in devices}
        self._post = post

    def list(self) -> tuple[MadeUpDevice, ...]:
        """Everybody who was ever paired."""
        return tuple(self._devices.values())

    def revoke(self, checkpoint_id: str) -> None:
        """Shuts one out."""
        self.put(replace(self._devices[checkpoint_id], revoked_at_ms=time.time_ns() // 1_000_000))

    def let_enrol(self, checkpoint_id: str, who: WhoEnrols) -> None:
        """Who may enrol people there."""
        self.put(replace(self._devices[checkpoint_id], who_enrols=who))

    def rename(self, checkpoint_id: str, name: str) -> None:
        """Gives one a name that stays."""
        self.put(replace(self._devices[checkpoint_id], name=name, named=True))

    def put(self, device: MadeUpDevice) -> None:
        """Adds or replaces one."""
        self._devices[device.checkpoint_id] = device
        self._post(DevicesChanged())


class MadeUpSuspicion:
    """What is held up, as `held` says, by checkpoint."""

    def __init__(self) -> None:
        self.held: dict[str, HeldUp] = {}

    def held_up(self, checkpoint_id: str) -> HeldUp:
        """What gets no answers there."""
        return self.held.get(checkpoint_id, HeldUp())

    def let_try_again(self, checkpoint_id: str) -> HeldUp:
        """Opens it."""
        was = self.held.pop(checkpoint_id, HeldUp())
        return replace(was, opened=was.opened + 1) if was.places else was


class MadeUpPairing:
    """Pairing in memory: `enter` is the checkpoint's part.

    Args:
        devices: Where a paired checkpoint is put.
        post: Where `PairingChanged` goes.
    """

    def __init__(self, devices: MadeUpDevices, post: Callable[[GridEvent], None]) -> None:
        self._devices = devices
        self._post = post
        self.fingerprint = "3F2A 91C0 7BD4 E815"
        self.now: PairingWindow | None = None
        self.asked: list[tuple[str, WhoEnrols | None, str]] = []

    def open(
        self, name_hint: str = "", *, who_enrols: WhoEnrols | None = None, address: str = ""
    ) -> PairingWindow:
        """Opens for ten minutes."""
        self.asked.append((name_hint, who_enrols, address))
        now_ms = time.time_ns() // 1_000_000
        self._say(PairingWindow(CODE, address or "192.168.1.20:5050", now_ms + _WINDOW_MS), "")
        assert self.now is not None
        return self.now

    def close(self) -> None:
        """Closes without a checkpoint."""
        if self.now is not None:
            self._say(None, "Pairing was closed.")

    def enter(self, *, right: bool, checkpoint_id: str = "yard", name: str = "Yard") -> None:
        """A checkpoint tried a code."""
        if self.now is None:
            return
        if right:
            hint, who_enrols, _ = self.asked[-1]
            name = hint or name
            now_ms = time.time_ns() // 1_000_000
            self._devices.put(
                MadeUpDevice(
                    checkpoint_id,
                    name,
                    now_ms,
                    now_ms + 365 * _DAY_MS,
                    who_enrols=who_enrols or WHEN_ADDED,
                    named=bool(hint),
                )
            )
            self._say(None, f"{name} is paired.", checkpoint_id)
        elif self.now.wrong == 4:
            self._say(None, "Five wrong codes came: pairing was closed.")
        else:
            self._say(replace(self.now, wrong=self.now.wrong + 1), "A wrong code came.")

    def _say(self, window: PairingWindow | None, sentence: str, checkpoint_id: str = "") -> None:
        self.now = window
        self._post(PairingChanged(window, sentence, checkpoint_id))


def made_up_devices() -> list[MadeUpDevice]:
    """Four: one here, three elsewhere, each of which enrols otherwise."""
    now_ms = time.time_ns() // 1_000_000
    return [
        MadeUpDevice(
            "lobby-gate", "Lobby gate", now_ms - 61 * _DAY_MS, now_ms + 304 * _DAY_MS, local=True
        ),
        MadeUpDevice("car-park", "Car park", now_ms - 40 * _DAY_MS, now_ms + 325 * _DAY_MS),
        MadeUpDevice(
            "lab-door",
            "Lab door",
            now_ms - 12 * _DAY_MS,
            now_ms + 353 * _DAY_MS,
            who_enrols=WhoEnrols.NOBODY,
        ),
        MadeUpDevice(
            "dock",
            "Dock",
            now_ms - 200 * _DAY_MS,
            now_ms + 165 * _DAY_MS,
            who_enrols=WhoEnrols.SIGNED_IN,
        ),
    ]


def more_devices() -> list[MadeUpDevice]:
    """Those that need somebody: shut out, expired, paired and never seen."""
    now_ms = time.time_ns() // 1_000_000
    return [
        MadeUpDevice(
            "old-gate",
            "Old gate",
            now_ms - 300 * _DAY_MS,
            now_ms + 65 * _DAY_MS,
            revoked_at_ms=now_ms - 3 * _DAY_MS,
        ),
        MadeUpDevice("cellar", "Cellar", now_ms - 380 * _DAY_MS, now_ms - 15 * _DAY_MS),
        MadeUpDevice("yard", "Yard", now_ms - 60_000, now_ms + 365 * _DAY_MS),
    ]
