"""Shutting out while the disk is full: at once, told until it is written, then for good."""

import time
from pathlib import Path

import pytest

from protocol.sign_in import WhoEnrols
from server.acting_grid import ActingGrid
from server.administration import command_line
from server.audit import AuditProblem
from server.audit_records import Details
from server.devices import Device, Devices, Standing
from server.events import GridEvent, GridState, ShutOutWaits
from server.permissions import Action, Actor, NotAllowed, Role
from server.shutting_out import ShuttingOut
from tests.server.office import MadeUpVault
from tests.server.wire import served
from tests.support import wait_until

AT_MS = 1_790_000_000_000


class Disk:
    """A disk that is full until somebody makes room; in the place of what writes."""

    def __init__(self, patch: pytest.MonkeyPatch, *what: str) -> None:
        self.full = True
        for name in what:
            self._stand_before(patch, name)

    def _stand_before(self, patch: pytest.MonkeyPatch, name: str) -> None:
        module, _, attribute = name.rpartition(".")
        real = getattr(__import__(module, fromlist=[attribute]), attribute)

        def write(*args: object, **more: object) -> object:
            if self.full:
                raise OSError(28, "No space left on device")
            return real(*args, **more)

        patch.setattr(name, write)


LOG, LIST = "server.audit.append", "server.devices.write_atomically"


@pytest.mark.parametrize("full", [(LOG, LIST), (LOG,), (LIST,)])
def test_n6_f5_a_full_disk_keeps_nobody_connected(
    tmp_path: Path, full: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """N6, F5: gone within two seconds and refused; when there is room again, in list and log."""
    with served(tmp_path) as running:
        books, grid = running.grid.books, running.grid
        assert books is not None
        boss = ActingGrid(grid, books.administration, command_line())
        with running.checkpoint("stolen") as stolen, running.checkpoint("gate") as gate:
            disk = Disk(monkeypatch, *full)
            began_s = time.monotonic()
            said = boss.devices.revoke("stolen")
            assert stolen.next_error()["code"] == "revoked"
            assert time.monotonic() - began_s < 2.0
            assert "is shut out, and that could not be written (No space left on device)." in said
            with running.peer("stolen") as again:
                assert again.next_error()["code"] == "revoked"
            assert grid.status.state is GridState.SHUT_OUT_UNWRITTEN
            assert "make room" in grid.status.sentence
            grid.shutting_out.tick()
            assert grid.status.state is GridState.SHUT_OUT_UNWRITTEN
            disk.full = False
            if full != (LOG, LIST):  # else by itself, within a second
                grid.shutting_out.tick()
            wait_until(lambda: grid.status.state is GridState.RUNNING)
            gate.socket.settimeout(0.05)
            with pytest.raises(TimeoutError):
                gate.socket.recv(1)
        verified = books.audit.verify()
        assert verified.findings == ()
        last = [one for one in verified.entries if one.action == Action.REVOKE_CHECKPOINT][-1]
        assert (last.target, last.outcome, last.actor) == ("stolen", "done", command_line().name)
        assert str(last.details["shut_out_at"]).endswith("UTC")
    with served(tmp_path) as running:
        (one,) = [each for each in running.grid.devices.list() if each.checkpoint_id == "stolen"]
        assert one.revoked_at_ms is not None


def test_nobody_is_shut_out_by_somebody_who_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when their refusal cannot be written; and who is not there is no reason for an alarm."""
    with served(tmp_path) as running, running.checkpoint("gate"):
        books = running.grid.books
        assert books is not None
        guard, boss = (
            ActingGrid(running.grid, books.administration, Actor("os:somebody", role)).devices
            for role in (Role.OPERATOR, Role.ADMINISTRATOR)
        )
        with pytest.raises(NotAllowed):
            guard.revoke("gate")
        with monkeypatch.context() as patch:
            Disk(patch, LOG)
            with pytest.raises(AuditProblem):
                guard.revoke("gate")
            with pytest.raises(KeyError):
                boss.revoke("nobody")
        assert running.grid.status.state is GridState.RUNNING
        assert all(one.revoked_at_ms is None for one in running.grid.devices.list())


def test_each_record_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether list or log has room first; a name is said until both have it."""
    told: list[GridEvent] = []
    devices = Devices(tmp_path / "devices.sealed", MadeUpVault().sealer("devices"))
    for name in ("car-park", "yard"):
        devices.paired(Device(name, name.title(), 1, 2), name)
    shutting_out = ShuttingOut(devices, told.append, lambda: AT_MS)
    shutting_out.tick()
    records: list[Details] = []
    room = False

    def record(*, details: Details) -> None:
        if not room:
            raise AuditProblem("No room.")
        records.append(details)

    disk = Disk(monkeypatch, LIST)
    for name in ("car-park", "yard", "yard"):
        said = shutting_out.anyway(name, record, AuditProblem("No room."))
        assert "(No room.)" in said
    shutting_out.tick()
    assert records == []
    room = True
    shutting_out.tick()
    shutting_out.tick()
    assert records == [{"shut_out_at": "2026-09-21 14:13 UTC"}] * 2
    assert told[-1] == ShutOutWaits(("Car-Park", "Yard"))
    disk.full = False
    devices.let_enrol("yard", WhoEnrols.NOBODY)
    shutting_out.tick()
    shutting_out.tick()
    assert told[-1] == ShutOutWaits(())
    assert len(records) == 2
    assert devices.standing("yard") is Standing.REVOKED
