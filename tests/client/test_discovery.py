"""What is made of announcements, which anybody on the network can write."""

import sys
from types import SimpleNamespace

import pytest

from client import discovery
from client.discovery import MOST, Finder, FoundServer, understood

HASH = "0001020304050607"
FACTS: dict[bytes, bytes | None] = {b"name": b"Lobby server", b"authority": HASH.encode()}


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Finder:
    """One on a computer without the extra: it does not ask the network."""
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    return Finder()


def test_a_server_is_understood() -> None:
    """Name, address, and which grid."""
    found = understood(["192.168.1.20"], 5050, FACTS)
    assert found == FoundServer("Lobby server", "192.168.1.20:5050", HASH)
    found = understood(["fe80::1", "2001:db8::5", "10.0.0.5"], 7, FACTS)
    assert found is not None
    assert found.address == "10.0.0.5:7"
    found = understood(["2001:db8::5"], 7, FACTS)
    assert found is not None
    assert found.address == "[2001:db8::5]:7"


@pytest.mark.parametrize(
    ("addresses", "port", "facts"),
    [
        ([], 5050, FACTS),
        (["x"], 5050, FACTS),
        (["10.0.0.5"], None, FACTS),
        (["10.0.0.5"], 0, FACTS),
        (["10.0.0.5"], 70000, FACTS),
        (["10.0.0.5"], 5050, {}),
        (["10.0.0.5"], 5050, {b"name": None}),
        (["10.0.0.5"], 5050, {b"name": b"\x1b[31m"}),
        (["10.0.0.5"], 5050, {b"name": b"x" * 300}),
    ],
)
def test_nonsense_is_no_server(
    addresses: list[str], port: int | None, facts: dict[bytes, bytes | None]
) -> None:
    """Nothing of it is shown."""
    assert understood(addresses, port, facts) is None


def test_a_hash_that_is_none_is_left_out() -> None:
    """The rest is shown: it is believed in nothing anyway."""
    for wrong in (b"", b"xyz", b"\xff" * 16, HASH.upper().encode() + b"0"):
        found = understood(["10.0.0.5"], 5050, {b"name": b"Lobby", b"authority": wrong})
        assert found == FoundServer("Lobby", "10.0.0.5:5050", "")


def test_without_the_extra_nothing_is_found(finder: Finder) -> None:
    """And nothing runs."""
    assert finder.found == ()
    assert not finder.alive
    finder.close()


def test_announcements_come_and_go_and_a_flood_is_bounded(finder: Finder) -> None:
    """Sorted by name; one that is taken back disappears."""
    listener = discovery._Listener(finder)
    network = SimpleNamespace(
        get_service_info=lambda _kind, name, timeout: SimpleNamespace(
            parsed_addresses=lambda: ["10.0.0.5"],
            port=5050,
            properties={b"name": name.encode()},
        )
    )
    for name in ("Yard", "attic"):
        listener.add_service(network, discovery.SERVICE, name)
    assert [server.name for server in finder.found] == ["attic", "Yard"]
    listener.remove_service(network, discovery.SERVICE, "Yard")
    assert [server.name for server in finder.found] == ["attic"]
    for number in range(2 * MOST):
        listener.add_service(network, discovery.SERVICE, f"flood {number}")
    assert len(finder.found) == MOST
    silent = SimpleNamespace(get_service_info=lambda *_args, **_more: None)
    listener.update_service(silent, discovery.SERVICE, "attic")
    assert len(finder.found) == MOST
