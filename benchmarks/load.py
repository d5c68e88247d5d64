"""How many identifications a second, with every event on the disk before its verdict is told?

The real server (`python -m server --headless`), the real protocol over mutual TLS, made-up people
with a template each. Every connection has one request on its way: it sends a probe, waits for the
verdict, sends the next. The load comes from one process with one thread on the same computer.
Four in five probes are of people enrolled. The peer is the straight prototype
(`benchmarks/_load_peer.py`), without TLS and without any check, which a real server has.

    python -m benchmarks.load [--people 10000] [--connections 50] [--curve] [--stages] [--json]
"""

import os

# As in the server, and before numpy is imported: the stages are measured in this process.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks._load_generator import Job, Outcome
from benchmarks._load_pairing import identities_of
from benchmarks._load_server import STRANGERS, Filled, RunningServer, Usage, fill
from benchmarks._load_stages import stages
from benchmarks._search_data import faces
from benchmarks._side_by_side import data_folder

WANTED_PER_SECOND = 2_500
WANTED_P50_MS = 25.0
_CONNECTIONS = (1, 10, 50, 200)
_SIZES = (100, 10_000, 100_000)
_WARM_UP_S = 10.0
"""The history seals a person's name when it first needs it: by then each probe was asked once. Not
longer: after some 60,000 requests in half a minute so many of these people, who look more alike
than real ones, were missed that places close (`server/misses.py`), and refusals do not count."""
_PEER_WARM_UP_S = 3.0
_CURVE_S = 6.0
_MOST_GROWTH_MB = 10.0


@dataclass(frozen=True, slots=True)
class Served:
    """One measurement of the server.

    Attributes:
        outcome: What the load generator saw.
        cpu_us: Of the server, a request.
        before: What the server held after the warm-up.
        after: What it held at the end, with the connections still there.
    """

    outcome: Outcome
    cpu_us: float
    before: Usage
    after: Usage


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints; 0 when the wanted numbers are reached, 1 when not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10.0, help="that count, after a warm-up")
    parser.add_argument(
        "--strangers",
        type=float,
        default=STRANGERS,
        help="share of the probes; many a second at one door, or 2,000 in ten minutes, are taken "
        "for somebody who feels the way to a face, and refused: with one connection take few",
    )
    parser.add_argument("--curve", action="store_true", help="over connections and people too")
    parser.add_argument("--stages", action="store_true", help="where the time goes, measured apart")
    parser.add_argument("--no-peer", action="store_true", help="without the straight prototype")
    parser.add_argument("--processor", type=int, help="the only one the server may use")
    parser.add_argument("--json", action="store_true", help="a last line of JSON")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="fng-load-") as folder:
        filled = fill(
            Path(folder) / "data",
            faces(data_folder()),
            options.people,
            strangers=options.strangers,
        )
        with RunningServer(filled, processor=options.processor) as server:
            found = ask(server, options.connections, options.seconds)
        print(_told(options.people, options.connections, found), flush=True)
        if not options.no_peer:
            for groups in (False, True):
                with _peer(filled, groups=groups) as port:
                    seconds = min(options.seconds, _CURVE_S)
                    other = generate(_job(filled, port, options.connections, seconds))
                print(_told_peer(found.outcome, other, groups=groups), flush=True)
        if options.stages:
            print(stages(filled), flush=True)
    if options.curve:
        _curve(options.people)
    outcome = found.outcome
    if options.json:
        print(
            json.dumps(
                {
                    "per_second": round(outcome.per_second, 1),
                    "p50_ms": round(outcome.p50_ms, 2),
                    "p99_ms": round(outcome.p99_ms, 2),
                }
            )
        )
    grown = found.after.rss_mb - found.before.rss_mb > _MOST_GROWTH_MB
    reached = outcome.per_second >= WANTED_PER_SECOND and outcome.p50_ms < WANTED_P50_MS
    return 0 if reached and not grown and found.after.threads == found.before.threads else 1


def ask(
    server: RunningServer, connections: int, seconds: float, warm_up_s: float = _WARM_UP_S
) -> Served:
    """Puts a load on the server and watches it."""
    filled = server.filled
    identities = identities_of(filled.root, connections)
    job = _job(filled, server.port, connections, seconds)
    job = dataclasses.replace(job, identities=identities, warm_up_s=warm_up_s)
    counted = server.stored
    process = _start(job)
    while server.stored < counted + 2 * connections and process.poll() is None:
        time.sleep(0.1)
    time.sleep(warm_up_s)
    begun_s, before, counted = time.monotonic(), server.usage(), server.stored
    time.sleep(max(0.0, begun_s + seconds - 1.5 - time.monotonic()))
    after, requests = server.usage(), max(1, server.stored - counted)
    outcome = _finished(process)
    return Served(outcome, 1e6 * (after.cpu_s - before.cpu_s) / requests, before, after)


def generate(job: Job) -> Outcome:
    """Runs the load generator to its end."""
    return _finished(_start(job))


def _job(filled: Filled, port: int, connections: int, seconds: float) -> Job:
    return Job(
        host="127.0.0.1",
        port=port,
        encoder=filled.encoder,
        probes=str(filled.probes),
        connections=connections,
        warm_up_s=_PEER_WARM_UP_S,
        seconds=seconds,
    )


def _start(job: Job) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "benchmarks._load_generator"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(json.dumps(dataclasses.asdict(job)).encode())
    process.stdin.close()
    return process


def _finished(process: subprocess.Popen[bytes]) -> Outcome:
    assert process.stdout is not None
    with process, process.stdout as stream:
        text = stream.read()
    if process.returncode:
        raise SystemExit("the load generator failed")
    return Outcome(**json.loads(text))


@contextmanager
def _peer(filled: Filled, *, groups: bool) -> Iterator[int]:
    with tempfile.TemporaryDirectory(prefix="fng-peer-") as folder:
        words = [sys.executable, "-m", "benchmarks._load_peer", str(filled.templates)]
        words += [str(Path(folder) / "peer.db"), *(["--groups"] if groups else [])]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                yield int(json.loads(process.stdout.readline())["port"])
            finally:
                process.kill()


def _curve(people: int) -> None:
    """The same over connections, and over the size of the gallery with 50 of them."""
    print("\n| people | connections | a second | p50 ms | p99 ms | server, us a request |")
    print("|---|---|---|---|---|---|", flush=True)
    for size in dict.fromkeys((people, *_SIZES)):
        with tempfile.TemporaryDirectory(prefix="fng-load-") as folder:
            filled = fill(Path(folder) / "data", faces(data_folder()), size)
            with RunningServer(filled) as server:
                # By many doors: one alone would have more strangers by then than a door may have
                # (`server/miss_flow.py`), and name nobody.
                ask(server, 50, 1.0, _WARM_UP_S)
                for connections in _CONNECTIONS if size == people else (50,):
                    found = ask(server, connections, _CURVE_S, _PEER_WARM_UP_S)
                    outcome = found.outcome
                    print(
                        f"| {size:,} | {connections} | {outcome.per_second:.0f} "
                        f"| {outcome.p50_ms:.1f} | {outcome.p99_ms:.1f} | {found.cpu_us:.0f} |",
                        flush=True,
                    )


def _told(people: int, connections: int, found: Served) -> str:
    outcome, before, after = found.outcome, found.before, found.after
    reached = "reached" if outcome.per_second >= WANTED_PER_SECOND else "not reached"
    return (
        f"{people:,} people, {connections} connections, mutual TLS, every verdict committed "
        f"(synchronous=FULL):\n"
        f"  {outcome.per_second:.0f} a second (wanted {WANTED_PER_SECOND}: {reached}); "
        f"p50 {outcome.p50_ms:.1f} ms, p99 {outcome.p99_ms:.1f}, longest {outcome.max_ms:.0f}\n"
        f"  processor: server {found.cpu_us:.0f} us a request, load generator "
        f"{outcome.cpu_us:.0f}\n"
        f"  memory {before.rss_mb:.1f} -> {after.rss_mb:.1f} MB, threads {before.threads} -> "
        f"{after.threads}, files {before.files} -> {after.files}\n"
        f"  answers: {outcome.answers}"
    )


def _told_peer(ours: Outcome, theirs: Outcome, *, groups: bool) -> str:
    how = "commits in groups" if groups else "a commit a request"
    return (
        f"straight prototype, plaintext, {how}: {theirs.per_second:.0f} a second, p50 "
        f"{theirs.p50_ms:.1f} ms, p99 {theirs.p99_ms:.1f}: "
        f"the server does {ours.per_second / theirs.per_second:.2f} times as many"
    )


if __name__ == "__main__":
    sys.exit(main())
