"""Tests of the link's thread with a real socket and a server that can misbehave."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from client.approach import Address
from client.enrolment_events import EnrolAnswered
from client.events import LinkState, LinkStatus, NoProbe, Outcome, VerdictArrived
from client.link import Link
from client.outbox import MemoryOutbox
from protocol.framing import frame
from protocol.messages import Error, Heartbeat, Hello, Identify, Request
from protocol.strict_json import dumps
from tests.client.fake_server import FakeServer, verdict
from tests.client.fakes import FINGERPRINT, Collector
from tests.client.test_dialling import hanging
from tests.client.test_errands import enrolment, probe
from tests.grids import pairing
from tests.support import wait_until

Connect = Callable[..., Link]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server that beats fast."""
    with FakeServer() as running:
        yield running


@pytest.fixture
def posted() -> Collector:
    """What the link posts."""
    return Collector()


@pytest.fixture
def connect(posted: Collector) -> Iterator[Connect]:
    """Starts links; all end within 2 s."""
    links: list[Link] = []

    def start(port: int, *, host: str = "127.0.0.1", capacity: int = 1000) -> Link:
        link = Link(
            address(port, host),
            posted,
            pairing=pairing("lobby-1"),
            outbox=MemoryOutbox(capacity=capacity),
            uniform=lambda low, _high: low,
        )
        link.start()
        link.set_encoder(FINGERPRINT)
        links.append(link)
        return link

    yield start
    for link in links:
        link.close()
    for link in links:
        wait_until(lambda link=link: not link.alive, timeout_s=2.0, what="the link's end")


def address(port: int, host: str = "127.0.0.1") -> Address:
    """Where, and who asks."""
    return Address(host, port, "lobby-1", "Lobby gate")


def state_of(posted: Collector) -> LinkState | None:
    """The newest state."""
    found = posted.of(LinkStatus)
    return found[-1].state if found else None


def ask(link: Link, number: int) -> None:
    """Hands an event in."""
    link.ask(probe(number), steady_s=time.monotonic(), label="Grace Hopper")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_nothing_is_sent_before_the_encoder_is_known(server: FakeServer, posted: Collector) -> None:
    """A hello without a fingerprint would mix encodings."""
    link = Link(address(server.port), posted, pairing=pairing("lobby-1"))
    link.start()
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTING)
    assert server.connections == 0
    link.set_encoder(FINGERPRINT)
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTED)
    (hello,) = server.of(Hello)
    assert isinstance(hello, Hello)
    assert (hello.encoder, hello.checkpoint_id) == (FINGERPRINT, "lobby-1")
    link.close()
    wait_until(lambda: not link.alive, timeout_s=2.0)


def test_a_link_that_was_never_started_can_be_closed(posted: Collector) -> None:
    """A window that is closed at once."""
    link = Link(address(1), posted)
    link.close()
    assert not link.alive


def test_a_probe_gets_its_verdict(server: FakeServer, posted: Collector, connect: Connect) -> None:
    """And the status shows the server's name, people and latency."""
    link = connect(server.port)
    ask(link, 1)
    answer = posted.wait_for(VerdictArrived)
    assert (answer.outcome, answer.display_name) == (Outcome.IDENTIFIED, "Grace Hopper")
    status = posted.wait_for(LinkStatus, lambda status: status.latency_ms is not None)
    assert (status.server_name, status.people) == ("test server", 2)
    assert link.connected


def test_server_down_is_said_counted_down_and_mended(posted: Collector, connect: Connect) -> None:
    """The event is kept, the person is told, and afterwards the server has it, marked late."""
    port = free_port()
    link = connect(port)
    status = posted.wait_for(LinkStatus, lambda status: status.state is LinkState.UNREACHABLE)
    assert "No server answers" in status.sentence
    assert status.retry_in_s is not None
    wait_until(lambda: link._backoff.failures > 1)
    ask(link, 7)
    told = posted.wait_for(VerdictArrived, timeout_s=2.0)
    assert told.outcome is Outcome.SERVER_UNREACHABLE
    posted.wait_for(LinkStatus, lambda status: status.kept == 1)
    with FakeServer(port=port) as server:
        wait_until(lambda: server.of(Identify))
        (request,) = server.of(Identify)
        assert isinstance(request, Identify)
        assert request.late
        assert request.event_id == probe(7).event_id
        late = posted.wait_for(VerdictArrived, lambda verdict: verdict.late)
        assert late.outcome is Outcome.SERVER_UNREACHABLE
        posted.wait_for(LinkStatus, lambda s: s.state is LinkState.CONNECTED and s.kept == 0)


def test_f4_cuts_lose_nothing_and_store_nothing_twice(
    server: FakeServer, posted: Collector, connect: Connect
) -> None:
    """F4: the connection is cut at every third event; ids never change."""
    taken: list[str] = []

    def cut(request: Request) -> bytes | None:
        if isinstance(request, Identify):
            taken.append(request.event_id)
            if len(taken) % 3 == 0:
                server.drop_all()
                return b""
        return None

    server.answer = cut
    link = connect(server.port)
    for number in range(12):
        ask(link, number)
    wait_until(lambda: len({v.event_id for v in posted.of(VerdictArrived)}) == 12, timeout_s=20)
    wait_until(lambda: posted.of(LinkStatus)[-1].kept == 0)
    assert set(taken) == {probe(number).event_id for number in range(12)}
    answers = [v.event_id for v in posted.of(VerdictArrived) if not v.late]
    assert len(answers) == len(set(answers))


def test_f10_a_half_open_server_is_left_and_found_again(
    server: FakeServer, posted: Collector, connect: Connect
) -> None:
    """F10: within three heartbeats, by the clock."""
    connect(server.port)
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTED)
    server.silent.set()
    start_s = time.monotonic()
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.UNREACHABLE)
    assert time.monotonic() - start_s < 3 * server.heartbeat_s + 0.6
    server.silent.clear()
    wait_until(lambda: state_of(posted) is LinkState.CONNECTED)


def test_f6_full_outbox_is_in_the_status(posted: Collector, connect: Connect) -> None:
    """F6: a visible alarm and a counter."""
    link = connect(free_port(), capacity=2)
    for number in range(5):
        ask(link, number)
    status = posted.wait_for(LinkStatus, lambda status: status.refused == 3)
    assert status.full
    assert status.kept == 2
    assert len(posted.of(NoProbe)) == 3


@pytest.mark.parametrize(
    "odd",
    [
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\0\0\0\x02{}",
        b"\0\0\0\x05[1,2]",
        b'\0\0\0\x10{"kind":"hello"}',
        b'\0\0\0\x11{"kind":"bye"}  x',
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_odd_bytes_never_end_the_thread(
    server: FakeServer, posted: Collector, connect: Connect, odd: bytes
) -> None:
    """After the welcome and in place of an answer; the next connection is served."""
    lies = [odd]
    server.answer = lambda request: lies.pop() if isinstance(request, Identify) and lies else None
    link = connect(server.port)
    ask(link, 1)
    answer = posted.wait_for(VerdictArrived)
    assert answer.outcome is Outcome.IDENTIFIED
    assert server.connections >= 2
    assert link.alive


def test_a_verdict_for_another_event_is_not_believed(
    server: FakeServer, posted: Collector, connect: Connect
) -> None:
    """A server that mixes answers up names nobody."""
    mixed = [True]

    def mix(request: Request) -> bytes | None:
        if isinstance(request, Identify) and mixed:
            mixed.pop()
            return frame(dumps(replace(verdict(request), event_id="0" * 32).to_wire()))
        return None

    server.answer = mix
    link = connect(server.port)
    ask(link, 5)
    answer = posted.wait_for(VerdictArrived)
    assert answer.event_id == probe(5).event_id
    assert server.connections >= 2


def test_a_refused_encoder_is_said_and_tried_again(
    server: FakeServer, posted: Collector, connect: Connect
) -> None:
    """Refused stays refused on the screen until the server says otherwise."""
    server.answer = lambda request: (
        Error.refuse("encoder_mismatch", "No.", re=request.id)
        if isinstance(request, Hello)
        else None
    )
    link = connect(server.port)
    status = posted.wait_for(LinkStatus, lambda status: status.state is LinkState.REFUSED)
    assert status.sentence == "No."
    wait_until(lambda: server.connections >= 2)
    assert state_of(posted) is LinkState.REFUSED
    server.answer = lambda _request: None
    link.retry_now()
    wait_until(lambda: state_of(posted) is LinkState.CONNECTED)


def test_another_server_gets_what_was_kept(
    server: FakeServer, posted: Collector, connect: Connect
) -> None:
    """The address changes while the old one is being waited for, and once more when connected."""
    link = connect(free_port())
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.UNREACHABLE)
    ask(link, 3)
    link.change_server(address(server.port))
    wait_until(lambda: server.of(Identify))
    wait_until(lambda: state_of(posted) is LinkState.CONNECTED)
    with FakeServer() as other:
        link.change_server(address(other.port))
        wait_until(lambda: other.of(Hello))
        posted.wait_for(
            LinkStatus,
            lambda s: s.state is LinkState.CONNECTED and s.address.endswith(str(other.port)),
        )
        link.change_server(address(server.port))
        wait_until(lambda: len(server.of(Hello)) == 2)


def test_an_enrolment_is_answered(server: FakeServer, posted: Collector, connect: Connect) -> None:
    """Connected: by the server. Not connected: at once, by a sentence."""
    link = connect(server.port)
    link.enrol(enrolment())
    first = posted.wait_for(EnrolAnswered)
    if not first.ok:  # it was not connected yet
        assert first.code == "server_unreachable"
        wait_until(lambda: link.connected)
        link.enrol(enrolment())
    answer = posted.wait_for(EnrolAnswered, lambda answer: answer.ok)
    assert (answer.display_name, answer.samples) == ("Ada", 1)


def test_closing_while_it_waits_and_while_it_looks_a_name_up_takes_under_two_seconds(
    posted: Collector, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that does not answer is left behind."""
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", hanging(released))
    waiting = connect(free_port())
    slow = connect(1, host="slow.example")
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTING)
    assert waiting.alive
    assert slow.alive
    waiting.close()
    slow.close()
    wait_until(lambda: not waiting.alive and not slow.alive, timeout_s=2.0, what="the end")
    released.set()


def test_heartbeats_go_on_while_nobody_comes(
    server: FakeServer, posted: Collector, connect: Connect
) -> None:
    """The server sees that the checkpoint is there."""
    connect(server.port)
    wait_until(lambda: len(server.of(Heartbeat)) >= 3)
    assert state_of(posted) is LinkState.CONNECTED
