"""What does a mutual TLS 1.3 handshake cost, on the processor of both sides and by the clock?

In memory, both sides in one thread (`ssl.MemoryBIO`), each side's processor time apart; and over a
socket to the real server, from the connect until TLS's end, with its processor time. With the
contexts of the product: P-256, both certificates verified, no resumption. And what strangers take
from a checkpoint that is connected: how long its verdicts take while so many a second shake hands
without a certificate and leave, from so many addresses (127.0.0.2 on: Linux). The strangers take
of the same processors; what that alone does is measured by having them knock at a port elsewhere.

    python -m benchmarks handshake [--times 300] [--strangers 200] [--addresses 1] [--json]
"""

import argparse
import contextlib
import itertools
import json
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks._load_generator import Identity, Job
from benchmarks._load_pairing import identities_of
from benchmarks._load_server import RunningServer, fill
from benchmarks._search_data import faces
from benchmarks._side_by_side import data_folder
from benchmarks.load import generate
from security.certificates import (
    issue_device,
    issue_server,
    key_pem,
    moment,
    new_authority,
    new_key,
    new_request,
    pem_of,
    read_request,
    server_name,
)
from security.tls import checkpoint_context, server_context

_WARM_UP = 20
_PEOPLE = 200
_TIMEOUT_S = 10.0
_WATCHED_S = 10.0
_KNOCKING = 16
"""Threads that play strangers."""
_CLOSES = """
import socket
listening = socket.create_server(("127.0.0.1", 0), backlog=512)
print(listening.getsockname()[1], flush=True)
while True:
    listening.accept()[0].close()
"""


@dataclass(frozen=True, slots=True)
class InMemory:
    """Processor time of one handshake, medians in ms.

    Attributes:
        server_ms: Of the server's side.
        checkpoint_ms: Of the checkpoint's.
    """

    server_ms: float
    checkpoint_ms: float


@dataclass(frozen=True, slots=True)
class ByServer:
    """One connection to the running server, in ms.

    Attributes:
        wall_ms: Median by the clock, from the connect until the server closed it.
        server_ms: Mean of its processor time (a process's is counted in steps of 10 ms).
    """

    wall_ms: float
    server_ms: float


class _Side:
    """One end of a connection in memory, and the processor time it took."""

    def __init__(self, context: ssl.SSLContext, name: str | None) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._in, self._out, server_side=name is None, server_hostname=name
        )
        self.done = False
        self.spent_ns = 0

    def step(self, data: bytes) -> bytes:
        """Takes what the other said; returns what there is to say to that."""
        begun_ns = time.thread_time_ns()
        self._in.write(data)
        try:
            self._tls.do_handshake()
            self.done = True
        except ssl.SSLWantReadError:
            pass
        said = self._out.read()
        self.spent_ns += time.thread_time_ns() - begun_ns
        return said


def in_memory(times: int) -> InMemory:
    """Shakes hands so many times with nothing between both sides."""
    now = moment(time.time_ns() // 1_000_000)
    signing, key, own = new_key(), new_key(), new_key()
    authority = new_authority(signing, now)
    server = server_context(pem_of(authority), issue_server(authority, signing, key, now).pem, key)
    request = read_request(new_request(own, "bench"))
    issued = issue_device(authority, signing, request, "bench", now)
    with tempfile.TemporaryDirectory(prefix="fng-handshake-") as folder:
        paths = Path(folder) / "certificate.txt", Path(folder) / "key.txt"
        paths[0].write_text(issued.pem)
        paths[1].write_bytes(key_pem(own))
        checkpoint = checkpoint_context(pem_of(authority), paths)
    name = server_name(authority)
    both = [_shaken(server, checkpoint, name) for _ in range(_WARM_UP + times)][_WARM_UP:]
    return InMemory(*(statistics.median(side) / 1e6 for side in zip(*both, strict=True)))


def _shaken(server: ssl.SSLContext, checkpoint: ssl.SSLContext, name: str) -> tuple[int, int]:
    """One handshake; the processor time of both sides, in ns."""
    ours, theirs = _Side(server, None), _Side(checkpoint, name)
    said = b""
    while not (ours.done and theirs.done):
        said = ours.step(theirs.step(said))
    return ours.spent_ns, theirs.spent_ns


def by_server(server: RunningServer, context: ssl.SSLContext, name: str, times: int) -> ByServer:
    """Connects, shakes hands and leaves, so many times, one after the other."""
    for _ in range(_WARM_UP):
        _visit(server.port, context, name)
    before_s = server.usage().cpu_s
    took_ms = [_timed_ms(lambda: _visit(server.port, context, name)) for _ in range(times)]
    spent_s = server.usage().cpu_s - before_s
    return ByServer(statistics.median(took_ms), 1000 * spent_s / times)


def _visit(port: int, context: ssl.SSLContext, name: str, address: str = "127.0.0.1") -> None:
    with (
        socket.create_connection(
            ("127.0.0.1", port), timeout=_TIMEOUT_S, source_address=(address, 0)
        ) as raw,
        context.wrap_socket(raw, server_hostname=name) as tls,
    ):
        # The server's end of it is seen: it has verified the certificate and looked it up.
        socket.socket.shutdown(tls, socket.SHUT_WR)
        while socket.socket.recv(tls, 4096):
            pass


class Strangers:
    """Come at a rate, shake hands without a certificate, and leave.

    Args:
        per_second: How many all together; fewer come when the server cannot take them.
        visit: One of them, from the connect to the end.
    """

    def __init__(self, per_second: float, visit: Callable[[], None]) -> None:
        self._each_s = _KNOCKING / per_second
        self._visit = visit
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.came = self.refused = 0
        self._threads = [
            threading.Thread(target=self._come, args=(number * self._each_s / _KNOCKING,))
            for number in range(_KNOCKING)
        ]

    @contextmanager
    def coming(self) -> Iterator[None]:
        """They come meanwhile."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in self._threads:
                thread.join()

    def _come(self, late_s: float) -> None:
        due_s = time.monotonic() + late_s
        while not self._ended.wait(max(0.0, due_s - time.monotonic())):
            due_s = max(due_s + self._each_s, time.monotonic() - 1.0)
            try:
                self._visit()
            except OSError:
                with self._lock:
                    self.refused += 1
            else:
                with self._lock:
                    self.came += 1


@contextmanager
def closed_door() -> Iterator[int]:
    """A port where everybody is closed at once, by a process of its own."""
    with subprocess.Popen([sys.executable, "-c", _CLOSES], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def watched(
    server: RunningServer, identity: Identity, per_second: float, addresses: int
) -> dict[str, float]:
    """How long one checkpoint's verdicts take, alone and among strangers; in ms."""
    job = Job(
        host="127.0.0.1",
        port=server.port,
        encoder=server.filled.encoder,
        probes=str(server.filled.probes),
        connections=1,
        warm_up_s=2.0,
        seconds=_WATCHED_S,
        identities=(identity,),
    )
    context = _context(identity, certificate=False)
    name = identity.server_name
    turns = itertools.count()

    def knocking(port: int) -> Strangers:
        return Strangers(
            per_second,
            lambda: _visit(port, context, name, f"127.0.0.{2 + next(turns) % addresses}"),
        )

    figures = {}
    strangers = knocking(server.port)
    with closed_door() as elsewhere:
        phases = (
            ("alone", contextlib.nullcontext()),
            ("among strangers who knock elsewhere", knocking(elsewhere).coming()),
            ("among strangers", strangers.coming()),
        )
        for what, meanwhile in phases:
            begun_s, before_s = time.monotonic(), server.usage().cpu_s
            with meanwhile:
                found = generate(job)
            seconds = time.monotonic() - begun_s
            print(
                f"one checkpoint, {what}: verdicts p50 {found.p50_ms:.1f} ms, "
                f"p99 {found.p99_ms:.1f}, longest {found.max_ms:.0f}; "
                f"{found.per_second:.0f} a second; server "
                f"{100 * (server.usage().cpu_s - before_s) / seconds:.0f} % of a processor",
                flush=True,
            )
            figures[f"p99_{what.replace(' ', '_')}_ms"] = found.p99_ms
    print(
        f"  strangers: {strangers.came / seconds:.0f} a second shook hands, "
        f"{strangers.refused / seconds:.0f} were turned away or cut off"
    )
    return figures


def _timed_ms(work: Callable[[], None]) -> float:
    begun_s = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun_s)


def _context(identity: Identity, *, certificate: bool) -> ssl.SSLContext:
    own = Path(identity.certificate), Path(identity.key)
    return checkpoint_context(Path(identity.authority).read_text(), own if certificate else None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks handshake",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--strangers", type=float, default=200.0, help="a second; 0 for none")
    parser.add_argument("--addresses", type=int, default=1, help="theirs, up to 250")
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    chosen = parser.parse_args(arguments)
    alone = in_memory(chosen.times)
    print(
        f"in memory, {chosen.times} times, medians of processor time: server "
        f"{alone.server_ms:.2f} ms, checkpoint {alone.checkpoint_ms:.2f} ms",
        flush=True,
    )
    figures = {"server_ms": alone.server_ms, "checkpoint_ms": alone.checkpoint_ms}
    with tempfile.TemporaryDirectory(prefix="fng-handshake-") as folder:
        filled = fill(Path(folder) / "data", faces(data_folder()), _PEOPLE)
        with RunningServer(filled) as server:
            (identity,) = identities_of(filled.root, 1)
            for what, certificate in (("paired", True), ("stranger", False)):
                context = _context(identity, certificate=certificate)
                found = by_server(server, context, identity.server_name, chosen.times)
                print(
                    f"to the server, {what}: {found.wall_ms:.2f} ms by the clock (median), "
                    f"{found.server_ms:.2f} ms of the server's processor",
                    flush=True,
                )
                figures |= {
                    f"{what}_wall_ms": found.wall_ms,
                    f"{what}_server_ms": found.server_ms,
                }
            if chosen.strangers:
                figures |= watched(server, identity, chosen.strangers, chosen.addresses)
    if chosen.json:
        print(json.dumps({name: round(ms, 3) for name, ms in figures.items()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
