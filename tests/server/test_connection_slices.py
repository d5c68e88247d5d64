"""The same bytes in one segment or in many: the same answers, the same rows, the same end (B21)."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from protocol.framing import frame
from protocol.messages import Bye, Heartbeat, Hello, Message
from protocol.session import MAX_OPEN
from protocol.strict_json import dumps
from tests.server.wire import ENCODER, Peer, Served, assert_healthy, face, identify, new_id, served

Slicing = Callable[[bytes], Sequence[bytes]]
BYE = Bye(id="b1", reason="Done.")


def whole(data: bytes) -> Sequence[bytes]:
    """Everything in one segment."""
    return [data]


def in_sevens(data: bytes) -> Sequence[bytes]:
    """Seven bytes at a time: no boundary of a frame is one of a slice, but by chance."""
    return [data[at : at + 7] for at in range(0, len(data), 7)]


def in_two(data: bytes) -> Sequence[bytes]:
    """Cut in the middle."""
    return [data[: len(data) // 2], data[len(data) // 2 :]]


SLICINGS = pytest.mark.parametrize("sliced", [whole, in_two, in_sevens])


def raw(*messages: Message) -> bytes:
    """The frames of messages, past the session."""
    return b"".join(frame(dumps(message.to_wire())) for message in messages)


def said(peer: Peer, slices: Sequence[bytes]) -> list[dict[str, Any]]:
    """Sends the slices and gives every answer until the server closes."""
    for part in slices:
        peer.socket.sendall(part)
    answers = b""
    while more := peer.socket.recv(65536):
        answers += more
    return bodies(answers)


def bodies(data: bytes) -> list[dict[str, Any]]:
    """The JSON objects of whole frames."""
    found: list[dict[str, Any]] = []
    while data:
        end = 4 + int.from_bytes(data[:4], "big")
        found.append(json.loads(data[4:end]))
        data = data[end:]
    return found


def rows(running: Served) -> set[str]:
    """The ids of the events in the history."""
    return {row.event_id for row in running.grid.history.query().rows}


@SLICINGS
def test_b21_requests_before_a_bye(tmp_path: Path, sliced: Slicing) -> None:
    """What came before the bye is answered and stored; the bye is not answered."""
    with served(tmp_path) as running:
        first, second = identify(face(1)), identify(face(2))
        with running.checkpoint() as peer:
            answers = said(peer, sliced(raw(first, second, BYE)))
        assert [answer["kind"] for answer in answers] == ["verdict", "verdict"]
        assert [answer["re"] for answer in answers] == [first.id, second.id]
        assert rows(running) == {first.event_id, second.event_id}
        assert_healthy(running)


@SLICINGS
def test_b21_nothing_behind_a_bye(tmp_path: Path, sliced: Slicing) -> None:
    """What comes behind the bye is not done, in the same read neither."""
    with served(tmp_path) as running:
        first, late = identify(face(1)), identify(face(2))
        with running.checkpoint() as peer:
            data = raw(first, BYE)
            # The rest comes in one piece: in several, the socket would be closed between them.
            slices = [*sliced(data)[:-1], sliced(data)[-1] + raw(late)]
            for part in slices:
                peer.socket.sendall(part)
            assert peer.next_error()["re"] == first.id
            assert peer.closed_within(2.0) < 1.0
        assert rows(running) == {first.event_id}


@SLICINGS
@pytest.mark.parametrize(
    ("garbage", "code"),
    [(b"\0\0\0\0", "bad_frame"), (frame(b"junk"), "bad_json")],
    ids=["length-zero", "junk"],
)
def test_b21_a_request_before_a_fault(
    tmp_path: Path, garbage: bytes, code: str, sliced: Slicing
) -> None:
    """The request has its verdict and its row; then the fault is told and ends it."""
    with served(tmp_path) as running:
        request = identify(face(1))
        with running.checkpoint() as peer:
            answers = said(peer, sliced(raw(request) + garbage))
        assert [answer["kind"] for answer in answers] == ["verdict", "error"]
        assert answers[0]["re"] == request.id
        assert (answers[1]["re"], answers[1]["code"]) == (None, code)
        assert rows(running) == {request.event_id}
        assert_healthy(running)


@SLICINGS
def test_b21_more_requests_than_may_be_open(tmp_path: Path, sliced: Slicing) -> None:
    """However many requests come in a read, each is answered, in order, and on it goes."""
    with served(tmp_path) as running, running.checkpoint() as peer:
        beats = [Heartbeat(id=f"h{number}") for number in range(2 * MAX_OPEN + 1)]
        request = identify(face(1))
        answers = said(peer, sliced(raw(*beats, request, BYE)))
        assert [answer["re"] for answer in answers] == [*(beat.id for beat in beats), request.id]
        assert {answer["kind"] for answer in answers[:-1]} == {"heartbeat_reply"}
        assert answers[-1]["kind"] == "verdict"
        assert rows(running) == {request.event_id}


@SLICINGS
def test_b21_refused_requests_among_good_ones(tmp_path: Path, sliced: Slicing) -> None:
    """A hundred unknown requests in a read: each is refused, none takes another's place."""
    with served(tmp_path) as running, running.checkpoint() as peer:
        tea = b"".join(frame(dumps({"kind": "make_tea", "id": f"t{n}"})) for n in range(100))
        request = identify(face(1))
        answers = said(peer, sliced(tea + raw(request, BYE)))
        assert [answer.get("code") for answer in answers[:-1]] == ["unknown_kind"] * 100
        assert (answers[-1]["kind"], answers[-1]["re"]) == ("verdict", request.id)


@SLICINGS
def test_b21_an_id_may_come_again(tmp_path: Path, sliced: Slicing) -> None:
    """An id is open until it is answered, so the next request of a read may have it."""
    with served(tmp_path) as running, running.checkpoint() as peer:
        beat = Heartbeat(id="same")
        answers = said(peer, sliced(raw(beat, beat, beat, BYE)))
        assert [answer["kind"] for answer in answers] == ["heartbeat_reply"] * 3


@SLICINGS
def test_b21_hello_and_the_first_request(tmp_path: Path, sliced: Slicing) -> None:
    """A request right behind the hello has the welcome before it and the larger limit."""
    hello = Hello(
        id=new_id(),
        checkpoint_id="gate-1",
        checkpoint_name="Gate 1",
        encoder=ENCODER,
        software="test 1",
    )
    with served(tmp_path) as running, running.peer() as peer:
        request = identify(face(1))
        answers = said(peer, sliced(raw(hello, request, BYE)))
        assert [answer["kind"] for answer in answers] == ["welcome", "verdict"]
        assert rows(running) == {request.event_id}
