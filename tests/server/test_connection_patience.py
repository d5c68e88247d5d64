"""Slow and silent peers: each deadline by itself, with all the others far away."""

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from protocol.framing import frame
from protocol.messages import Heartbeat
from protocol.strict_json import dumps
from server.patience import Patience
from server.settings import ServerSettings
from tests.server.wire import Peer, Served, assert_healthy, heartbeat, served
from tests.support import wait_until

FAR_S = 60.0


def only(**seconds: float) -> Patience:
    """A patience without end but for what is named."""
    names = ("hello_s", "read_s", "frame_s", "silent_s", "send_s")
    return Patience(**(dict.fromkeys(names, FAR_S) | seconds))


def raw(message: Heartbeat) -> bytes:
    """A heartbeat's frame, past the session."""
    return frame(dumps(message.to_wire()))


def trickle(peer: Peer, data: bytes, *, pause_s: float, at_most_s: float) -> float:
    """Sends single bytes, over and over, until cut off; returns how long that took."""
    started = time.monotonic()
    for position in itertools.cycle(range(len(data))):
        if time.monotonic() - started > at_most_s:
            pytest.fail("the server never cut the peer off")
        try:
            peer.socket.sendall(data[position : position + 1])
        except OSError:
            break
        time.sleep(pause_s)
    return time.monotonic() - started


@pytest.mark.parametrize("trusted", [False, True])
def test_b3_a_frame_that_stops(tmp_path: Path, *, trusted: bool) -> None:
    """B3: 3 KB declared, 9 bytes sent, silence: the read deadline closes and frees the thread."""
    with served(tmp_path, patience=only(read_s=0.3)) as running:
        with running.checkpoint() if trusted else running.peer() as peer:
            started = time.monotonic()
            peer.socket.sendall((3_000).to_bytes(4, "big") + b"123456789")
            error = peer.next_error()
            assert (error["code"], error["re"]) == ("timeout", None)
            assert "not finished" in error["message"]
            assert peer.closed_within(5.0) < 1.0
            assert 0.25 < time.monotonic() - started < 3.0
        wait_until(lambda: "checkpoint-1" not in _threads(), timeout_s=5)
        assert_healthy(running)


@pytest.mark.parametrize("trusted", [False, True])
def test_b4_one_byte_at_a_time(tmp_path: Path, *, trusted: bool) -> None:
    """B4: bytes that keep trickling pass every read's deadline, but not the whole frame's."""
    with served(tmp_path, patience=only(frame_s=0.6, read_s=0.5)) as running:
        with running.checkpoint() if trusted else running.peer() as peer:
            peer.socket.sendall((3_000).to_bytes(4, "big"))
            took_s = trickle(peer, b"x", pause_s=0.05, at_most_s=5.0)
            assert 0.55 < took_s < 4.0
        assert_healthy(running)


def test_a_slow_frame_is_no_silence(tmp_path: Path) -> None:
    """While bytes of a frame come in time, the silence between frames does not count."""
    with served(tmp_path, patience=only(silent_s=0.2)) as running, running.checkpoint() as peer:
        data = raw(heartbeat())
        for position in range(len(data)):
            peer.socket.sendall(data[position : position + 1])
            time.sleep(0.01)
        assert len(data) * 0.01 > 0.2
        assert peer.next_error()["kind"] == "heartbeat_reply"
        assert peer.next_error()["message"] == "nothing was heard for too long"


def test_each_frame_has_its_own_time(tmp_path: Path) -> None:
    """Frames one after another may take longer together than one of them may."""
    with served(tmp_path, patience=only(frame_s=0.5)) as running, running.checkpoint() as peer:
        started = time.monotonic()
        while time.monotonic() - started < 1.0:
            first, second = raw(heartbeat()), raw(heartbeat())
            # The second frame is begun in the segment that ends the first.
            for part in (first[:9], first[9:] + second[:9], second[9:]):
                peer.socket.sendall(part)
                time.sleep(0.02)
            for _ in range(2):
                assert peer.next_error()["kind"] == "heartbeat_reply"


def test_a_silent_stranger_is_dropped(tmp_path: Path) -> None:
    """A peer that never says hello is gone at the hello deadline."""
    with served(tmp_path, patience=only(hello_s=0.5)) as running, running.peer() as peer:
        assert peer.next_error()["code"] == "timeout"
        assert peer.closed_within(5.0) < 1.0


def test_a_stranger_cannot_trickle_past_the_hello_deadline(tmp_path: Path) -> None:
    """Until hello its deadline stands over reads and frames: bytes that come do not move it."""
    with served(tmp_path, patience=only(hello_s=0.5)) as running, running.peer() as peer:
        peer.socket.sendall((3_000).to_bytes(4, "big"))
        assert 0.45 < trickle(peer, b"x", pause_s=0.05, at_most_s=5.0) < 4.0


def test_a_checkpoint_outlives_the_hello_deadline(tmp_path: Path) -> None:
    """After the welcome the hello deadline is past and done with."""
    with served(tmp_path, patience=only(hello_s=0.3)) as running, running.checkpoint() as peer:
        started = time.monotonic()
        while time.monotonic() - started < 0.6:
            assert peer.ask(heartbeat()).kind == "heartbeat_reply"
            time.sleep(0.05)


def test_f10_half_open_is_dropped_within_three_heartbeats(tmp_path: Path) -> None:
    """F10: a checkpoint that falls silent is dropped within 3 heartbeats, one that beats stays."""
    settings = ServerSettings(port=0, heartbeat_s=0.2)
    with (
        served(tmp_path, settings=settings) as running,
        running.checkpoint("alive") as alive,
        running.checkpoint("silent") as silent,
    ):
        started = time.monotonic()
        while running.grid.checkpoints.connected > 1:
            assert time.monotonic() - started < 3
            assert alive.ask(heartbeat()).kind == "heartbeat_reply"
        assert 0.4 < time.monotonic() - started < 2.0
        assert silent.closed_within(1.0) < 0.5
        assert alive.ask(heartbeat()).kind == "heartbeat_reply"


def test_a_peer_that_does_not_read_is_dropped(tmp_path: Path) -> None:
    """A checkpoint that asks and never reads its answers does not hold its thread for ever."""
    with served(tmp_path, patience=only(send_s=0.5)) as running:
        _shrink_answers(running)
        with _deaf_checkpoint(running) as deaf:
            started = time.monotonic()
            # Until the server cuts it off, or its own buffer is full for five seconds.
            with contextlib.suppress(OSError):
                for number in range(200_000):
                    deaf.socket.sendall(raw(Heartbeat(id=f"h{number}")))
            wait_until(lambda: running.grid.checkpoints.connected == 0, timeout_s=5)
            assert time.monotonic() - started > 0.4
        wait_until(lambda: "checkpoint-1" not in _threads(), timeout_s=5)
        assert_healthy(running)


def _deaf_checkpoint(running: Served) -> Peer:
    """A welcomed peer with next to no room for answers."""
    peer = running.peer("deaf")
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    peer.hello()
    return peer


def _shrink_answers(running: Served) -> None:
    """Gives the server's side of every new connection next to no room for answers."""
    serving = running.grid._serving
    assert serving is not None
    admit: Callable[[socket.socket, str], Any] = serving._listener._admit

    def admit_small(accepted: socket.socket, address: str) -> None:
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2_048)
        admit(accepted, address)

    serving._listener._admit = admit_small


def _threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("checkpoint-")]
