"""Ports: where the server listens, and who holds one that is taken."""

import os
import socket
import sys
from pathlib import Path

import pytest

from server import ports
from server.ports import HostRefused, PortInUse


@pytest.mark.parametrize("host", ["localhost", "lobby", "192.168.1", "::1%", " ", ""])
def test_names_are_no_addresses_to_listen_on(host: str) -> None:
    """A name may mean several addresses, and not the one that was thought of."""
    with pytest.raises(HostRefused, match=r"Write 127\.0\.0\.1 for checkpoints on this computer"):
        ports.bind(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1"])
def test_a_free_port_is_bound(host: str) -> None:
    """Port 0 takes a free one; one address, every network, IPv6."""
    with ports.bind(host, 0) as listening:
        assert listening.getsockname()[1] > 0


def test_whom_the_server_is_for_is_said() -> None:
    """This computer, or the network."""
    assert "this computer only" in ports.whom("127.0.0.1")
    assert "this computer only" in ports.whom("::1")
    assert "network" in ports.whom("0.0.0.0")


def test_a_taken_port_names_its_holder_and_the_next() -> None:
    """The refusal has the holder (us) and a port that can really be bound."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse) as refused:
            ports.bind("127.0.0.1", port)
        assert refused.value.port == port
        assert str(port) in str(refused.value)
        assert refused.value.free_port is not None
        with ports.bind("127.0.0.1", refused.value.free_port):
            pass
        if sys.platform == "linux":
            assert refused.value.holder is not None
            assert refused.value.holder.pid == os.getpid()
            assert refused.value.holder.name


def test_nobody_holds_a_free_port(tmp_path: Path) -> None:
    """A port nobody listens on, or a system without /proc, names nobody."""
    with socket.create_server(("127.0.0.1", 0)) as freed:
        port = freed.getsockname()[1]
    assert ports.holder_of(port) is None
    assert ports.holder_of(port, proc=tmp_path) is None


def test_no_free_port_is_offered_beyond_the_last() -> None:
    """After 65535 there is none."""
    assert ports.next_free("127.0.0.1", 65_535) is None


def test_a_port_can_be_used_again_at_once() -> None:
    """A restart is not kept off its port by connections of the last run in TIME_WAIT."""
    listening = ports.bind("127.0.0.1", 0)
    port = listening.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        accepted, _ = listening.accept()
        accepted.close()
    listening.close()
    ports.bind("127.0.0.1", port).close()
