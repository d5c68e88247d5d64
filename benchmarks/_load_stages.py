"""Where the time of one identification goes: each stage alone, in one thread, nobody beside it.

The parts are the server's own, on the same people. Under load they run beside each other, and
threads wait for the interpreter's lock and for the processor; that is what is missing here.
"""

import contextlib
import io
import itertools
import logging
import os
import ssl
import time
from collections.abc import Callable
from typing import NoReturn, TypeVar

import numpy as np
from msgspec.structs import force_setattr

from benchmarks._load_generator import texts_of
from benchmarks._load_server import Filled
from biometrics.composed import NEAREST
from biometrics.identify import identify_many, plausible
from database.records import EventRecord
from desktop import logs
from protocol import strict_json
from protocol.framing import frame
from protocol.kinds import DLIB_SHAPE
from protocol.messages import Verdict, Welcome
from protocol.quick_identify import identify_of
from protocol.session import ServerSession
from security.tls import checkpoint_context
from server.data_folder import DataFolder
from server.event_records import Caller, content_of_probe, grounds_of, record_of_decision
from server.grid import Grid
from server.headless import say_stored
from server.settings import ServerSettings

GROUP = 32
_REPEATS = 7
_CALLS = 96
_FIT_S = 120.0

T = TypeVar("T")


def stages(filled: Filled) -> str:
    """A table of microseconds a request, alone and in groups of `GROUP`; takes half a minute."""
    # As the server does; numpy is loaded by now, so it counts for products made here alone.
    os.environ["FACENETGRID_KEYRING"] = "off"
    grid = Grid(DataFolder(filled.root), ServerSettings(port=0), lambda _event: None)
    grid.open().result()
    try:
        rows = _measured(grid, filled)
    finally:
        grid.close().result()
    lines = ["", f"| stage, us a request | alone | in groups of {GROUP} |", "|---|---|---|"]
    lines += [f"| {name} | {alone:.0f} | {group:.0f} |" for name, alone, group in rows]
    alone, group = sum(row[1] for row in rows), sum(row[2] for row in rows)
    return "\n".join([*lines, f"| together | {alone:.0f} | {group:.0f} |"])


def _measured(grid: Grid, filled: Filled) -> list[tuple[str, float, float]]:
    caller = Caller("stages", "Stages", filled.encoder)
    bodies = _bodies(filled)
    requests = [identify_of(body, DLIB_SHAPE) or _unread(body) for body in bodies]
    probes = [np.array(request.encoding) for request in requests]
    gallery = grid.people.gallery
    fitted = _awaited(lambda: grid._decision.latest(gallery))  # noqa: SLF001 - the server's own
    policy = fitted.policy
    units = np.array([probe / np.linalg.norm(probe) for probe in probes])
    decisions = identify_many(probes, gallery, policy)

    def record(at: int) -> EventRecord:
        request, decision = requests[at], decisions[at]
        return record_of_decision(
            request,
            caller,
            decision,
            content=content_of_probe(request, probes[at].tobytes(), caller),
            objection="",
            grounds=grounds_of(decision, fitted),
            now_ms=request.captured_at_ms,
            own_ms=3,
        )

    records = [record(at) for at in range(_CALLS)]
    verdicts = [
        Verdict(
            re=request.id,
            event_id=request.event_id,
            outcome="not_enrolled",
            subject_id=None,
            display_name=None,
            server_time_ms=request.captured_at_ms,
        )
        for request in requests
    ]
    session = _welcomed(filled.encoder)
    log = grid._opened.log  # noqa: SLF001 - the writer the server has
    numbers = itertools.count(int(time.time()) << 64)

    def again(one: EventRecord) -> EventRecord:
        force_setattr(one, "event_id", f"{next(numbers):032x}")
        return one

    def store(group: int) -> float:
        def work(start: int) -> None:
            promises = [log.append(again(records[start + at])) for at in range(group)]
            for promise in promises:
                promise.result()

        return _us(work, group)

    def search(count: int) -> Callable[[int], object]:
        return lambda at: gallery.nearest(units[at : at + count], NEAREST)

    def decide(count: int) -> Callable[[int], object]:
        return lambda at: identify_many(probes[at : at + count], gallery, policy)

    def in_and_out(at: int) -> None:
        # What is left to the session when reading and writing are taken off: ids, order, frames.
        session.receive(frame(bodies[at]))
        session.send(verdicts[at])

    searched = [_us(search(count), count) for count in (1, GROUP)]
    decided = [_us(decide(count), count) for count in (1, GROUP)]
    read = _us(lambda at: identify_of(bodies[at], DLIB_SHAPE))
    answered = _us(lambda at: strict_json.dumps(verdicts[at].to_wire()))
    whole = _us(in_and_out)
    sound = _us(lambda at: plausible(probes[at]))
    return [
        ("TLS: request opened, answer sealed", *[_tls(grid, bodies)] * 2),
        ("message read: JSON, fields, 128 numbers", read, read),
        ("answer checked and written", answered, answered),
        ("session: frames, ids, order", *[max(0.0, whole - read - answered)] * 2),
        ("probe plausible", sound, sound),
        ("search: the nearest of everybody", *searched),
        ("decision: distances, crowd, made up", *np.subtract(decided, searched).clip(0)),
        ("record with its hash, checked", *[_us(record)] * 2),
        ("stored: row, transaction, flush", store(1), store(GROUP)),
        ("log line", _logged(records, 1), _logged(records, GROUP)),
    ]


def _unread(body: bytes) -> NoReturn:
    raise SystemExit(f"the server would not read at once: {body!r}")


def _us(work: Callable[[int], object], each: int = 1) -> float:
    """The least time of several tries; `work` takes where to begin."""
    starts = range(0, _CALLS - each + 1, each)
    best = float("inf")
    for _ in range(_REPEATS):
        begun = time.perf_counter()
        for start in starts:
            work(start)
        best = min(best, time.perf_counter() - begun)
    return 1e6 * best / (len(starts) * each)


def _tls(grid: Grid, bodies: list[bytes]) -> float:
    """What TLS takes on the server's side, without the socket."""
    authority = grid._opened.doorway.authority  # noqa: SLF001 - the server's own
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = authority.context.wrap_bio(into, out, server_side=True)
    client = checkpoint_context(authority.pem).wrap_bio(
        out, into, server_hostname=authority.server_name
    )
    for _ in range(3):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    took, answer = 0.0, b"x" * 260
    for body in bodies:
        client.write(body)
        begun = time.perf_counter()
        server.read(16 * 1024)
        server.write(answer)
        took += time.perf_counter() - begun
        client.read(16 * 1024)
    return 1e6 * took / len(bodies)


def _logged(records: list[EventRecord], count: int) -> float:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.set_up(json_lines=True, stream=io.StringIO())
    try:
        return _us(lambda at: say_stored(records[at : at + count]), count)
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def _bodies(filled: Filled) -> list[bytes]:
    return [
        b'{"kind":"identify","id":"r%d","event_id":"%032x","captured_at_ms":%d,"encoding":['
        % (at, at, time.time_ns() // 1_000_000)
        + b"%b1234567,%b1234567,%b1234567,%b" % text
        for at, text in enumerate(texts_of(str(filled.probes))[:_CALLS])
    ]


def _welcomed(encoder: str) -> ServerSession:
    session = ServerSession()
    session.identified("stages")
    hello = {
        "kind": "hello",
        "id": "h",
        "version": 1,
        "checkpoint_id": "stages",
        "checkpoint_name": "Stages",
        "encoder": encoder,
        "software": "bench load",
    }
    session.receive(frame(strict_json.dumps(hello)))
    session.send(
        Welcome(
            re="h",
            server_name="Bench",
            server_time_ms=0,
            heartbeat_s=2.0,
            people=0,
            keep_pictures=False,
        )
    )
    return session


def _awaited(ask: Callable[[], T | None]) -> T:
    end_s = time.monotonic() + _FIT_S
    while (found := ask()) is None:
        if time.monotonic() >= end_s:
            raise SystemExit("the policy was not fitted in time")
        time.sleep(0.05)
    return found
