"""Signing in at the server: sent at once or not at all, and forgotten with the answer."""

from collections.abc import Iterator

import pytest

from client.events import LinkStatus
from client.sign_in import NO_SERVER, SignInErrand
from client.sign_in_events import SignInAnswered, SignInEnded
from protocol.messages import Error, HeartbeatReply, SignedIn, SignedOut, SignIn, SignOut
from tests.client.fake_server import FakeServer
from tests.client.fakes import Collector
from tests.client.test_errands import Wire, connection
from tests.client.test_link import Connect
from tests.client.test_link import connect as connect  # noqa: PLC0414 - a fixture
from tests.client.test_link import posted as posted  # noqa: PLC0414
from tests.support import wait_until

PASSWORD = "a mole reads at noon"
LET_IN = SignInAnswered(ok=True, name="Kim Lee", idle_s=300)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """One where whoever enrols signs in."""
    with FakeServer() as running:
        running.who_enrols = "signed_in"
        running.password = PASSWORD
        yield running


def asked(errand: SignInErrand, wire: Wire) -> SignIn:
    """What was sent: once."""
    errand.take("kim lee", PASSWORD, connected=True)
    errand.send_due(connection(wire))
    errand.send_due(connection(wire))
    (request,) = wire.sent
    assert isinstance(request, SignIn)
    assert (request.name, request.password) == ("kim lee", PASSWORD)
    wire.sent.clear()
    return request


def let_in(errand: SignInErrand, wire: Wire) -> None:
    """Somebody is signed in."""
    request = asked(errand, wire)
    assert errand.answered(SignedIn(re=request.id, name="Kim Lee", idle_s=300))


def test_in_and_out() -> None:
    """Both are told at once; the server hears of the second, and its answer changes nothing."""
    heard, wire = Collector(), Wire()
    errand = SignInErrand(heard)
    let_in(errand, wire)
    errand.leave()
    assert heard.events == [LET_IN, SignInEnded()]
    errand.send_due(connection(wire))
    (request,) = wire.sent
    assert isinstance(request, SignOut)
    assert errand.answered(SignedOut(re=request.id))
    errand.leave()
    errand.send_due(connection(wire))
    assert len(wire.sent) == 1
    assert len(heard.events) == 2


def test_a_refusal_has_the_servers_sentence() -> None:
    """And whoever was signed in before no more is: the server ended that, too."""
    heard, wire = Collector(), Wire()
    errand = SignInErrand(heard)
    let_in(errand, wire)
    request = asked(errand, wire)
    later = Error.refuse("sign_in_later", "Wait for 4 s.", re=request.id, details={"wait_s": "4"})
    assert errand.answered(later)
    assert heard.events == [
        LET_IN,
        SignInEnded(),
        SignInAnswered(ok=False, sentence="Wait for 4 s.", code="sign_in_later", wait_s=4),
    ]


def test_other_replies_are_not_taken() -> None:
    """They are somebody else's."""
    errand = SignInErrand(Collector())
    assert not errand.answered(HeartbeatReply(re="r1", server_time_ms=1))
    assert not errand.answered(Error.refuse("busy", "No.", re=None))


def test_without_a_connection_it_is_answered_at_once_and_not_kept() -> None:
    """Nobody's password is sent an hour later."""
    heard, wire = Collector(), Wire()
    errand = SignInErrand(heard)
    errand.take("kim lee", PASSWORD, connected=False)
    errand.send_due(connection(wire))
    assert wire.sent == []
    assert heard.events == [SignInAnswered(ok=False, sentence=NO_SERVER, code="server_unreachable")]


@pytest.mark.parametrize("sent", [True, False])
def test_a_connection_that_breaks_ends_it_and_keeps_nothing(*, sent: bool) -> None:
    """On its way or not: it is answered, and the next connection hears nothing of it."""
    heard, wire = Collector(), Wire()
    errand = SignInErrand(heard)
    let_in(errand, wire)
    errand.take("kim lee", PASSWORD, connected=True)
    if sent:
        errand.send_due(connection(wire))
    errand.connection_lost()
    wire.sent.clear()
    errand.send_due(connection(wire))
    assert wire.sent == []
    assert heard.events[1:] == [
        SignInEnded(),
        SignInAnswered(ok=False, sentence=NO_SERVER, code="server_unreachable"),
    ]
    errand.connection_lost()
    assert len(heard.events) == 3


def test_what_cannot_be_sent_is_said() -> None:
    """A name with signs that no name has; the session goes on."""
    heard, wire = Collector(), Wire()
    errand = SignInErrand(heard)
    errand.take("kim\u202elee", PASSWORD, connected=True)
    errand.send_due(connection(wire))
    (answer,) = heard.of(SignInAnswered)
    assert not answer.ok
    assert "cannot be sent" in answer.sentence
    assert PASSWORD not in answer.sentence


def test_over_a_real_connection(server: FakeServer, connect: Connect, posted: Collector) -> None:
    """Let in; the connection's end ends it; refused. A heartbeat says who may enrol, too."""
    link = connect(server.port)
    wait_until(lambda: link.connected)
    link.sign_in("kim lee", PASSWORD)
    wait_until(lambda: posted.of(SignInAnswered) == [LET_IN])
    server.drop_all()
    wait_until(lambda: posted.of(SignInEnded))
    wait_until(lambda: server.connections == 2 and link.connected)
    link.sign_in("kim lee", "another one")
    wait_until(lambda: len(posted.of(SignInAnswered)) == 2)
    assert posted.of(SignInAnswered)[-1].sentence == "Wrong."
    assert posted.of(LinkStatus)[-1].who_enrols == "signed_in"
    server.who_enrols = "nobody"
    wait_until(lambda: posted.of(LinkStatus)[-1].who_enrols == "nobody")
