"""Pairing and shutting out as a checkpoint lives through them, and what the wire shows of it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.approach import Address
from client.enrolment_events import EnrolAnswered
from client.events import LinkState, LinkStatus, PairingAnswered, VerdictArrived
from client.identity import Identity
from client.link import Link
from client.pairing import Pairing
from protocol.kinds import DLIB_SHAPE
from protocol.messages import Identify
from protocol.sign_in import WhoEnrols
from security.pairing_code import read_code
from tests.client.fake_server import FakeServer
from tests.client.fakes import Collector
from tests.client.test_errands import probe
from tests.client.wiretaps import Wiretap
from tests.grids import MadeUpGrid, grid
from tests.server.wire import ENCODER, Served, enrol, face, served
from tests.support import wait_until


class Door:
    """A link with its folder."""

    def __init__(self, port: int, folder: Path, *, server_data: Path | None = None) -> None:
        self.posted = Collector()
        self.identity = Identity(folder / "identity", "lobby-1")
        self.link = Link(
            Address("127.0.0.1", port, "lobby-1", "Side entrance"),
            self.posted,
            pairing=Pairing(self.identity, server_data or folder / "nothing"),
            uniform=lambda low, _high: low,
        )
        self.link.start()
        self.link.set_encoder(ENCODER, DLIB_SHAPE)

    def until(self, state: LinkState) -> LinkStatus:
        """Waits for a state."""
        return self.posted.wait_for(LinkStatus, lambda status: status.state is state)

    @property
    def status(self) -> LinkStatus:
        """The newest one."""
        return self.posted.of(LinkStatus)[-1]

    def end(self) -> None:
        """Closes it."""
        self.link.close()
        wait_until(lambda: not self.link.alive)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Served]:
    """A server without checkpoints."""
    with served(tmp_path / "data") as made:
        yield made


def test_a_code_is_typed_and_the_events_that_waited_go_out(running: Served, tmp_path: Path) -> None:
    """Not paired, paired, connected; the server of the code takes the place of the settings'."""
    door = Door(1, tmp_path)
    try:
        door.link.ask(probe(1), steady_s=time.monotonic())
        door.until(LinkState.NOT_PAIRED)
        door.link.pair("0K0AG", None)
        refused = door.posted.wait_for(PairingAnswered)
        assert not refused.ok
        assert "characters" in refused.sentence
        door.link.pair(running.grid.pairing.open().code, None)
        answer = door.posted.wait_for(PairingAnswered, lambda each: each.ok)
        assert (answer.host, answer.port) == ("127.0.0.1", running.port)
        door.until(LinkState.CONNECTED)
        wait_until(lambda: door.status.kept == 0)
        assert len(running.stored) == 1
    finally:
        door.end()


def test_n5_without_a_certificate_the_event_stays_queued(running: Served, tmp_path: Path) -> None:
    """N5: not paired is said, with what to do; the event is kept, and nobody is named."""
    door = Door(running.port, tmp_path)
    try:
        status = door.until(LinkState.NOT_PAIRED)
        assert "Ask for a code" in status.sentence
        door.link.ask(probe(1), steady_s=time.monotonic())
        wait_until(lambda: door.status.kept == 1)
        assert running.stored == []
    finally:
        door.end()


def test_n5_a_certificate_the_server_does_not_know_is_not_accepted(
    running: Served, tmp_path: Path
) -> None:
    """N5: of the same grid, but never given away (an older copy of its list): the event stays."""
    door = Door(running.port, tmp_path, server_data=running.folder.root)
    try:
        door.until(LinkState.CONNECTED)
        devices = running.grid.devices
        devices._kept = {}
        devices._index()
        (tmp_path / "data" / "local-pairing.json").unlink()
        serving = running.grid._serving
        assert serving is not None
        serving.dismiss("lobby-1")
        status = door.until(LinkState.NOT_PAIRED)
        assert "not paired" in status.sentence
        door.link.ask(probe(1), steady_s=time.monotonic())
        wait_until(lambda: door.status.kept == 1)
    finally:
        door.end()


def test_n6_a_connected_checkpoint_is_shut_out_within_two_seconds(
    running: Served, tmp_path: Path
) -> None:
    """N6: it is told so, refused afterwards, and others go on; a new code lets it in again."""
    door = Door(running.port, tmp_path, server_data=running.folder.root)
    try:
        door.until(LinkState.CONNECTED)
        with running.checkpoint("healthy") as healthy:
            began_s = time.monotonic()
            running.grid.devices.revoke("lobby-1")
            status = door.until(LinkState.REVOKED)
            assert time.monotonic() - began_s < 2.0
            assert "shut this checkpoint out" in status.sentence
            wait_until(lambda: running.grid.checkpoints.connected == 1)
            door.link.ask(probe(1), steady_s=time.monotonic())
            door.link.retry_now()
            wait_until(lambda: door.status.kept == 1)
            assert running.stored == []
            healthy.socket.settimeout(0.1)
            with pytest.raises(TimeoutError):
                healthy.socket.recv(1)
        door.link.pair(running.grid.pairing.open().code, None)
        wait_until(lambda: door.link.connected)
        wait_until(lambda: len(running.stored) == 1)
    finally:
        door.end()


def test_n6_it_is_told_why_and_told_so_again(running: Served) -> None:
    """N6: closed within two seconds with a word for it, and refused with the same one after."""
    with running.checkpoint("deaf") as deaf:
        began_s = time.monotonic()
        running.grid.devices.revoke("deaf")
        wait_until(lambda: running.grid.checkpoints.connected == 0, timeout_s=2.0)
        assert time.monotonic() - began_s < 2.0
        assert deaf.next_error()["code"] == "revoked"
    with running.peer("deaf") as again:
        assert again.next_error()["code"] == "revoked"
        assert again.closed_within(2.0) < 1.0


def test_a_changed_server_is_a_state_of_its_own(tmp_path: Path) -> None:
    """Nothing is sent to it; the event waits for the right one."""
    MadeUpGrid().identity(tmp_path / "identity", "lobby-1")
    with FakeServer() as server:
        door = Door(server.port, tmp_path)
        try:
            status = door.until(LinkState.SERVER_CHANGED)
            assert "paired with" in status.sentence
            door.link.ask(probe(1), steady_s=time.monotonic())
            wait_until(lambda: door.status.kept == 1)
            assert server.of(Identify) == []
        finally:
            door.end()


def test_n2_a_recorded_wire_shows_nobody_and_nothing(running: Served, tmp_path: Path) -> None:
    """N2: pairing, hello, identify and enrol through a wire that is recorded: nothing in clear."""
    code = running.grid.pairing.open("Main entrance", who_enrols=WhoEnrols.ANYBODY).code
    with Wiretap(running.port) as tap:
        door = Door(tap.port, tmp_path)
        try:
            door.link.pair(code, f"127.0.0.1:{tap.port}")
            door.until(LinkState.CONNECTED)
            door.link.ask(probe(1), steady_s=time.monotonic())
            door.posted.wait_for(VerdictArrived)
            wait_until(lambda: running.stored)
            request = enrol("Ada Lovelace", face(5))
            door.link.enrol(request)
            answer = door.posted.wait_for(EnrolAnswered)
            assert answer.ok, answer.message
        finally:
            door.end()
        recorded = bytes(tap.recorded)
    assert len(recorded) > 5000
    assert recorded.count(b"\x17\x03\x03") > 5  # records of encrypted data
    secret = read_code(code).secret
    numbers = [f"{value:.5f}"[:6] for value in request.samples[0].encoding if value > 0.001][:5]
    words = [
        code, code.replace("-", ""), secret.hex(), "Side entrance", "Main entrance",
        request.display_name, "lobby-1", "FaceNetGrid", "checkpoint", "encoding", "identify",
        "hello", "kind", ENCODER, running.grid._opened.doorway.pairing.local_secret, *numbers,
    ]  # fmt: skip
    for word in words:
        assert word.encode() not in recorded, word
    assert secret not in recorded
    assert grid().server_name.encode() not in recorded
