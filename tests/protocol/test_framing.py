"""Frames: every split, every cut, and lengths that must not be believed."""

import contextlib
import random
import tracemalloc

import pytest

from protocol.errors import BadFrame, IllegalSend
from protocol.framing import (
    HEADER_BYTES,
    MAX_ANY,
    MAX_PICTURES,
    MAX_TRUSTED,
    MAX_UNTRUSTED,
    FrameDecoder,
    frame,
    size_of,
)
from tests.protocol.samples import client_side, connected, hello, identify


def test_a_frame_comes_back_whole() -> None:
    """What was framed is what is given."""
    decoder = FrameDecoder(MAX_UNTRUSTED)
    assert decoder.feed(frame(b"abc") + frame(b"d")) == [b"abc", b"d"]
    assert (decoder.pending, decoder.completed, decoder.buffered) == (0, 2, 0)


@pytest.mark.parametrize("size", [0, MAX_ANY + 1])
def test_bodies_that_fit_no_frame_are_not_sent(size: int) -> None:
    """Our own side makes no frame the peer must refuse."""
    with pytest.raises(IllegalSend):
        frame(bytes(size))


def test_b1_length_zero_is_refused() -> None:
    """A frame of nothing is no frame."""
    with pytest.raises(BadFrame):
        FrameDecoder(MAX_UNTRUSTED).feed(bytes(4))


def test_b2_a_length_of_4_gib_is_refused_before_any_memory_is_taken() -> None:
    """The announced length is refused when its four bytes are there; memory stays below 1 MB."""
    decoder = FrameDecoder(MAX_PICTURES)
    tracemalloc.start()
    try:
        assert decoder.feed(b"\xff\xff\xff") == []
        with pytest.raises(BadFrame, match="4294967295"):
            decoder.feed(b"\xff")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_b2_after_a_bad_length_nothing_is_taken_any_more() -> None:
    """The stream is lost: every later call raises and nothing is kept."""
    decoder = FrameDecoder(MAX_UNTRUSTED)
    for data in (bytes(4), frame(b"fine"), b""):
        with pytest.raises(BadFrame):
            decoder.feed(data)
        assert decoder.buffered == 0


@pytest.mark.parametrize("limit", [MAX_UNTRUSTED, MAX_TRUSTED, MAX_PICTURES])
def test_the_limit_is_exact(limit: int) -> None:
    """A body of the limit passes, one byte more does not."""
    assert FrameDecoder(limit).feed(frame(bytes(limit))) == [bytes(limit)]
    with pytest.raises(BadFrame):
        FrameDecoder(limit).feed((limit + 1).to_bytes(4, "big"))


def test_the_limit_may_change_between_frames() -> None:
    """A trusted peer may send what a stranger may not."""
    decoder = FrameDecoder(4)
    assert decoder.feed(frame(b"1234")) == [b"1234"]
    decoder.limit = 8
    assert decoder.feed(frame(b"12345678")) == [b"12345678"]


def test_b3_an_unfinished_frame_shows_what_it_awaits() -> None:
    """Ten thousand bytes announced and nine sent: the reader can see that it must not wait."""
    decoder = FrameDecoder(MAX_TRUSTED)
    assert decoder.pending == 0
    assert decoder.feed(b"\x00\x00") == []
    assert decoder.pending == 2
    assert decoder.feed((10_000).to_bytes(4, "big")[2:] + b"ninebytes") == []
    assert decoder.pending == 10_000 - 9


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"]
)
def test_b5_other_protocols_are_refused_at_once(data: bytes) -> None:
    """The first four bytes of HTTP and TLS are lengths no limit allows."""
    with pytest.raises(BadFrame):
        FrameDecoder(MAX_PICTURES).feed(data)


def test_b5_random_bytes_never_grow_the_buffer_beyond_a_frame() -> None:
    """Whatever comes, there are frames, a BadFrame, or less than one frame kept."""
    chance = random.Random(5)
    for _ in range(2_000):
        decoder = FrameDecoder(MAX_UNTRUSTED)
        with contextlib.suppress(BadFrame):
            decoder.feed(chance.choice([b"", b"\x00\x00", b"\x00"]) + chance.randbytes(200))
        assert decoder.buffered < MAX_UNTRUSTED + 4


def test_whole_frames_before_a_bad_one_are_given_first() -> None:
    """The result does not depend on how the stream was sliced."""
    decoder = FrameDecoder(MAX_UNTRUSTED)
    assert decoder.feed(frame(b"good") + bytes(4)) == [b"good"]
    with pytest.raises(BadFrame):
        decoder.feed(b"")


def test_b21_every_split_of_a_request_gives_the_same_message() -> None:
    """An identify request in two pieces, cut at each byte."""
    _, server = connected()
    for k in range(len(connected()[0].send(identify(id="s1000")))):
        client, server = (client_side(), server) if k % 30 else connected()
        request = identify(id=f"s{k + 1000}")
        data = client._encode(request)
        assert server.receive(data[:k]) == []
        assert server.receive(data[k:]) == [request]


def test_b21_one_byte_at_a_time_gives_the_same_message() -> None:
    """The smallest slices there are."""
    client, server = connected()
    data = client.send(identify())
    for byte in data[:-1]:
        assert server.receive(bytes([byte])) == []
    assert server.receive(data[-1:]) == [identify()]


def test_b21_every_cut_of_a_request_ends_cleanly() -> None:
    """The stream ends at each byte: nothing is delivered, and the session closes."""
    data = connected()[0].send(identify())
    for k in range(len(data)):
        _, server = connected()
        assert server.receive(data[:k]) == []
        assert (server.pending > 0) == (k > 0)
        server.transport_ended()
        assert server.closed
        assert server.pending == 0
        assert server.receive(data[k:]) == []


def test_a_hello_is_far_below_the_limit_of_strangers() -> None:
    """The longest honest hello fits into 4 KiB."""
    longest = hello(
        id="i" * 64, checkpoint_name="\U0001f600" * 100, encoder="é" * 200, software="é" * 200
    )
    assert len(connected()[0]._encode(longest)) < MAX_UNTRUSTED


def test_a_frames_size_is_told_from_its_beginning() -> None:
    """Also of one whose length will be refused; before the header is whole, the header's."""
    whole = frame(b"abc") + frame(b"defg")
    assert size_of(whole) == 7
    assert size_of(whole[7:]) == 8
    assert [size_of(whole[:count]) for count in range(5)] == [HEADER_BYTES] * 4 + [7]
    assert size_of(b"\xff" * 4) == HEADER_BYTES + 2**32 - 1


def test_one_frame_is_taken_at_a_time_however_the_stream_was_sliced() -> None:
    """The same bodies as by `feed`, the same end; never a byte behind the frame that ended."""
    draw = random.Random(36)
    for _ in range(300):
        bodies = [draw.randbytes(draw.randrange(1, 30)) for _ in range(draw.randrange(4))]
        bad = draw.choice([b"", bytes(4), (31).to_bytes(4, "big")])
        stream = b"".join(map(frame, bodies)) + bad
        decoder, cut, rest, failed = FrameDecoder(30), [], b"", False
        while (stream or rest) and not failed:
            count = draw.randrange(1, 40)
            data, stream = rest + stream[:count], stream[count:]
            try:
                body, rest = decoder.cut(data)
            except BadFrame:
                failed = True
            else:
                if body is not None:
                    cut.append(body)
                    assert data.endswith(rest)
                    assert decoder.pending == 0
                assert decoder.completed == len(cut)
        assert cut == bodies
        assert failed == bool(bad)
        if failed:
            with pytest.raises(BadFrame):
                decoder.cut(frame(b"good"))


def test_a_frame_is_checked_before_it_is_taken_whole() -> None:
    """Also where all of it is there at once."""
    decoder = FrameDecoder(4)
    assert decoder.cut(frame(b"four") + b"more") == (b"four", b"more")
    with pytest.raises(BadFrame, match="5 bytes was announced"):
        decoder.cut(frame(b"fives"))
