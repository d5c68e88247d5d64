"""Tests that the made-up pairing does what the real one does."""

from protocol.sign_in import WhoEnrols
from server.events import DevicesChanged, GridEvent, PairingChanged
from server.pairing import WRONG_CODES
from server.ui.made_up_pairing import MadeUpDevices, MadeUpPairing, made_up_devices, more_devices


def test_a_pairing_ends_with_a_device_or_after_five_wrong_codes() -> None:
    """The events that the window is told."""
    told: list[GridEvent] = []
    devices = MadeUpDevices(made_up_devices(), told.append)
    pairing = MadeUpPairing(devices, told.append)
    pairing.open("Yard", who_enrols=WhoEnrols.NOBODY)
    pairing.enter(right=True)
    assert [type(event) for event in told] == [PairingChanged, DevicesChanged, PairingChanged]
    assert pairing.now is None
    (yard,) = [device for device in devices.list() if device.checkpoint_id == "yard"]
    assert yard.who_enrols is WhoEnrols.NOBODY
    pairing.open()
    for _ in range(WRONG_CODES):
        assert pairing.now is not None
        pairing.enter(right=False)
    assert pairing.now is None


def test_devices_change_as_asked() -> None:
    """Shut out, and allowed to enrol."""
    told: list[GridEvent] = []
    devices = MadeUpDevices([*made_up_devices(), *more_devices()], told.append)
    devices.revoke("dock")
    devices.let_enrol("lab-door", WhoEnrols.SIGNED_IN)
    by_id = {device.checkpoint_id: device for device in devices.list()}
    assert by_id["dock"].revoked_at_ms is not None
    assert by_id["lab-door"].who_enrols is WhoEnrols.SIGNED_IN
    assert len(told) == 2
