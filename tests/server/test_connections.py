"""Caps on connections: silent strangers make room, floods leave nothing behind."""

import socket
import threading
import time
from pathlib import Path

import pytest

from protocol.messages import Welcome
from server.connections import PER_CHECKPOINT, Connections
from server.knocks import STRANGER, Knocks
from server.settings import ServerSettings
from tests.server.wire import assert_healthy, face, identify, served
from tests.support import wait_until


class FakeMember:
    """A connection that does nothing but note what is asked of it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.checkpoint_id = f"gate-{number}"
        self.aborted = False
        self.finished = False

    def start(self) -> None:
        """Starts nothing."""

    def abort(self) -> None:
        """Notes it."""
        self.aborted = True

    def finish(self) -> None:
        """Notes it."""
        self.finished = True

    def dismiss(self) -> None:
        """Says nothing to anybody."""


def make(
    max_strangers: int = 2, max_checkpoints: int = 1, knocks: Knocks | None = None
) -> tuple[Connections, list[FakeMember]]:
    """A registry of fake members."""
    made: list[FakeMember] = []

    def member(_raw: socket.socket, _address: str, number: int) -> FakeMember:
        made.append(FakeMember(number))
        return made[-1]

    registry = Connections(
        member,
        max_strangers=max_strangers,
        max_checkpoints=max_checkpoints,
        knocks=knocks or Knocks(clock=lambda: 0.0),
    )
    return registry, made


def admit(registry: Connections, address: str = "127.0.0.1") -> None:
    """Admits a socket that leads nowhere."""
    raw = socket.socket()
    registry.admit(raw, address)
    raw.close()


def test_the_oldest_stranger_makes_room() -> None:
    """With two places the third newcomer ends the first stranger, not the second."""
    registry, made = make()
    for _ in range(3):
        admit(registry)
    assert [member.aborted for member in made] == [True, False, False]
    assert registry.count == 3
    registry.remove(1)
    assert registry.count == 2


def test_d2_a_flood_from_one_address_ends_its_own() -> None:
    """D2: whoever came from another address keeps the place, however old."""
    registry, made = make(max_strangers=4)
    admit(registry, "192.0.2.1")
    for _ in range(9):
        admit(registry, "192.0.2.2")
        if made[1].aborted:
            registry.remove(next(m.number for m in made if m.aborted))
            made[1].aborted = False
    assert not made[0].aborted
    for number in range(8):
        admit(registry, f"198.51.100.{number}")
        for member in made:
            if member.aborted:
                registry.remove(member.number)
    assert made[0].aborted, "among equals the oldest makes room"


def test_one_checkpoint_has_few_connections() -> None:
    """The oldest of its own makes room; another checkpoint's stays, and places are given back."""
    registry, made = make(max_strangers=4, max_checkpoints=64)
    admit(registry)
    assert registry.trust(1)
    for number in range(2, PER_CHECKPOINT + 4):
        admit(registry)
        made[-1].checkpoint_id = "greedy"
        assert registry.trust(number)
    assert [member.number for member in made if member.aborted] == [2, 3]
    assert registry.checkpoints == PER_CHECKPOINT + 1
    for number in range(1, PER_CHECKPOINT + 4):
        registry.remove(number)
    assert registry.count == 0
    assert not registry._addresses


def test_a_few_greedy_ones_keep_nobody_out() -> None:
    """Who has most makes room when all places are taken; one that has a single one keeps it."""
    registry, made = make(max_strangers=4, max_checkpoints=4)
    for number, name in enumerate(("honest", "greedy", "greedy", "greedy"), start=1):
        admit(registry)
        made[-1].checkpoint_id = name
        assert registry.trust(number)
    for number, name in enumerate(("second", "third", "fourth"), start=5):
        admit(registry)
        made[-1].checkpoint_id = name
        assert registry.trust(number) == (name != "fourth")
    assert [member.number for member in made if member.aborted] == [2, 3]
    assert registry.checkpoints == 4


def test_a_trusted_one_is_never_ended_for_a_newcomer() -> None:
    """Saying hello takes a connection out of the strangers' places."""
    registry, made = make()
    admit(registry)
    assert registry.trust(1)
    for _ in range(3):
        admit(registry)
    assert [member.aborted for member in made] == [False, True, False, False]
    assert registry.checkpoints == 1


def test_checkpoints_are_counted() -> None:
    """The cap on checkpoints refuses, and a place is free again after one left."""
    registry, _ = make(max_strangers=3)
    for _ in range(2):
        admit(registry)
    assert registry.trust(1)
    assert not registry.trust(2)
    registry.remove(1)
    assert registry.trust(2)


def test_an_evicted_one_cannot_be_trusted() -> None:
    """A hello that comes while the connection is being cut off is too late."""
    registry, _ = make(max_strangers=1)
    admit(registry)
    admit(registry)
    assert not registry.trust(1)


def test_a_newcomer_waits_until_the_evicted_have_gone() -> None:
    """With as many being cut off as strangers may be here, the next one has to wait for an end."""
    registry, made = make(max_strangers=1)
    admit(registry)
    newcomer = threading.Thread(target=admit, args=(registry,))
    newcomer.start()
    wait_until(lambda: made[0].aborted)
    # The count waits for the registry's lock: the newcomer is in by then, or waits.
    assert registry.count == 1
    assert len(made) == 1
    registry.remove(1)
    newcomer.join(timeout=5)
    assert len(made) == 2
    assert registry.count == 1


def test_finish_admits_no_other() -> None:
    """While stopping, everybody is asked to finish and newcomers are closed."""
    registry, made = make()
    admit(registry)
    registry.finish_all()
    admit(registry)
    assert len(made) == 1
    assert made[0].finished
    assert not registry.wait_empty(0.01)
    assert made[0].aborted
    registry.remove(1)
    assert registry.wait_empty(0.01)


@pytest.mark.alone
def test_d1_two_hundred_silent_peers(tmp_path: Path) -> None:
    """D1: with 200 silent TCP peers a healthy checkpoint is in within a second."""
    with served(tmp_path) as running:
        silent = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(200)]
        started = time.monotonic()
        with running.checkpoint() as gate:
            assert time.monotonic() - started < 1.0
            assert gate.ask(identify(face(1))).kind == "verdict"
        for peer in silent:
            peer.close()
        wait_until(lambda: _connection_threads() == 0)


def test_d2_a_thousand_connections(tmp_path: Path) -> None:
    """D2: threads stay capped, and threads and descriptors return to the baseline."""
    with served(tmp_path) as running:
        assert_healthy(running)
        wait_until(lambda: _connection_threads() == 0)
        before = _descriptors()
        most = 0
        for _ in range(10):
            burst = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(100)]
            most = max(most, _connection_threads())
            for peer in burst:
                peer.close()
        assert most <= 2 * ServerSettings().max_strangers
        wait_until(lambda: _connection_threads() == 0)
        wait_until(lambda: _descriptors() <= before, what="the descriptors' return")
        assert_healthy(running)


def test_the_address_of_a_checkpoint_that_was_shut_out_is_as_any_other() -> None:
    """Also once its connection has ended, and when its hello was being answered just then."""
    now_s = 0.0
    knocks = Knocks(clock=lambda: now_s)
    registry, _ = make(3, 3, knocks)
    left, out, late = "192.0.2.1", "192.0.2.2", "192.0.2.3"
    for address in (left, out, late):
        admit(registry, address)
    assert registry.trust(1)
    assert registry.trust(2)
    registry.dismiss("gate-2")
    registry.dismiss("gate-3")
    assert registry.trust(3)
    for number in (1, 2, 3):
        registry.remove(number)
    now_s = 60.0
    entered = [sum(knocks.enter(one) for _ in range(100)) for one in (left, out, late)]
    assert entered == [100, int(STRANGER.at_once), int(STRANGER.at_once)]


def test_too_many_checkpoints_are_told_busy(tmp_path: Path) -> None:
    """The checkpoint too many gets a retryable `busy`; those who are in stay in."""
    settings = ServerSettings(port=0, max_checkpoints=1)
    with served(tmp_path, settings=settings) as running, running.checkpoint("first") as first:
        with running.peer("second") as second:
            answer = second.hello()
            assert (answer.code, answer.retryable) == ("busy", True)  # type: ignore[attr-defined]
        assert first.ask(identify(face(1))).kind == "verdict"
        first.close()

        def welcome() -> bool:
            with running.peer("third") as third:
                return isinstance(third.hello(), Welcome)

        wait_until(welcome)


def _connection_threads() -> int:
    return sum(thread.name.startswith("checkpoint-") for thread in threading.enumerate())


def _descriptors() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
