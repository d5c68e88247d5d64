"""Knocks: strangers share a narrow pace, addresses of checkpoints have a wide one, floods show."""

import contextlib
import logging
import socket
import ssl
import sys
from pathlib import Path

import pytest

from client.backoff import Backoff
from server import knocks as subject
from server.events import GridState
from server.knocks import (
    CHECKPOINT,
    CHECKPOINTS,
    KNOWN_S,
    MANY,
    MOST_ADDRESSES,
    QUIET_S,
    STRANGER,
    STRANGERS,
    Allowance,
    Knocks,
    place_of,
)
from tests.server.wire import Served, heartbeat, served
from tests.support import wait_until


class Clock:
    """Seconds that go forward when told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


def entered(knocks: Knocks, address: str, times: int = 3_000) -> int:
    """How many of so many at once may shake hands."""
    return sum(knocks.enter(address) for _ in range(times))


def test_an_address_has_a_burst_and_then_a_pace() -> None:
    """A stranger's is narrow, that of an address with a checkpoint wide; both fill again."""
    clock = Clock()
    knocks = Knocks(clock=clock)
    knocks.welcome("192.0.2.9")
    for address, allowance in (("192.0.2.1", STRANGER), ("192.0.2.9", CHECKPOINT)):
        assert entered(knocks, address) == allowance.at_once
        clock.now_s += 1.0
        assert entered(knocks, address) == allowance.per_second
        clock.now_s += 3_600.0
        assert entered(knocks, address) == allowance.at_once


def test_this_computer_is_known() -> None:
    """Checkpoints, tools and tests beside the server never share with strangers."""
    for own in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert entered(Knocks(clock=Clock()), own) == CHECKPOINT.at_once


def test_an_address_is_known_for_a_week() -> None:
    """Since a checkpoint was last here; one that was shut out makes it a stranger's again."""
    clock = Clock()
    knocks = Knocks(clock=clock)
    knocks.welcome("192.0.2.1")
    clock.now_s += KNOWN_S - 1.0
    assert entered(knocks, "192.0.2.1") == CHECKPOINT.at_once
    clock.now_s += 1.0
    assert entered(knocks, "192.0.2.1") == STRANGER.at_once
    knocks.welcome("192.0.2.2")
    knocks.forget("192.0.2.2")
    assert entered(knocks, "192.0.2.2") == STRANGER.at_once


def test_strangers_together_are_bounded_and_take_nothing_from_checkpoints() -> None:
    """From a thousand addresses come no more than the allowance of all; known ones come in."""
    clock = Clock()
    knocks = Knocks(clock=clock)
    knocks.welcome("192.0.2.9")
    crowd = [f"198.51.{number // 250}.{number % 250}" for number in range(1_000)]
    assert sum(knocks.enter(address) for address in crowd) == STRANGERS.at_once
    assert knocks.enter("192.0.2.9")
    clock.now_s += 1.0
    assert sum(knocks.enter(address) for address in crowd) == STRANGERS.per_second


def test_known_addresses_together_are_bounded() -> None:
    """Whoever floods from beside every checkpoint takes a bounded part of the processor."""
    knocks = Knocks(clock=Clock())
    addresses = [f"192.0.2.{number}" for number in range(5)]
    for address in addresses:
        knocks.welcome(address)
    assert sum(entered(knocks, address) for address in addresses) <= CHECKPOINTS.at_once


def test_who_comes_for_the_first_time_gets_in_beside_a_few_that_flood() -> None:
    """Thirty addresses that never stop leave half of what there is to the others."""
    clock = Clock()
    knocks = Knocks(clock=clock)
    flooding = [f"198.51.100.{number}" for number in range(30)]
    for address in flooding:
        entered(knocks, address, 50)
    for second in range(60):
        clock.now_s += 1.0
        for address in flooding:
            entered(knocks, address, 50)
        assert knocks.enter(f"203.0.113.{second}"), second


def test_one_network_of_ipv6_is_one_address() -> None:
    """A computer has 2^64 of them; a mapped IPv4 address is that of IPv4."""
    assert place_of("2001:db8:1:2::7") == place_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert place_of("2001:db8:1:3::7") != place_of("2001:db8:1:2::7")
    assert place_of("fe80::1%eth0") == "fe80::/64"
    assert place_of("::ffff:192.0.2.1") == place_of("192.0.2.1") == "192.0.2.1"
    knocks = Knocks(clock=Clock())
    assert sum(knocks.enter(f"2001:db8::{n:x}") for n in range(1, 500)) == STRANGER.at_once


def test_memory_is_bounded() -> None:
    """Whatever addresses come, only so many are remembered."""
    knocks = Knocks(clock=Clock())
    for number in range(MOST_ADDRESSES + 500):
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        knocks.enter(address)
        knocks.welcome(address)
        knocks.enter(address)
    sizes = {len(knocks._strangers), len(knocks._known), len(knocks._seen_s)}
    assert sizes == {MOST_ADDRESSES}


def test_a_flood_is_told_by_its_size_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """One line when it begins, one when it is over; the sentence names who, and changes seldom."""
    clock = Clock()
    knocks = Knocks(clock=clock)
    assert knocks.look() is None
    told = set()
    for _ in range(30):
        entered(knocks, "198.51.100.7", 100)
        knocks.enter("192.0.2.1")
        told.add(knocks.look())
        clock.now_s += 1.0
    assert len(told) == 3
    sentence = knocks.look()
    assert sentence is not None
    assert "At least 1,000 connections" in sentence
    assert "198.51.100.7" in sentence
    assert "firewall" in sentence
    entered(knocks, "127.0.0.1", 5_000)
    entered(knocks, "127.0.0.1", 10_000)
    own = knocks.look() or ""
    assert "from this computer. " in own
    assert own.endswith("Look at which program does it, and end it.")
    clock.now_s += QUIET_S
    assert knocks.look() is None
    assert [record.getMessage() for record in caplog.records] == ["turning_away", "turned_away"]
    assert all(record.levelno == logging.WARNING for record in caplog.records)
    assert knocks.look() is None
    entered(knocks, "192.0.2.2", 30)
    assert knocks.look() is None, "a few that try again are no flood"
    entered(knocks, "192.0.2.2", MANY)
    assert "192.0.2.2" in (knocks.look() or ""), "what was before does not count"


@pytest.mark.parametrize("addresses", [1, 7, 500])
def test_f14_five_hundred_are_in_within_thirty_seconds(addresses: int) -> None:
    """F14: of a server that knows no address yet, each checkpoint trying again at its own pace."""
    clock = Clock()
    knocks = Knocks(clock=clock)
    begun_s = clock.now_s
    waiting = [(begun_s, number, Backoff()) for number in range(500)]
    while waiting:
        waiting.sort(key=lambda each: each[0])
        clock.now_s, number, backoff = waiting.pop(0)
        address = f"10.0.{number % addresses // 250}.{number % addresses % 250}"
        if knocks.enter(address):
            knocks.welcome(address)
        else:
            waiting.append((clock.now_s + backoff.next_s(), number, backoff))
    assert clock.now_s - begun_s < 30.0


def _knock(running: Served, address: str) -> bool:
    """Whether somebody without a certificate gets through a handshake, from an address of ours."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    where = ("127.0.0.1", running.port)
    with contextlib.suppress(OSError), socket.socket() as raw:
        raw.settimeout(5.0)
        raw.bind((address, 0))
        raw.connect(where)
        with context.wrap_socket(raw):
            return True
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only there 127.0.0.2 is an address of ours")
def test_a_flood_over_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is cut off before TLS and shown; checkpoints come in and are answered meanwhile."""
    other = "127.0.0.2"
    monkeypatch.setattr(subject, "STRANGER", Allowance(0.001, 3.0))
    with served(tmp_path) as running:
        assert [_knock(running, other) for _ in range(6)] == [True] * 3 + [False] * 3
        assert sum(_knock(running, other) for _ in range(MANY)) == 0
        with running.checkpoint() as peer:
            wait_until(lambda: running.grid.status.state is GridState.FLOODED)
            assert other in running.grid.status.sentence
            assert peer.ask(heartbeat()).kind == "heartbeat_reply"
    assert sum(record.getMessage() == "turning_away" for record in caplog.records) == 1
