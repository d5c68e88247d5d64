"""From an address to a verified connection, or the sentence that says what is missing."""

import json
import socket
from pathlib import Path

import pytest

from client.approach import Address, approach
from client.dialling import Cancelled, DialFailed
from client.events import LinkState
from client.identity import Identity
from client.pairing import OFFER, Pairing
from tests.client.fake_server import FakeServer
from tests.grids import MadeUpGrid, pairing


def address(port: int) -> Address:
    """A server of this computer."""
    return Address("127.0.0.1", port, "lobby-1", "Lobby")


def never() -> bool:
    """Nobody cancels."""
    return False


def test_a_paired_checkpoint_comes_in_under_its_certificates_id() -> None:
    """Whatever its settings call it."""
    with FakeServer() as server:
        checkpoint_id, tls = approach(address(server.port), pairing("desk"), cancelled=never)
        with tls:
            assert checkpoint_id == "desk"
            assert tls.version() == "TLSv1.3"


def test_without_a_server_that_is_said_and_not_the_pairing() -> None:
    """First things first."""
    with socket.create_server(("127.0.0.1", 0)) as freed:
        port = freed.getsockname()[1]
    with pytest.raises(DialFailed, match="No server answers") as caught:
        approach(address(port), Pairing(None), cancelled=never)
    assert caught.value.state is LinkState.UNREACHABLE


def test_a_new_checkpoint_whose_server_is_elsewhere_is_offered_the_pairing(tmp_path: Path) -> None:
    """Its own computer has no server, as on the first day: the banner has to have the button."""
    with socket.create_server(("127.0.0.1", 0)) as freed:
        port = freed.getsockname()[1]
    new = Pairing(Identity(tmp_path, "lobby-1"), tmp_path)
    with pytest.raises(DialFailed, match=r"No server answers .*Add checkpoint") as caught:
        approach(address(port), new, cancelled=never)
    assert caught.value.state is LinkState.NOT_PAIRED


def test_beside_a_server_that_is_stopped_nobody_needs_a_code(tmp_path: Path) -> None:
    """Its offer lies on this computer, or the checkpoint was paired: it is away, no more."""
    with socket.create_server(("127.0.0.1", 0)) as freed:
        port = freed.getsockname()[1]
    grid = MadeUpGrid()
    offer = {"host": "127.0.0.1", "port": port, "authority": grid.pem, "secret": "00"}
    kept = tmp_path / OFFER
    kept.write_text(json.dumps(offer), "utf-8")
    kept.chmod(0o600)
    beside = Pairing(Identity(tmp_path, "lobby-1"), tmp_path)
    paired = Pairing(grid.identity(tmp_path / "paired", "lobby-1"), tmp_path / "no")
    for one in (beside, paired):
        with pytest.raises(DialFailed, match=r"check its address and port\.$") as caught:
            approach(address(port), one, cancelled=never)
        assert caught.value.state is LinkState.UNREACHABLE


def test_an_unpaired_checkpoint_is_told_what_to_ask_for(tmp_path: Path) -> None:
    """And what it says to the server is nothing."""
    with FakeServer() as server:
        unpaired = Pairing(Identity(tmp_path, "lobby-1"), tmp_path)
        with pytest.raises(DialFailed, match="Ask for a code") as caught:
            approach(address(server.port), unpaired, cancelled=never)
        assert caught.value.state is LinkState.NOT_PAIRED
        assert server.received == []


def test_another_server_is_told_apart(tmp_path: Path) -> None:
    """Its own state; nothing is sent."""
    identity = MadeUpGrid().identity(tmp_path, "lobby-1")
    with FakeServer() as server:
        with pytest.raises(DialFailed) as caught:
            approach(address(server.port), Pairing(identity), cancelled=never)
        assert caught.value.state is LinkState.SERVER_CHANGED
        assert server.received == []


def test_it_can_be_cancelled() -> None:
    """The window is closed meanwhile."""
    with FakeServer() as server, pytest.raises(Cancelled):
        approach(address(server.port), pairing(), cancelled=lambda: True)
