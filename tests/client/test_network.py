"""F4 and F10 as a checkpoint lives through them: a network that cuts, slices, falls silent.

`FACENETGRID_LONG=1` cuts at every byte and partitions for a minute; otherwise samples of both.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client.events import LinkState, LinkStatus
from client.keeping import open_kept
from client.link import Link
from protocol.messages import Identify, Message, Request
from tests.client.fake_server import FakeServer, verdict
from tests.client.fakes import FINGERPRINT, Collector
from tests.client.proxy import Proxy
from tests.client.test_errands import probe
from tests.client.test_link import address
from tests.grids import pairing
from tests.support import wait_until

LONG = os.environ.get("FACENETGRID_LONG") == "1"
EVENTS = 8
Connect = Callable[[int], Link]


class RememberingServer(FakeServer):
    """Stores an event once, as the real one does, in the order they came first."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: dict[str, Message] = {}
        self.twice: list[str] = []
        self.answer = self._answer

    def _answer(self, request: Request) -> Message | None:
        if not isinstance(request, Identify):
            return None
        if request.event_id in self.stored:
            self.twice.append(request.event_id)
        self.stored.setdefault(request.event_id, verdict(request))
        return None


@pytest.fixture
def server() -> Iterator[RememberingServer]:
    """The server behind the network."""
    with RememberingServer() as running:
        yield running


@pytest.fixture
def proxy(server: RememberingServer) -> Iterator[Proxy]:
    """The network."""
    with Proxy(server.port) as running:
        yield running


@pytest.fixture
def posted() -> Collector:
    """What the link posts."""
    return Collector()


@pytest.fixture
def connect(
    tmp_path: Path, posted: Collector, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connect]:
    """Starts a link with an outbox on the disk; it tries again fast."""
    monkeypatch.setattr("client.backoff.SHORTEST_S", 0.02)
    links: list[Link] = []

    def start(port: int) -> Link:
        link = Link(
            address(port),
            posted,
            pairing=pairing("lobby-1"),
            outbox=open_kept(tmp_path / "checkpoint.json"),
            uniform=lambda low, _high: low,
        )
        link.start()
        link.set_encoder(FINGERPRINT)
        links.append(link)
        return link

    yield start
    for link in links:
        link.close()
        wait_until(lambda link=link: not link.alive, timeout_s=3, what="the link's end")


def hand_in(link: Link, first: int = 0) -> None:
    """A visitor after the other."""
    for number in range(first, first + EVENTS):
        link.ask(probe(number), steady_s=time.monotonic())


def drained(server: RememberingServer, posted: Collector, *, timeout_s: float = 20) -> bool:
    """Waits until the outbox is empty; whether everything came once and in order."""
    wait_until(
        lambda: len(server.stored) >= EVENTS and posted.of(LinkStatus)[-1].kept == 0,
        timeout_s=timeout_s,
        what="the drained queue",
    )
    return list(server.stored) == sorted(server.stored)


def test_f4_a_partition_drains_in_order(
    server: RememberingServer, proxy: Proxy, posted: Collector, connect: Connect
) -> None:
    """F4: nothing passes and nothing is closed; what happened meanwhile comes afterwards, once."""
    link = connect(proxy.port)
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTED)
    proxy.silent = True
    hand_in(link)
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.UNREACHABLE)
    until_s = time.monotonic() + (60.0 if LONG else 1.0)
    wait_until(lambda: time.monotonic() > until_s, timeout_s=70)
    assert posted.of(LinkStatus)[-1].kept == EVENTS
    proxy.silent = False
    assert drained(server, posted)


@pytest.mark.parametrize("reset", [False, True], ids=["orderly end", "reset"])
def test_f4_cut_at_every_byte(
    server: RememberingServer, proxy: Proxy, posted: Collector, connect: Connect, reset: bool
) -> None:
    """F4: each connection ends some bytes later than the one before; nothing is lost."""
    proxy.reset = reset
    proxy.cut_after = 1
    link = connect(proxy.port)
    hand_in(link)
    step = 1 if LONG else 211
    while len(server.stored) < EVENTS:
        before = proxy.connections
        wait_until(
            lambda before=before: proxy.connections > before or len(server.stored) >= EVENTS,
            timeout_s=10,
        )
        proxy.cut_after += step
    proxy.cut_after = None
    assert drained(server, posted)
    assert proxy.connections > 5


@pytest.mark.parametrize(
    ("slice_bytes", "delay_s"),
    [(1, 0.0), (0, 2.0 if LONG else 0.2)],
    ids=["1-byte slices", "latency"],
)
def test_f4_slices_and_latency(
    server: RememberingServer,
    proxy: Proxy,
    posted: Collector,
    connect: Connect,
    slice_bytes: int,
    delay_s: float,
) -> None:
    """F4: slow is not broken: the same connection brings everything, once and in order."""
    server.heartbeat_s = 5.0
    proxy.slice_bytes, proxy.delay_s = slice_bytes, delay_s
    link = connect(proxy.port)
    hand_in(link)
    assert drained(server, posted, timeout_s=60)
    assert (proxy.connections, server.twice) == (1, [])


def test_f10_half_open_is_noticed_and_the_waits_are_drawn(
    server: RememberingServer, proxy: Proxy, posted: Collector, connect: Connect
) -> None:
    """F10: the cable is pulled: dropped within 3 heartbeats, found again when it is back."""
    connect(proxy.port)
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTED)
    proxy.silent = True
    start_s = time.monotonic()
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.UNREACHABLE)
    assert time.monotonic() - start_s < 3 * server.heartbeat_s + 0.6
    proxy.silent = False
    wait_until(lambda: posted.of(LinkStatus)[-1].state is LinkState.CONNECTED)
