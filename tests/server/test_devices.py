"""The paired checkpoints: sealed, revoked for good, ids that two never share."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from protocol.sign_in import WhoEnrols
from security.certificates import Issued
from security.sealing import Sealer, new_key
from server.devices import Device, Devices, DevicesProblem, Standing
from server.events import DevicesChanged, GridEvent

SEALER = Sealer(new_key())
NOW_MS = 1_790_000_000_000


def device(checkpoint_id: str = "lobby-1", **changes: Any) -> Device:
    """A paired checkpoint."""
    values: dict[str, Any] = {
        "checkpoint_id": checkpoint_id,
        "name": "Lobby gate",
        "paired_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + 1000,
    }
    return Device(**(values | changes))


class Room:
    """The registry with what it told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[GridEvent] = []
        self.cut: list[str] = []
        self.devices = self.open()

    def open(self) -> Devices:
        """The registry as the next start finds it."""
        return Devices(
            self.path,
            SEALER,
            post=self.told.append,
            cut_off=self.cut.append,
            now_ms=lambda: NOW_MS,
        )


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """An empty registry."""
    return Room(tmp_path / "keys" / "devices.sealed")


def test_a_paired_device_is_let_in_also_after_a_restart(room: Room) -> None:
    """By its serial number; nobody else."""
    room.devices.paired(device(), "0A")
    for devices in (room.devices, room.open()):
        assert devices.list() == (device(),)
        assert devices.allowed("0A")
        assert devices.standing("0B") is Standing.UNKNOWN
        assert devices.who_enrols("lobby-1") is WhoEnrols.ANYBODY
        assert devices.who_enrols("nobody") is WhoEnrols.NOBODY
    assert room.told == [DevicesChanged()]


def test_n6_revoked_is_revoked_also_after_a_restart(room: Room) -> None:
    """N6: its connections are cut off, and it is told apart from a stranger."""
    room.devices.paired(device(), "0A")
    room.devices.revoke("lobby-1")
    room.devices.revoke("lobby-1")
    assert room.cut == ["lobby-1", "lobby-1"]
    for devices in (room.devices, room.open()):
        assert devices.standing("0A") is Standing.REVOKED
        assert not devices.allowed("0A")
        assert devices.list()[0].revoked_at_ms == NOW_MS
    with pytest.raises(KeyError):
        room.devices.revoke("nobody")


def test_paired_again_the_old_certificate_is_worth_nothing(room: Room) -> None:
    """A new pairing lets a revoked one in again, with the new certificate alone."""
    room.devices.paired(device(), "0A")
    room.devices.revoke("lobby-1")
    room.devices.paired(device(), "0B")
    assert room.devices.allowed("0B")
    assert not room.devices.allowed("0A")


def test_a_renewed_certificate_and_the_one_before_it_are_good(room: Room) -> None:
    """The answer may have been lost; two renewals later the first is not good any more."""
    room.devices.paired(device(), "0A")
    for serial in ("0B", "0C"):
        room.devices.renewed("lobby-1", Issued("PEM", serial, 0, NOW_MS + 5000))
    assert [room.devices.allowed(serial) for serial in ("0A", "0B", "0C")] == [False, True, True]
    assert room.devices.list()[0].expires_at_ms == NOW_MS + 5000


def test_two_checkpoints_never_share_an_id(room: Room) -> None:
    """The next free one is given; a revoked or an expired one's is free."""
    assert room.devices.free_id("lobby-1") == "lobby-1"
    room.devices.paired(device(), "0A")
    assert room.devices.free_id("lobby-1") == "lobby-1-2"
    room.devices.paired(device("lobby-1-2"), "0B")
    assert room.devices.free_id("lobby-1") == "lobby-1-3"
    room.devices.revoke("lobby-1")
    assert room.devices.free_id("lobby-1") == "lobby-1"
    room.devices.paired(device("old", expires_at_ms=NOW_MS), "0C")
    assert room.devices.free_id("old") == "old"
    long = "x" * 40
    room.devices.paired(device(long), "0D")
    assert room.devices.free_id(long) == "x" * 38 + "-2"


def test_programs_of_this_computer_may_pair_one_after_another(room: Room) -> None:
    """The window and the enrolment tool have a certificate each, under one id."""
    for serial in ("0A", "0B"):
        room.devices.paired(device(local=True), serial)
    assert room.devices.allowed("0A")
    assert room.devices.allowed("0B")
    room.devices.revoke("lobby-1")
    assert not room.devices.allowed("0A")


def test_the_right_to_enrol_can_be_taken_away(room: Room) -> None:
    """And is kept."""
    room.devices.paired(device(), "0A")
    room.devices.let_enrol("lobby-1", WhoEnrols.SIGNED_IN)
    assert room.devices.who_enrols("lobby-1") is WhoEnrols.SIGNED_IN
    assert room.open().who_enrols("lobby-1") is WhoEnrols.SIGNED_IN


def test_a_given_name_stays(room: Room) -> None:
    """Kept; one that cannot be shown is refused in a sentence, and nothing is changed."""
    room.devices.paired(device(), "0A")
    assert not room.devices.list()[0].named
    room.devices.rename("lobby-1", "  Main   entrance ")
    for devices in (room.devices, room.open()):
        (found,) = devices.list()
        assert (found.name, found.named) == ("Main entrance", True)
    for wrong in (" ", "a\x1b[31m"):
        with pytest.raises(ValueError, match=r"[Tt]ype"):
            room.devices.rename("lobby-1", wrong)
    with pytest.raises(KeyError):
        room.devices.rename("nobody", "Gate")
    assert room.devices.list()[0].name == "Main entrance"


def test_nothing_can_be_read_on_the_disk(room: Room) -> None:
    """Neither names nor ids."""
    room.devices.paired(device(), "0A")
    data = room.path.read_bytes()
    assert b"lobby" not in data
    assert b"Lobby" not in data


@pytest.mark.parametrize("content", [b"", b"x", b"{}", b'{"devices": [1]}', b'{"devices": [{}]}'])
def test_a_damaged_file_is_never_written_over(room: Room, content: bytes) -> None:
    """An empty list would let revoked ones pair as if they were new."""
    room.path.parent.mkdir()
    room.path.write_bytes(SEALER.seal(content, b"devices"))
    before = room.path.read_bytes()
    with pytest.raises(DevicesProblem, match="damaged"):
        room.open()
    room.path.write_bytes(before[:-1])
    with pytest.raises(DevicesProblem, match="another key, or damaged"):
        room.open()


def test_what_cannot_be_written_changes_nothing_but_shutting_out(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is let in then; who is shut out is, and it is written as soon as it can be."""
    room.devices.paired(device(), "0A")

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("server.devices.write_atomically", full)
        for change in (
            lambda: room.devices.paired(device("gate"), "0B"),
            lambda: room.devices.let_enrol("lobby-1", WhoEnrols.NOBODY),
            lambda: room.devices.revoke("lobby-1"),
            room.devices.write,
        ):
            with pytest.raises(OSError, match="space"):
                change()
        assert room.devices.standing("0A") is Standing.REVOKED
        assert room.cut == ["lobby-1"]
        assert room.told[-1] == DevicesChanged()
        assert room.devices.list() == (device(revoked_at_ms=NOW_MS),)
    assert room.open().allowed("0A")
    room.devices.write()
    assert room.open().standing("0A") is Standing.REVOKED
    written = room.path.read_bytes()
    room.devices.write()
    assert room.path.read_bytes() == written, "sealed anew for nothing"


@pytest.mark.parametrize(("before", "now"), [(True, WhoEnrols.ANYBODY), (False, WhoEnrols.NOBODY)])
def test_a_file_of_before_somebody_could_sign_in_is_read(
    before: bool, now: WhoEnrols, room: Room
) -> None:
    """Whoever might enrol may, and the next change writes it anew."""
    old = {**asdict(device()), "may_enrol": before, "serials": ["0A"]}
    del old["who_enrols"]
    data = json.dumps({"version": 1, "devices": [old]}).encode()
    room.path.parent.mkdir(parents=True, exist_ok=True)
    room.path.write_bytes(SEALER.seal(data, b"devices"))
    devices = room.open()
    assert devices.who_enrols("lobby-1") is now
    devices.renewed("lobby-1", Issued("", "0B", NOW_MS, NOW_MS))
    assert room.open().who_enrols("lobby-1") is now
