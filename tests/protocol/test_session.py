"""The two sessions: every message in every state, requests and replies, the end."""

import pytest

from protocol.errors import (
    BadMessage,
    IllegalSend,
    RemoteError,
    TimedOut,
    Unexpected,
    UnsupportedVersion,
)
from protocol.framing import MAX_PICTURES, MAX_TRUSTED, MAX_UNTRUSTED
from protocol.messages import (
    Bye,
    Error,
    Heartbeat,
    HeartbeatReply,
    Message,
    Request,
)
from protocol.session import MAX_OPEN, Rejected
from protocol.strict_json import dumps
from tests.protocol.samples import (
    JPEG,
    answer_to,
    broken,
    client_side,
    connected,
    enrol,
    enrolled,
    framed,
    hello,
    identify,
    raw,
    refusal,
    report,
    server_side,
    snapshot,
    verdict,
    welcome,
)


def test_a_whole_conversation() -> None:
    """Hello, requests, replies, bye; each side sees the other's messages and nothing is open."""
    client, server = client_side(), server_side()
    data = client.hello(
        checkpoint_id="lobby-1", checkpoint_name="Lobby", encoder="dlib", software="1"
    )
    (greeting,) = server.receive(data)
    assert isinstance(greeting, Request)
    client.receive(server.send(answer_to(greeting)))
    assert client.ready
    assert server.ready
    assert client.welcome == welcome(re=greeting.id)
    requests = [
        identify(id=client.next_id()),
        report(id=client.next_id()),
        enrol(id=client.next_id()),
        Heartbeat(id=client.next_id()),
    ]
    data = b"".join(client.send(request) for request in requests)
    assert server.receive(data) == requests
    answers = [answer_to(request) for request in reversed(requests)]
    data = b"".join(server.send(answer) for answer in answers)
    assert client.receive(data) == answers
    assert not client.open_requests
    assert not server.open_requests
    bye = Bye(id=client.next_id(), reason="The window was closed.")
    assert server.receive(client.send(bye)) == [bye]
    assert client.closed
    assert server.closed


def test_strangers_get_4_kib_and_checkpoints_64() -> None:
    """The limit moves with the welcome, and only then."""
    client, server = client_side(), server_side()
    assert server._decoder.limit == client._decoder.limit == MAX_UNTRUSTED
    data = client.send(hello())
    server.receive(data)
    assert server._decoder.limit == MAX_UNTRUSTED
    client.receive(server.send(welcome()))
    assert server._decoder.limit == client._decoder.limit == MAX_TRUSTED
    with pytest.raises(RemoteError, match="4097 bytes"):
        server_side().receive((MAX_UNTRUSTED + 1).to_bytes(4, "big"))


def test_larger_frames_are_for_enrolments_with_a_picture_only() -> None:
    """Where the server keeps pictures; and never another kind, whatever its padding."""
    client, server = connected(keep_pictures=True)
    assert server._decoder.limit == MAX_PICTURES
    with_picture = enrol(picture=JPEG)
    assert server.receive(client.send(with_picture)) == [with_picture]
    padding = b" " * MAX_TRUSTED
    for message in (identify(id="p1"), enrol(id="p2")):
        _, server = connected(keep_pictures=True)
        with pytest.raises(RemoteError, match="65536 are allowed"):
            server.receive(framed(dumps(message.to_wire()) + padding))
        assert b"bad_frame" in server.error_bytes()


def test_pictures_go_only_to_a_server_that_keeps_them() -> None:
    """The client does not send one; the server refuses one and goes on."""
    client, server = connected()
    with pytest.raises(IllegalSend, match="pictures"):
        client.send(enrol(picture=JPEG))
    (rejected,) = server.receive(raw(enrol(picture=JPEG)))
    assert isinstance(rejected, Rejected)
    assert rejected.reply is not None
    assert rejected.reply.code == "not_allowed"
    assert server.ready


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("frames", 0, "bad_message"),
        ("frames", True, "bad_message"),
        ("captured_at_ms", 2**63, "bad_message"),
        ("encoding", [0.1], "bad_message"),
        ("encoding", [0.0] * 128, "implausible_encoding"),
        ("kind", "dance", "unknown_kind"),
        ("kind", "welcome", "unknown_kind"),
        ("event_id", "../../x", "bad_message"),
    ],
)
def test_b10_a_bad_request_is_answered_and_the_conversation_goes_on(
    field: str, value: object, code: str
) -> None:
    """A clear error with the request's id; the next request is served."""
    client, server = connected()
    (rejected,) = server.receive(broken(identify(), **{field: value}))
    assert isinstance(rejected, Rejected)
    assert rejected.reply is not None
    assert (rejected.reply.code, rejected.reply.re) == (code, "q1")
    client.send(identify())
    assert client.receive(server.send(rejected.reply)) == [rejected.reply]
    assert server.receive(client.send(report())) == [report()]


@pytest.mark.parametrize("name", ["", "x" * 300, "\x1b[31m", "\u202e", "\u0000", "  "])
def test_b16_a_name_that_cannot_be_used_is_answered(name: str) -> None:
    """With its own code and the sentence for the person."""
    _, server = connected()
    (rejected,) = server.receive(broken(enrol(), display_name=name))
    assert isinstance(rejected, Rejected)
    assert rejected.reply is not None
    assert rejected.reply.code == "name_invalid"
    assert rejected.reply.details == {"field": "display_name"}
    assert server.send(rejected.reply)


def test_b16_a_name_of_10_mb_is_refused_by_its_length_alone() -> None:
    """The frame is too large for any state."""
    _, server = connected(keep_pictures=True)
    with pytest.raises(RemoteError) as caught:
        server.receive((10_000_000).to_bytes(4, "big"))
    assert caught.value.code == "bad_frame"


def test_before_the_welcome_every_fault_ends_the_connection() -> None:
    """A stranger gets no second try; a hello's error carries its id."""
    server = server_side()
    with pytest.raises(UnsupportedVersion):
        server.receive(broken(hello(), version=2))
    client = client_side()
    client.send(hello())
    (refused,) = client.receive(server.error_bytes())
    assert isinstance(refused, Error)
    assert (refused.code, refused.re) == ("unsupported_version", "h1")
    assert refused.details == {"supported": "1"}
    assert client.closed


def test_a_hello_and_a_fault_in_one_read_leave_nothing_illegal_to_the_server() -> None:
    """The welcome can be written though the session is closing."""
    server = server_side()
    assert server.receive(raw(hello()) + bytes(4)) == [hello()]
    assert server.send(welcome())
    assert not server.ready


def test_a_request_id_that_is_open_already_ends_the_connection() -> None:
    """Its answer could not be told from the first one's."""
    client, server = connected()
    server.receive(client.send(identify()))
    (again,) = server.receive(raw(identify(id="other")))
    assert again == identify(id="other")
    with pytest.raises(BadMessage, match="open already"):
        server.receive(raw(report(id="q1")))


def test_more_open_requests_than_allowed_are_refused_as_busy() -> None:
    """The client does not send them; the server answers and may be asked again."""
    client, server = connected()
    for _ in range(MAX_OPEN):
        server.receive(client.send(Heartbeat(id=client.next_id())))
    assert client.room == 0
    with pytest.raises(IllegalSend, match="open"):
        client.send(Heartbeat(id="more"))
    (rejected,) = server.receive(raw(Heartbeat(id="more")))
    assert isinstance(rejected, Rejected)
    assert rejected.reply is not None
    assert (rejected.reply.code, rejected.reply.retryable) == ("busy", True)
    server.send(rejected.reply)
    server.send(HeartbeatReply(re="r1", server_time_ms=1))
    assert server.receive(raw(Heartbeat(id="more"))) == [Heartbeat(id="more")]


def test_refusals_nobody_answers_end_the_connection() -> None:
    """A peer that only sends nonsense holds no memory."""
    _, server = connected()
    for k in range(MAX_OPEN):
        (rejected,) = server.receive(broken(report(), id=f"x{k}", outcome="?"))
        assert isinstance(rejected, Rejected)
    with pytest.raises(BadMessage):
        server.receive(broken(report(), id="one-more", outcome="?"))


@pytest.mark.parametrize(
    "message",
    [verdict(re="nobody"), verdict(event_id="f" * 32), answer_to(report(id="q1")), refusal("x")],
    ids=lambda message: message.kind,
)
def test_the_server_cannot_answer_what_was_not_asked(message: Message) -> None:
    """Unknown id, another event, another kind: IllegalSend, and nothing changes."""
    client, server = connected()
    server.receive(client.send(identify()))
    before = snapshot(server)
    with pytest.raises(IllegalSend):
        server.send(message)
    assert snapshot(server) == before
    assert server.send(verdict())


@pytest.mark.parametrize(
    "message",
    [
        verdict(re="nobody"),
        verdict(event_id="f" * 32),
        answer_to(report(id="q1")),
        enrolled(re="q1"),
        refusal("x"),
    ],
    ids=lambda message: message.kind,
)
def test_a_reply_that_answers_nothing_ends_the_connection(message: Message) -> None:
    """Nobody is shown a verdict about somebody else."""
    client, _ = connected()
    client.send(identify())
    with pytest.raises(Unexpected) as caught:
        client.receive(raw(message))
    assert not caught.value.late
    assert client.closed
    assert client.open_requests == {"q1": identify()}
    assert b'"kind":"bye"' in client.error_bytes()


def test_a_late_reply_is_told_apart_and_harms_nothing() -> None:
    """The request was answered before: a Rejected without a reply."""
    client, server = connected()
    server.receive(client.send(identify()))
    answer = server.send(verdict())
    client.receive(answer)
    assert not client.open_requests
    (late,) = client.receive(answer)
    assert isinstance(late, Rejected)
    assert isinstance(late.error, Unexpected)
    assert (late.error.late, late.reply) == (True, None)
    assert client.ready


def test_an_id_is_used_once() -> None:
    """Open or answered."""
    client, server = connected()
    server.receive(client.send(identify()))
    with pytest.raises(IllegalSend, match="used already"):
        client.send(report(id="q1"))
    client.receive(server.send(verdict()))
    with pytest.raises(IllegalSend, match="used already"):
        client.send(report(id="q1"))


def test_an_error_for_a_request_leaves_the_rest_open() -> None:
    """Only the request it names is done."""
    client, server = connected()
    server.receive(client.send(identify()) + client.send(report()))
    (error,) = client.receive(server.send(refusal("q1", "storage_full")))
    assert isinstance(error, Error)
    assert error.retryable
    assert list(client.open_requests) == ["q2"]
    assert client.ready


def test_an_error_for_the_connection_ends_it_and_open_requests_stay_readable() -> None:
    """The link knows what it has to send again."""
    client, server = connected()
    server.receive(client.send(identify()))
    data = server.send(Error.of(TimedOut("Too slow."), re=None))
    (error,) = client.receive(data)
    assert isinstance(error, Error)
    assert client.closed
    client.transport_ended()
    assert client.open_requests == {"q1": identify()}


def test_a_reply_that_cannot_be_read_ends_the_clients_connection() -> None:
    """The server is of another version or not itself."""
    client, _ = connected()
    client.send(identify())
    with pytest.raises(BadMessage, match="outcome"):
        client.receive(broken(verdict(), outcome="maybe"))
    assert client.closed
