"""Tests of events as bytes."""

import json
import math

import pytest

from client.event_bytes import EventUnreadable, from_bytes, to_bytes
from client.outbox import KeptEvent
from protocol.liveness import Liveness

EVENT = KeptEvent(
    "ab" * 16,
    1_764_000_000_123,
    automatic=True,
    encoding=tuple(1 / (number + 3) for number in range(128)),
    quality={"size_px": 150.25, "yaw": -0.1},
    frames=3,
    late=True,
    liveness=Liveness(challenge_id="cd" * 16, passed=True, live=False, reason="flat"),
)


@pytest.mark.parametrize(
    "event",
    [
        EVENT,
        KeptEvent("0" * 32, 0, automatic=False, report="poor_quality", flaws=("too_small",)),
        KeptEvent("1" * 32, 5, automatic=True, encoding=tuple([math.pi] * 512)),
    ],
)
def test_comes_back_exactly_as_it_was(event: KeptEvent) -> None:
    """Bit by bit: the server compares what it gets the second time with the first."""
    assert from_bytes(to_bytes(event)) == event


def test_an_event_no_message_can_be_made_of_is_kept_all_the_same() -> None:
    """Not a number is a face no server takes; it still happened."""
    odd = KeptEvent("2" * 32, 1, automatic=True, encoding=(math.nan, math.inf))
    assert repr(from_bytes(to_bytes(odd))) == repr(odd)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"event_id": 7},
        {"encoding": "AAA"},
        {"encoding": "AAAA"},
        {"encoding": None},
        {"quality": []},
        {"quality": {"a": "b"}},
        {"flaws": "none"},
        {"frames": "1"},
        {"liveness": {"passed": 1}},
    ],
)
def test_what_is_no_event_is_said(change: dict[str, object]) -> None:
    """Of another version, or with a field that does not fit."""
    wire = {**json.loads(to_bytes(EVENT)), **change}
    with pytest.raises(EventUnreadable):
        from_bytes(json.dumps(wire).encode())


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"{}", b"7", b"null"])
def test_what_is_no_object_is_said(data: bytes) -> None:
    """Whatever was unsealed."""
    with pytest.raises(EventUnreadable):
        from_bytes(data)
