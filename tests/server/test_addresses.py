"""Tests of the addresses of this computer."""

import ipaddress

import pytest

from server import addresses
from server.addresses import OwnAddress, own_address_towards, own_addresses, reaches_others


def test_own_addresses_are_ipv4_and_never_the_loopback() -> None:
    """Whatever network there is: addresses that another computer can be told, each once."""
    found = [one.address for one in own_addresses()]
    assert len(found) == len(set(found))
    for address in found:
        parsed = ipaddress.ip_address(address)
        assert parsed.version == 4
        assert not parsed.is_loopback


def test_the_way_out_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several cards, the one that other networks are reached by."""
    cards = [OwnAddress("10.0.0.7", "cable"), OwnAddress("192.168.1.20", "radio")]
    monkeypatch.setattr(addresses, "_of_cards", lambda: cards)
    monkeypatch.setattr(addresses, "_of_name", lambda: ["10.0.0.7"])
    monkeypatch.setattr(addresses, "_way_out", lambda: "192.168.1.20")
    assert [one.words for one in own_addresses()] == ["192.168.1.20  (radio)", "10.0.0.7  (cable)"]


def test_without_a_network_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty list, which the dialog says in words."""
    monkeypatch.setattr(addresses, "_of_cards", list)
    monkeypatch.setattr(addresses, "_of_name", list)
    monkeypatch.setattr(addresses, "_way_out", lambda: "")
    assert own_addresses() == ()


def test_the_address_that_another_one_comes_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system knows the way; of this computer itself, a name, or nothing there is none."""
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(addresses, "_towards", lambda where: asked.append(where) or "10.0.0.7")
    assert own_address_towards("10.0.0.9") == "10.0.0.7"
    assert [own_address_towards(one) for one in ("", "127.0.0.1", "gate", "fe80::1")] == [""] * 4
    assert [host for host, _port in asked] == ["10.0.0.9"]


@pytest.mark.parametrize(
    ("host", "reaches"),
    [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True)],
)
def test_which_hosts_others_can_reach(host: str, *, reaches: bool) -> None:
    """Everything but the loopback."""
    assert reaches_others(host) is reaches
    assert reaches_others("192.168.1.20")
