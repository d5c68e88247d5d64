"""Mutated frames, always the same ones: messages, clear errors, and nothing else."""

import json
import os
import random
import time
from typing import Any

import pytest

from protocol.errors import RemoteError
from protocol.framing import MAX_TRUSTED, frame
from protocol.messages import FROM_CHECKPOINT, FROM_SERVER, Message
from protocol.session import Rejected, ServerSession
from protocol.states import ServerState
from tests.protocol.samples import connected, enrol, identify, one_of_each, raw, sample, server_side

FRAMES = int(os.environ.get("FACENETGRID_MUTATIONS", "20000"))
PIECES = [
    b"NaN", b"Infinity", b"1e999", b"-0", b"1" * 50, b"9223372036854775808", b"true", b"null",
    b"[[[[[[[[[", b"{}", b'"', b"\\", b"\\ud800", b"\\u0000", b"\xff", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b",", b":", b'"id":"q1",', b'"kind":"hello",', b'"kind":"enrol",',
    b'"re":null,', b"\x00" * 4, "\u202e".encode(), b"0.1,", b"1e308,", b"]", b"}",
    b'"encoding":[],',
]  # fmt: skip
VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 2**63, 10**39, 1e308, "", "x", "\0", "\u202e", "e" * 32, [],
    [0.1] * 128, [0.2] * 129, {}, {"yaw": 1}, {"yaw": None}, ["x"], "hello", "identify",
    "welcome", "r1",
]  # fmt: skip


def ready_server() -> ServerSession:
    """A session after the welcome, without going through it."""
    server = server_side()
    server._machine.state = ServerState.READY
    server._decoder.limit = MAX_TRUSTED
    return server


def mutated(body: bytes, chance: random.Random) -> bytes:
    """One to four small or large changes."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.choice([1, 1, 2, 8, 200]))
        match chance.randrange(6):
            case 0:
                body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
            case 1:
                body = body[:at] + chance.choice(PIECES) + body[at:]
            case 2:
                body = body[:at] + chance.choice(PIECES) + body[end:]
            case 3:
                body = body[:at] + body[end:]
            case 4:
                body = body[:at] + body[at:end] * 2 + body[end:]
            case _:
                body = body[:at]
        body = body or b"x"
    return body


def bent(body: bytes, chance: random.Random) -> bytes:
    """One or two fields with another value, another name, or gone."""
    wire: dict[str, Any] = json.loads(body)
    for _ in range(chance.randint(1, 2)):
        name = chance.choice(list(wire))
        match chance.randrange(4):
            case 0:
                del wire[name]
            case 1:
                wire[name.upper()] = wire.pop(name)
            case _:
                wire[name] = chance.choice(VALUES)
        wire = wire or {"x": 1}
    return json.dumps(wire).encode()


def outcome(server: ServerSession, data: bytes) -> str:
    """What a server makes of a frame: it answers all it can, and its errors are errors' errors."""
    try:
        entries = server.receive(data)
    except RemoteError as error:
        assert server.closed
        assert server.error_bytes()
        return error.code
    kinds = []
    for entry in entries:
        if isinstance(entry, Rejected):
            assert entry.reply is not None
            assert server.send(entry.reply)
            kinds.append(f"rejected {entry.error.code}")
        else:
            assert entry.to_wire()
            kinds.append("message")
    return kinds[0] if kinds else "more"


def test_mutated_bodies_are_messages_or_clear_errors() -> None:
    """20,000 frames of right length around wrong bodies, each to a session of its own."""
    chance = random.Random(20_000)
    small = [m for m in one_of_each() if type(m) in FROM_CHECKPOINT and m.kind != "enrol"]
    bodies = [raw(message)[4:] for message in small]
    bodies.append(raw(enrol(samples=(sample(),)))[4:])
    seen: dict[str, int] = {}
    began = time.process_time()
    for _ in range(FRAMES):
        data = frame(chance.choice([mutated, bent])(chance.choice(bodies), chance))
        result = outcome(ready_server(), data)
        seen[result] = seen.get(result, 0) + 1
    assert time.process_time() - began < 60
    assert {"message", "rejected bad_message", "bad_json", "not_ready"} <= set(seen)
    assert not {"more", "internal"} & set(seen)


def test_mutated_streams_are_messages_or_clear_errors() -> None:
    """2,000 streams of three frames with lengths changed too, in slices."""
    chance = random.Random(2_000)
    stream = raw(identify(id="s1")) + raw(identify(id="s2")) + raw(identify(id="s3"))
    for _ in range(2_000):
        data = mutated(stream, chance)
        server = ready_server()
        cut = chance.randrange(len(data) + 1)
        for part in (data[:cut], data[cut:]):
            outcome(server, part)


@pytest.mark.parametrize(
    "message",
    [message for message in one_of_each() if type(message) in FROM_SERVER],
    ids=lambda message: message.kind,
)
def test_mutated_replies_never_crash_a_checkpoint(message: Message) -> None:
    """What a broken server may say."""
    chance = random.Random(300)
    body = raw(message)[4:]
    for _ in range(300):
        client, _ = connected()
        client.send(identify())
        entries: list[Any] = []
        try:
            entries = client.receive(frame(mutated(body, chance)))
        except RemoteError:
            assert client.closed
        assert all(isinstance(entry, Message | Rejected) for entry in entries)
