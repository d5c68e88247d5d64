"""A peer of the loop without the loop: one message at a time, what the socket takes, in time."""

import ssl
from typing import Any, cast

import pytest

from protocol.errors import Code
from protocol.framing import frame
from protocol.messages import Bye, Heartbeat, HeartbeatReply, Welcome
from protocol.session import ClientSession, ServerSession
from server.parting import Over, Wishes
from server.patience import Patience
from server.peer import Peer
from server.tls_stream import TlsStream
from tests.server.test_recognition import GATE
from tests.server.wire import ENCODER

PATIENCE = Patience(read_s=2.0, frame_s=5.0, silent_s=6.0, send_s=3.0)


class Line:
    """TLS over a socket: what it was given to read, and room for so many more bytes."""

    def __init__(self) -> None:
        self.incoming: list[bytes] = []
        self.sent = self.left = b""
        self.ended = False
        self.room = 1_000_000
        self.closed = False

    def recv(self) -> bytes:
        """What came, a piece at a time."""
        if not self.incoming:
            raise ssl.SSLWantReadError
        return self.incoming.pop(0)

    def send(self, data: bytes) -> None:
        """Keeps what the socket has no room for."""
        self.left += data
        self.flush()

    def flush(self) -> None:
        """As much as there is room for."""
        now, self.left = self.left[: self.room], self.left[self.room :]
        self.room -= len(now)
        self.sent += now

    @property
    def unsent(self) -> bool:
        """Whether something is left."""
        return bool(self.left)

    def close(self) -> None:
        """Notes it."""
        self.closed = True


class Visit:
    """A welcomed peer with a clock that stands still."""

    def __init__(self, unread: bytes = b"") -> None:
        self.now_s, self.utc_s = 100.0, 999.0
        self.line, self.client = Line(), ClientSession()
        session = ServerSession()
        session.identified(GATE.checkpoint_id)
        self.client.server_verified()
        session.receive(
            self.client.hello(
                checkpoint_id=GATE.checkpoint_id,
                checkpoint_name="Gate",
                encoder=ENCODER,
                software="test 1",
            )
        )
        welcome = Welcome(
            re="r1",
            server_name="Lobby",
            server_time_ms=1,
            heartbeat_s=2.0,
            people=0,
            keep_pictures=False,
        )
        self.client.receive(session.send(welcome))
        self.peer = Peer(
            cast("TlsStream", self.line),
            session,
            GATE,
            number=1,
            address="127.0.0.1",
            wishes=Wishes(),
            unread=unread,
            patience=PATIENCE,
            certificate_ends_s=1000.0,
            clock=lambda: self.now_s,
            utc_s=lambda: self.utc_s,
        )

    def beat(self) -> bytes:
        """A heartbeat as it is sent."""
        return self.client.send(Heartbeat(id=self.client.next_id()))

    def reply(self, request: Any) -> HeartbeatReply:
        """What it is answered."""
        return HeartbeatReply(re=request.id, server_time_ms=1)


def late(visit: Visit, at_s: float) -> str:
    """What a peer is told that has taken until then; "" for nothing."""
    visit.now_s = at_s
    try:
        visit.peer.check_time()
    except Over as over:
        (said,) = visit.client.receive(over.farewell)
        return f"{said.code}: {said.message}" if over.fault else over.why  # type: ignore[union-attr]
    return ""


def test_one_message_at_a_time() -> None:
    """What came in one read is given one by one, so that each can be answered before the next."""
    visit = Visit()
    visit.line.incoming = [visit.beat() + visit.beat()[:9]]
    assert visit.peer.read()
    first = visit.peer.message()
    assert isinstance(first, Heartbeat)
    assert visit.peer.message() is None
    assert not visit.peer.unread
    assert not visit.peer.read()


def test_what_came_behind_the_hello_is_taken_first() -> None:
    """It lies in the peer from the beginning."""
    made = Visit()
    visit = Visit(unread=made.beat())
    assert isinstance(visit.peer.message(), Heartbeat)


@pytest.mark.parametrize(("before", "fault"), [(b"", False), (b"\0\0\1\0x", True)])
def test_who_closes_is_gone(before: bytes, *, fault: bool) -> None:
    """In the middle of a frame it is to blame."""
    visit = Visit()
    visit.line.incoming = [before, b""] if before else [b""]
    if before:
        assert visit.peer.read()
        assert visit.peer.message() is None
    with pytest.raises(Over) as over:
        visit.peer.read()
    assert (over.value.why, over.value.fault) == ("closed by the peer", fault)


def test_who_closed_behind_a_message_is_gone_when_that_is_answered() -> None:
    """The socket says nothing any more: both came with one read."""
    visit = Visit()
    visit.line.incoming = [visit.beat(), b""]
    assert visit.peer.read()
    visit.line.ended = True
    assert isinstance(visit.peer.message(), Heartbeat)
    with pytest.raises(Over) as over:
        visit.peer.message()
    assert over.value.why == "closed by the peer"


def test_a_broken_message_ends_it_with_the_reason() -> None:
    """The error that the session gives is the farewell."""
    visit = Visit()
    visit.line.incoming = [frame(b"junk")]
    assert visit.peer.read()
    with pytest.raises(Over) as over:
        visit.peer.message()
    assert (over.value.why, over.value.fault) == (Code.BAD_JSON, True)
    assert Code.BAD_JSON.encode() in over.value.farewell


def test_a_bye_ends_it() -> None:
    """Without an answer."""
    visit = Visit()
    visit.line.incoming = [frame(b'{"kind":"bye","id":"b1","reason":"Done."}') + visit.beat()]
    assert visit.peer.read()
    with pytest.raises(Over) as over:
        visit.peer.message()
    assert (over.value.why, over.value.farewell) == ("bye", b"")


def test_an_answer_that_does_not_fit_is_kept() -> None:
    """And sent when there is room; the time for it is counted from the answer on."""
    visit = Visit(unread=Visit().beat())
    request = visit.peer.message()
    visit.line.room = 5
    visit.peer.send(visit.reply(request))
    assert (len(visit.line.sent), visit.peer.unsent) == (5, True)
    visit.now_s += PATIENCE.send_s - 0.1
    visit.peer.send_rest()
    visit.peer.check_time()
    visit.now_s += 0.1
    with pytest.raises(TimeoutError):
        visit.peer.check_time()
    visit.line.room = 1_000
    visit.peer.send_rest()
    assert not visit.peer.unsent
    visit.peer.check_time()
    assert b"heartbeat_reply" in visit.line.sent


def test_silence_counts_between_frames() -> None:
    """From the last answer on, and not while an answer is due."""
    visit = Visit()
    visit.now_s = 104.0
    visit.peer.heard()
    assert not late(visit, 109.9)
    visit.peer.busy = True
    assert not late(visit, 200.0)
    visit.peer.busy = False
    assert late(visit, 200.0) == "timeout: nothing was heard for too long"


def test_inside_a_frame_each_read_has_its_time() -> None:
    """Silence does not count there."""
    visit = Visit()
    visit.line.incoming = [b"\0\0\1\0abc"]
    visit.now_s = 105.5
    assert visit.peer.read()
    assert visit.peer.message() is None
    assert not late(visit, 107.4)
    assert late(visit, 107.5) == "timeout: a message was not finished in time"


def test_inside_a_frame_the_whole_has_its_time() -> None:
    """Bytes that keep coming do not move it."""
    visit = Visit()
    for at_s in (100.0, 101.5, 103.0, 104.5):
        visit.now_s = at_s
        visit.line.incoming = [b"\0\0\1\0" if at_s == 100.0 else b"x"]
        assert visit.peer.read()
        assert visit.peer.message() is None
    assert not late(visit, 104.9)
    assert late(visit, 105.0) == "timeout: a message was not finished in time"


def test_a_closed_one_is_gone() -> None:
    """Its session knows."""
    visit = Visit()
    visit.peer.close()
    assert visit.line.closed
    assert visit.peer.gone
    assert visit.peer.session.closed


def test_a_certificate_that_ends_ends_the_connection_with_a_goodbye() -> None:
    """Else whoever never renews and never leaves would be served for ever."""
    visit = Visit()
    visit.peer.check_time()
    visit.utc_s = 1000.0
    visit.peer.busy = True
    visit.peer.check_time()
    visit.peer.busy = False
    with pytest.raises(Over, match="certificate ended") as over:
        visit.peer.check_time()
    (bye,) = visit.client.receive(over.value.farewell)
    assert isinstance(bye, Bye)
    assert "certificate has ended" in bye.reason


def test_who_never_pauses_is_ended_with_the_certificate_too() -> None:
    """No request is answered after it, whatever waits to be read."""
    visit = Visit()
    visit.peer.unread = visit.beat()
    visit.utc_s = 1000.0
    with pytest.raises(Over, match="certificate ended"):
        visit.peer.message()
