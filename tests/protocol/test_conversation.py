"""What both sessions share: every message in every state, faults, the end."""

import dataclasses
from typing import Any

import pytest

from protocol.errors import (
    BadMessage,
    IllegalSend,
    NotPaired,
    NotReady,
    ProtocolError,
    RemoteError,
    Unexpected,
    UnknownKind,
)
from protocol.messages import (
    FROM_CHECKPOINT,
    FROM_SERVER,
    Bye,
    Error,
    Heartbeat,
    Message,
    Request,
)
from protocol.session import ClientSession, Rejected, ServerSession
from protocol.states import CLIENT_TABLE, SERVER_TABLE, ClientState, ServerState
from tests.protocol.samples import (
    Session,
    answer_to,
    broken,
    client_side,
    connected,
    enrol,
    framed,
    hello,
    identify,
    one_of_each,
    pair,
    raw,
    refusal,
    report,
    sample,
    server_side,
    snapshot,
    verdict,
    welcome,
)

SMALL_ENROL = enrol(samples=(sample(),))  # below the limit of strangers
TO_SERVER = [m for m in one_of_each() if type(m) in FROM_CHECKPOINT and m.kind != "enrol"]
TO_SERVER += [SMALL_ENROL]
TO_CLIENT = [message for message in one_of_each() if type(message) in FROM_SERVER]
TO_CLIENT += [refusal(re=None), refusal(re="h1")]


def named(value: Any) -> str:
    """A short name of a state or a message for the list of tests."""
    answered = f"-{value.re}" if isinstance(value, Error) else ""
    return f"{getattr(value, 'kind', None) or value.name}{answered}"


def server_in(state: ServerState) -> ServerSession:
    """A server session brought into a state, with the requests of `one_of_each` open."""
    if state in {ServerState.UNIDENTIFIED, ServerState.UNPAIRED, ServerState.PAIRING}:
        return unpaired_server_in(state)
    server = server_side()
    if state in {ServerState.DECIDING, ServerState.READY}:
        server.receive(raw(hello()))
    if state is ServerState.READY:
        server.send(welcome(keep_pictures=True))
        for request in (identify(), report(), enrol(), Heartbeat(id="q4")):
            server.receive(raw(request))
    if state in {ServerState.CLOSING, ServerState.CLOSED}:
        server = server_in(ServerState.READY)
        server.receive(raw(Bye(id="b0", reason="x")))
    if state is ServerState.CLOSED:
        server.transport_ended()
    assert server.state is state
    return server


def unpaired_server_in(state: ServerState) -> ServerSession:
    """The states of a peer that showed no certificate, or not yet."""
    server = ServerSession()
    if state is not ServerState.UNIDENTIFIED:
        server.without_identity()
    if state is ServerState.PAIRING:
        server.receive(raw(pair()))
    assert server.state is state
    return server


def client_in(state: ClientState) -> ClientSession:
    """A client session brought into a state, with the requests of `one_of_each` open."""
    if state in {ClientState.UNIDENTIFIED, ClientState.PAIRING}:
        client = ClientSession()
        if state is ClientState.PAIRING:
            client.begin_pairing()
            client.send(pair())
        return client
    client = client_side()
    if state in {ClientState.AWAITING_WELCOME, ClientState.READY}:
        client.send(hello())
    if state is ClientState.READY:
        client.receive(raw(welcome(keep_pictures=True)))
        for request in (identify(), report(), enrol(), Heartbeat(id="q4")):
            client.send(request)
    if state in {ClientState.CLOSING, ClientState.CLOSED}:
        client = client_in(ClientState.READY)
        client.send(Bye(id="b0", reason="x"))
    if state is ClientState.CLOSED:
        client.transport_ended()
    assert client.state is state
    return client


SENT_BY_SERVER = [(state, message) for state in ServerState for message in TO_CLIENT]
SENT_BY_CLIENT = [(state, message) for state in ClientState for message in TO_SERVER]


@pytest.mark.parametrize(("state", "message"), SENT_BY_SERVER, ids=named)
def test_the_server_sends_what_the_table_allows(state: ServerState, message: Message) -> None:
    """Every message in every state: the step of the table, or IllegalSend and nothing changes."""
    session = server_in(state)
    event = session._event_of_sent(message)
    answerable = getattr(message, "re", None) in {None, *session.open_requests}
    before = snapshot(session)
    if event in SERVER_TABLE[state] and answerable:
        assert session.send(message)
        assert session.state is SERVER_TABLE[state][event]
        assert getattr(message, "re", None) not in session.open_requests
    else:
        with pytest.raises(IllegalSend):
            session.send(message)
        assert snapshot(session) == before


@pytest.mark.parametrize(("state", "message"), SENT_BY_CLIENT, ids=named)
def test_the_client_sends_what_the_table_allows(state: ClientState, message: Any) -> None:
    """Every message in every state, under an id that is free."""
    session = client_in(state)
    message = dataclasses.replace(message, id="new")
    event = session._event_of_sent(message)
    before = snapshot(session)
    if event in CLIENT_TABLE[state]:
        assert session.send(message)
        assert session.state is CLIENT_TABLE[state][event]
        assert ("new" in session.open_requests) == isinstance(message, Request)
    else:
        with pytest.raises(IllegalSend):
            session.send(message)
        assert snapshot(session) == before


@pytest.mark.parametrize(
    ("state", "message"),
    [(state, message) for state in ServerState for message in TO_SERVER],
    ids=named,
)
def test_the_server_receives_what_the_table_allows(state: ServerState, message: Any) -> None:
    """Every message in every state: delivered, or refused and the session closes."""
    session = server_in(state)
    message = dataclasses.replace(message, id="new")
    event = session._event_of_received(type(message), message.to_wire())
    if session.closed:
        before = snapshot(session)
        assert session.receive(raw(message)) == []
        assert snapshot(session) == before
    elif event in SERVER_TABLE[state]:
        assert session.receive(raw(message)) == [message]
        assert session.state is SERVER_TABLE[state][event]
    else:
        open_before = session.open_requests
        unpaired = state is ServerState.UNPAIRED
        with pytest.raises(NotPaired if unpaired else NotReady, match="certificate|" + state.value):
            session.receive(raw(message))
        assert session.state is ServerState.CLOSING
        assert session.open_requests == open_before
        code = b"not_paired" if unpaired else b"not_ready"
        assert b'"code":"' + code + b'"' in session.error_bytes()


@pytest.mark.parametrize(
    ("state", "message"),
    [(state, message) for state in ClientState for message in TO_CLIENT],
    ids=named,
)
def test_the_client_receives_what_the_table_allows(state: ClientState, message: Any) -> None:
    """Every message in every state: delivered where it answers, else refused."""
    session = client_in(state)
    event = session._event_of_received(type(message), message.to_wire())
    answers = getattr(message, "re", None) in {None, *session.open_requests}
    if session.closed:
        assert session.receive(raw(message)) == []
    elif event in CLIENT_TABLE[state] and answers:
        assert session.receive(raw(message)) == [message]
        assert session.state is CLIENT_TABLE[state][event]
        assert getattr(message, "re", None) not in session.open_requests
    elif message.kind in {"error", "welcome"} and state is ClientState.READY:
        assert isinstance(_outcome(session, raw(message)), NotReady | Rejected)
    else:
        assert isinstance(_outcome(session, raw(message)), NotReady | Unexpected)
        assert session.state is ClientState.CLOSING


def test_whole_messages_before_a_fault_are_delivered_and_may_be_answered() -> None:
    """In one read or in two: the same messages, the same answers, then the same fault."""
    client, server = connected()
    data = client.send(identify()) + client.send(report()) + bytes(4)
    assert server.receive(data) == [identify(), report()]
    assert server.failure is not None
    assert server.send(verdict())
    assert server.send(answer_to(report()))
    for later in (b"", client.send(Heartbeat(id="q9"))):
        with pytest.raises(RemoteError) as caught:
            server.receive(later)
        assert caught.value is server.failure
    assert b"bad_frame" in server.error_bytes()


def test_a_bye_that_cannot_be_read_ends_the_connection_all_the_same() -> None:
    """Nobody waits for its answer."""
    _, server = connected()
    with pytest.raises(BadMessage, match="reason"):
        server.receive(broken(Bye(id="b", reason="x"), reason=""))
    assert server.closed


def test_what_is_larger_than_the_peer_takes_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fields' limits keep honest messages below; this holds when somebody widens one."""
    client, _ = connected()
    monkeypatch.setattr("protocol.conversation.MAX_TRUSTED", 1_000)
    before = snapshot(client)
    with pytest.raises(IllegalSend, match="1000 are allowed"):
        client.send(identify())
    assert snapshot(client) == before


def test_requests_before_a_bye_may_still_be_answered() -> None:
    """Whether anybody still reads it is another matter."""
    client, server = connected()
    data = client.send(identify()) + client.send(Bye(id="b", reason="x"))
    assert server.receive(data) == [identify(), Bye(id="b", reason="x")]
    assert server.send(verdict())
    with pytest.raises(IllegalSend):
        server.send(Bye(id="b2", reason="x"))


def test_messages_filled_in_wrongly_are_not_sent() -> None:
    """IllegalSend names the field; nothing changes."""
    client, server = connected()
    server.receive(client.send(identify()))
    for wrong in (verdict(display_name="\x1b"), verdict(outcome="maybe")):
        before = snapshot(server)
        with pytest.raises(IllegalSend, match="filled in wrongly"):
            server.send(wrong)
        assert snapshot(server) == before
    with pytest.raises(IllegalSend):
        client.send(identify(id="n1", encoding=(0.0,) * 128))


def test_no_error_means_no_error_bytes() -> None:
    """Nothing to say."""
    for session in connected():
        assert session.error_bytes() == b""


def test_the_end_of_the_transport_is_final_and_may_be_noted_twice() -> None:
    """From both sides of a thread's clean-up."""
    for session in connected():
        session.transport_ended()
        session.transport_ended()
        assert session.state.name == "CLOSED"
        assert session.receive(raw(Bye(id="b", reason="x"))) == []


def test_b16_a_kind_is_shown_safely() -> None:
    """Whatever a stranger calls his message, the error shows it escaped and short."""
    _, server = connected()
    with pytest.raises(UnknownKind) as caught:
        server.receive(framed(b'{"kind":"\\u001b[31m' + b"x" * 5_000 + b'"}'))
    assert "\\x1b[31mxxx" in caught.value.message
    assert len(caught.value.message) < 100


@pytest.mark.parametrize(
    "body",
    [b"[]", b"1", b'"x"', b"{}", b'{"kind":1}', b'{"kind":"identify"}', b'{"kind":"x","id":[]}'],
)
def test_messages_without_an_id_to_answer_end_the_connection(body: bytes) -> None:
    """There is nobody to answer; the connection as a whole is refused."""
    _, server = connected()
    with pytest.raises(RemoteError) as caught:
        server.receive(framed(body))
    assert caught.value.code in {"bad_message", "unknown_kind"}
    assert server.closed
    assert b'"re":null' in server.error_bytes()


def _outcome(session: Session, data: bytes) -> object:
    """What a read gives: the error it raised, or its only entry."""
    try:
        (entry,) = session.receive(data)
    except ProtocolError as error:
        return error
    return entry


def test_one_message_is_taken_at_a_time() -> None:
    """What came behind it is given back; a fault is raised when its turn comes, and stays."""
    client, server = connected()
    first = client.send(identify())
    data = first + client.send(report()) + bytes(4)
    assert server.receive_one(first[:9]) == (None, b"")
    message, rest = server.receive_one(data[9:])
    assert (message, list(server.open_requests)) == (identify(), [identify().id])
    message, rest = server.receive_one(rest)
    assert (message, rest) == (report(), bytes(4))
    for _ in range(2):
        with pytest.raises(RemoteError, match="0 bytes was announced"):
            server.receive_one(rest)
    assert b"bad_frame" in server.error_bytes()


def test_what_comes_behind_a_bye_is_not_taken() -> None:
    """As with `receive`."""
    client, server = connected()
    bye, rest = server.receive_one(client.send(Bye(id="b", reason="done")) + raw(report()))
    assert isinstance(bye, Bye)
    assert server.receive_one(rest) == (None, b"")
    assert server.open_requests == {}
