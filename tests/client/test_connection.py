"""Tests of one connection: hello, heartbeats, silence, and a server that is none."""

import socket
import time
from collections.abc import Iterator

import pytest

from client.connection import Connection, ConnectionEnded
from client.dialling import DialFailed, dial
from client.events import LinkState
from client.handshake import shake_hands
from protocol.consent import mark_of
from protocol.errors import Code
from protocol.framing import frame
from protocol.messages import (
    Bye,
    Error,
    Heartbeat,
    HeartbeatReply,
    Hello,
    Identify,
    Message,
    Request,
    Verdict,
    Welcome,
)
from protocol.strict_json import dumps
from tests.client.fake_server import FakeServer, verdict
from tests.client.fakes import FINGERPRINT, GRACE, direction
from tests.grids import identity
from tests.support import wait_until

WHO = {
    "checkpoint_id": "checkpoint-01",
    "checkpoint_name": "Lobby",
    "encoder": FINGERPRINT,
    "software": "test",
}


def probe() -> Identify:
    """A request that any server answers."""
    return Identify(
        id="r77",
        event_id="7" * 32,
        captured_at_ms=1,
        encoding=tuple(direction(GRACE)),
        quality={},
        frames=2,
        automatic=True,
        late=False,
        elapsed_ms=1,
    )


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server that beats fast."""
    with FakeServer(heartbeat_s=0.1) as running:
        yield running


class Line:
    """A connection with what it needs."""

    def __init__(self, server: FakeServer) -> None:
        sock = dial("127.0.0.1", server.port, cancelled=lambda: False)
        known = identity().load()
        assert known is not None
        tls = shake_hands(
            sock, known.context, known.server_name, "127.0.0.1:1", cancelled=lambda: False
        )
        self.wake, self.waker = socket.socketpair()
        self.wake.setblocking(False)
        self.connection = Connection(tls, self.wake, "127.0.0.1:1")

    def until(self, kind: type[Message], *, timeout_s: float = 3.0) -> Message:
        """Steps until a message of that kind comes."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            for message in self.connection.step(0.02):
                if isinstance(message, kind):
                    return message
        raise AssertionError(f"no {kind.__name__} came")

    def until_end(self, *, timeout_s: float = 3.0) -> ConnectionEnded:
        """Steps until the connection ends."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            try:
                self.connection.step(0.02)
            except ConnectionEnded as ended:
                return ended
        raise AssertionError("the connection did not end")

    def close(self) -> None:
        """Closes everything."""
        self.connection.close("test over")
        self.wake.close()
        self.waker.close()


@pytest.fixture
def line(server: FakeServer) -> Iterator[Line]:
    """A connection that has said hello."""
    made = Line(server)
    made.connection.send_hello(**WHO)
    yield made
    made.close()


def test_welcome_then_heartbeats_measure_the_latency(line: Line, server: FakeServer) -> None:
    """Heartbeats are answered and not handed on."""
    welcome = line.until(Welcome)
    assert welcome is line.connection.welcome
    until_s = time.monotonic() + 3
    while line.connection.latency_ms is None and time.monotonic() < until_s:
        assert line.connection.step(0.02) == []
    assert line.connection.latency_ms is not None
    assert line.connection.latency_ms < 1000
    assert server.of(Heartbeat)


def test_a_changed_consent_text_comes_with_a_heartbeat(line: Line, server: FakeServer) -> None:
    """Asked for by the mark of the one that is shown; at once after a refusal for it."""
    line.until(Welcome)
    assert line.connection.consent_text is None
    texts = ["First.", "Second."]

    def answer(request: Request) -> Message | None:
        if isinstance(request, Heartbeat):
            text = texts[0] if request.consent != mark_of(texts[0]) else None
            return HeartbeatReply(re=request.id, server_time_ms=1, consent_text=text)
        return Error.refuse(Code.CONSENT_OUTDATED, "Over.", re=request.id)

    server.answer = answer
    until_s = time.monotonic() + 3
    while line.connection.consent_text is None and time.monotonic() < until_s:
        line.connection.step(0.02)
    assert line.connection.consent_text == "First."
    texts.pop(0)
    line.connection._beat_s = time.monotonic() + 60
    line.connection.send(probe())
    assert line.until(Error)
    while line.connection.consent_text == "First." and time.monotonic() < until_s:
        line.connection.step(0.02)
    assert line.connection.consent_text == "Second."


def test_f11_a_heartbeat_tells_how_far_the_clocks_are_apart(line: Line, server: FakeServer) -> None:
    """F11: by the server's time in its reply; either of them may be wrong."""
    line.until(Welcome)
    for apart_s in (3600, -3600):
        server.clock_ahead_s = -apart_s
        wait_until(lambda apart_s=apart_s: _near(line, apart_s))


def _near(line: Line, apart_s: float) -> bool:
    line.connection.step(0.02)
    return abs(line.connection.clock_ahead_s - apart_s) < 30


def test_f10_a_half_open_server_is_noticed_within_three_heartbeats(
    line: Line, server: FakeServer
) -> None:
    """F10: it takes everything and says nothing."""
    line.until(Welcome)
    server.silent.set()
    start_s = time.monotonic()
    ended = line.until_end()
    assert "silent" in str(ended)
    assert time.monotonic() - start_s < 3 * 0.1 + 0.5
    assert not ended.refused


def test_a_server_that_closes_is_said_before_and_after_the_welcome(
    line: Line, server: FakeServer
) -> None:
    """Two sentences: one doubts the address, the other does not."""
    line.until(Welcome)
    server.drop_all()
    assert "made again" in str(line.until_end())
    server.silent.set()
    other = Line(server)
    other.connection.send_hello(**WHO)
    wait_until(lambda: server.connections == 2)
    server.drop_all()
    ended = other.until_end()
    assert "FaceNetGrid" in str(ended) or "broke" in str(ended)
    other.close()


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(8), b"\xff" * 64, b"SSH-2.0-x\r\n"]
)
def test_something_that_is_no_server_is_refused_in_a_sentence(
    server: FakeServer, greeting: bytes
) -> None:
    """Another program holds the port."""
    server.greeting = greeting
    with pytest.raises(DialFailed, match="does not encrypt: it is no FaceNetGrid server") as caught:
        Line(server)
    assert caught.value.state is LinkState.REFUSED


@pytest.mark.parametrize(
    ("code", "refused", "word"),
    [
        ("unsupported_version", True, "version"),
        ("encoder_mismatch", True, "No."),
        ("busy", False, "too much"),
        ("server_stopping", False, "stopped"),
        ("a_newer_code", True, "does not know"),
    ],
)
def test_a_refused_hello_says_why(server: FakeServer, code: str, refused: bool, word: str) -> None:
    """What trying again cannot mend is told apart from what it can."""
    server.answer = lambda request: (
        Error.refuse(code, "No.", re=request.id) if isinstance(request, Hello) else None
    )
    line = Line(server)
    line.connection.send_hello(**WHO)
    ended = line.until_end()
    assert word in str(ended)
    assert ended.refused is refused
    line.close()


def test_bye_ends_it(line: Line, server: FakeServer) -> None:
    """The server is being stopped."""
    line.until(Welcome)
    server.answer = lambda request: Bye(id=request.id, reason="stopping")
    assert "server ended" in str(line.until_end())


def test_a_verdict_that_came_with_the_bye_is_not_lost(line: Line, server: FakeServer) -> None:
    """Two messages in one segment: the first counts, then the connection ends."""
    line.until(Welcome)

    def both(request: Request) -> bytes | None:
        if not isinstance(request, Identify):
            return None
        bye = Bye(id="s1", reason="stopping")
        return b"".join(frame(dumps(each.to_wire())) for each in (verdict(request), bye))

    server.answer = both
    line.connection.send(probe())
    assert isinstance(line.until(Verdict), Verdict)
    assert "server ended" in str(line.until_end())


def test_b7_a_verdict_that_came_before_nonsense_is_not_lost(line: Line, server: FakeServer) -> None:
    """The verdict counts; the end comes at once and not after the limit of silence."""
    line.until(Welcome)

    def both(request: Request) -> bytes | None:
        if not isinstance(request, Identify):
            return None
        return frame(dumps(verdict(request).to_wire())) + frame(b"[" * 100)

    server.answer = both
    line.connection.send(probe())
    assert isinstance(line.until(Verdict), Verdict)
    assert "makes no sense" in str(line.until_end(timeout_s=0.25))


def test_a_name_that_cannot_be_sent_is_our_own_fault_and_said(server: FakeServer) -> None:
    """The settings are where it is mended."""
    line = Line(server)
    with pytest.raises(ConnectionEnded, match="settings") as caught:
        line.connection.send_hello(**{**WHO, "checkpoint_name": " "})
    assert caught.value.refused
    line.close()


def test_a_server_that_says_nothing_at_all_is_left(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hello has a deadline of its own."""
    monkeypatch.setattr("client.connection.HELLO_DEADLINE_S", 0.2)
    server.silent.set()
    line = Line(server)
    line.connection.send_hello(**WHO)
    assert "does not introduce itself" in str(line.until_end())
    line.close()


def test_a_request_without_an_answer_ends_it_while_the_heart_beats(
    line: Line, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heartbeats alone are no service."""
    monkeypatch.setattr("client.connection.REPLY_DEADLINE_S", 0.3)
    line.until(Welcome)

    def lose_heartbeats(request: Request) -> bytes | None:
        return b"\0\0\0\x02{" if isinstance(request, Heartbeat) else None

    server.answer = lose_heartbeats
    ended = line.until_end()
    assert "made again" in str(ended)


def test_the_wake_up_call_ends_the_wait(line: Line) -> None:
    """Another thread has something to send."""
    line.until(Welcome)
    line.waker.send(b"\0")
    start_s = time.monotonic()
    line.connection.step(2.0)
    assert time.monotonic() - start_s < 1.0
