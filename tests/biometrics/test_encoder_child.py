"""What the child process does with its streams, without a process."""

import io

import numpy as np
from numpy.typing import NDArray

from biometrics.encode import EncoderFailed
from biometrics.encoder_child import COUNT, FAILED, OK, REPLY, serve
from tests.biometrics.support import FakeEncoder


class BrokenEncoder(FakeEncoder):
    """Cannot load."""

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        raise EncoderFailed("The face model cannot be loaded: gone.")


def request(count: int) -> bytes:
    chips = np.zeros((count, 150, 150, 3), np.uint8)
    return COUNT.pack(count) + chips.tobytes()


def answers(stream: io.BytesIO) -> list[tuple[int, bytes]]:
    stream.seek(0)
    found = []
    while head := stream.read(REPLY.size):
        status, length = REPLY.unpack(head)
        found.append((status, stream.read(length)))
    return found


def test_each_request_is_answered_in_order() -> None:
    """Two chips give twice 128 numbers of eight bytes, none give none."""
    replies = io.BytesIO()
    serve(io.BytesIO(request(2) + request(0) + request(1)), replies, FakeEncoder())
    assert [(status, len(body)) for status, body in answers(replies)] == [
        (OK, 2 * 128 * 8),
        (OK, 0),
        (OK, 128 * 8),
    ]


def test_a_failure_is_answered_with_its_sentence() -> None:
    """And the next request is still served."""
    replies = io.BytesIO()
    serve(io.BytesIO(request(1) + request(1)), replies, BrokenEncoder())
    sentence = b"The face model cannot be loaded: gone."
    assert answers(replies) == [(FAILED, sentence)] * 2


def test_a_request_cut_short_ends_it_without_an_answer() -> None:
    """The parent is gone: at every byte of the head, and inside a chip."""
    whole = request(1)
    for length in (0, 1, 3, 4, 5, 1000, len(whole) - 1):
        replies = io.BytesIO()
        serve(io.BytesIO(whole[:length]), replies, FakeEncoder())
        assert answers(replies) == []
