"""What the server tells the network about itself, and when it does not."""

import sys
from pathlib import Path

import pytest

from server.announce import SERVICE, Announcement, installed, instance_name
from tests.server.wire import served
from tests.support import wait_until

HASH = bytes(range(32))


class FakeAnnouncing:
    """Notes what is announced."""

    def __init__(self, *, fails: bool = False) -> None:
        self.announced: list[tuple[str, list[bytes], int, dict[str, str]]] = []
        self.closed = False
        self._fails = fails

    def addresses(self) -> list[bytes]:
        """Two networks."""
        return [bytes((192, 168, 1, 20)), bytes((10, 0, 0, 5))]

    def announce(self, name: str, addresses: list[bytes], port: int, facts: dict[str, str]) -> None:
        """Notes it, or fails as a network without multicast does."""
        if self._fails:
            raise OSError("Network is unreachable")
        self.announced.append((name, addresses, port, facts))

    def close(self) -> None:
        """Takes it back."""
        self.closed = True


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("0.0.0.0", [bytes((192, 168, 1, 20)), bytes((10, 0, 0, 5))]),
        ("192.168.7.7", [bytes((192, 168, 7, 7))]),
    ],
)
def test_name_port_and_hash_are_told_until_it_is_withdrawn(
    host: str, addresses: list[bytes]
) -> None:
    """Where it listens, and the beginning of its authority's hash."""
    fake = FakeAnnouncing()
    made = Announcement("Lobby server", host, 5050, HASH, announcing=fake)
    made.start()
    wait_until(lambda: fake.announced)
    facts = {"name": "Lobby server", "authority": "0001020304050607"}
    assert fake.announced == [("Lobby server", addresses, 5050, facts)]
    assert made.alive
    made.withdraw()
    wait_until(lambda: not made.alive)
    assert fake.closed


def test_a_server_for_this_computer_alone_is_not_announced() -> None:
    """Nobody could reach it."""
    fake = FakeAnnouncing()
    made = Announcement("Lobby server", "127.0.0.1", 5050, HASH, announcing=fake)
    made.start()
    made.withdraw()
    assert not made.alive
    assert fake.announced == []


def test_its_end_can_be_waited_for() -> None:
    """A program that ends before leaves it standing at every checkpoint; unstarted it is over."""
    fake = FakeAnnouncing()
    made = Announcement("Lobby server", "192.168.7.7", 5050, HASH, announcing=fake)
    made.join(5.0)
    made.start()
    wait_until(lambda: fake.announced)
    made.withdraw()
    made.join(5.0)
    assert fake.closed
    assert not made.alive


def test_a_network_without_multicast_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """One line in the log, and the thread ends."""
    fake = FakeAnnouncing(fails=True)
    made = Announcement("Lobby server", "192.168.7.7", 5050, HASH, announcing=fake)
    made.start()
    wait_until(lambda: not made.alive)
    assert fake.closed
    assert "not_announced" in caplog.text


def test_without_the_extra_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server starts as well without it."""
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    assert not installed()
    made = Announcement("Lobby server", "192.168.7.7", 5050, HASH)
    made.start()
    made.withdraw()
    assert not made.alive


def test_a_name_fits_into_dns() -> None:
    """63 bytes a label, whatever the server is called."""
    for name in ("Lobby", "Eingang Süd 1.OG", "門" * 100, "a.b"):
        label = instance_name(name, "0001020304050607").removesuffix("." + SERVICE)
        assert len(label.encode()) <= 63
        assert "." not in label
        assert label.endswith("-00010203")


def test_a_server_that_is_stopped_takes_it_back(tmp_path: Path) -> None:
    """Listening on 127.0.0.1 it was never made."""
    with served(tmp_path) as running:
        serving = running.grid._serving
        assert serving is not None
        assert not serving._announcement.alive
