"""Does the server's memory grow under mixed load for half an hour, and do its files and threads?

The real server over mutual TLS. Checkpoints identify, report, enrol and connect anew, at a steady
pace. Every half minute the server's memory, threads, open files and the journal of its database
are looked at. The slope is that of a line through the memory after the warm-up; a line hides steps,
so the largest and the smallest are printed too. It is the process's own memory: pages of files come
and go by megabytes as the system likes. The slope of both together is printed beside it.

    python -m benchmarks.soak [--minutes 30] [--people 1000] [--pace 40] [--json]
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks._load_pairing import identities_of
from benchmarks._load_server import Filled, RunningServer, fill
from benchmarks._search_data import Faces, faces
from benchmarks._side_by_side import data_folder
from benchmarks._soak_checkpoint import SoakCheckpoint

WANTED_SLOPE_MB = 1.0
WANTED_WAL_MB = 64.0
_CHECKPOINTS = 8
_WARM_UP_SHARE = 0.2
_LOOK_S = 30.0


@dataclass(frozen=True, slots=True)
class Look:
    """What the server held at a moment.

    Attributes:
        at_s: Since the load began.
        rss_mb: Memory, with pages of files.
        own_mb: Memory of the process alone.
        threads: Threads.
        files: Open descriptors.
        wal_mb: The database's journal.
    """

    at_s: float
    rss_mb: float
    own_mb: float
    threads: int
    files: int
    wal_mb: float


@dataclass(frozen=True, slots=True)
class Soaked:
    """What came of it.

    Attributes:
        minutes: That count, after the warm-up.
        slope_mb: Own memory, MB in ten minutes.
        rss_slope_mb: The same with pages of files.
        smallest_mb: Own memory, after the warm-up.
        largest_mb: The same.
        wal_mb: The largest journal.
        threads: Least and most, after the warm-up.
        files: The same.
        done: How many of each request, and of refusals by their code.
    """

    minutes: float
    slope_mb: float
    rss_slope_mb: float
    smallest_mb: float
    largest_mb: float
    wal_mb: float
    threads: tuple[int, int]
    files: tuple[int, int]
    done: dict[str, int]


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints; 0 when nothing grows, 1 when something does."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--pace", type=float, default=40.0, help="requests a second, all together")
    parser.add_argument("--nice", type=int, default=0, help="of the server, beside other work")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="fng-soak-") as folder:
        spread = faces(data_folder())
        filled = fill(Path(folder) / "data", spread, options.people)
        with RunningServer(filled, nice=options.nice) as server:
            done: Counter[str] = Counter()
            looks = soak(server, spread, options.minutes, options.pace, done)
    found = summed_up(looks, dict(done))
    print(_told(found))
    if options.json:
        print(json.dumps(asdict(found)))
    good = found.slope_mb < WANTED_SLOPE_MB and found.wal_mb < WANTED_WAL_MB
    return 0 if good and found.threads[1] - found.threads[0] <= _CHECKPOINTS else 1


def soak(
    server: RunningServer, spread: Faces, minutes: float, pace: float, done: Counter[str]
) -> list[Look]:
    """Keeps the load up and looks at the server now and then."""
    filled, over = server.filled, threading.Event()
    identities = identities_of(filled.root, _CHECKPOINTS)
    checkpoints = [
        SoakCheckpoint(
            identity,
            server.port,
            filled.encoder,
            spread,
            seed=number,
            pace=pace / _CHECKPOINTS,
            over=over,
        )
        for number, identity in enumerate(identities)
    ]
    for checkpoint in checkpoints:
        checkpoint.start()
    begun_s, looks = time.monotonic(), list[Look]()
    try:
        while (at_s := time.monotonic() - begun_s) < 60 * minutes:
            looks.append(_look(server, filled, at_s))
            print(json.dumps(asdict(looks[-1])), file=sys.stderr, flush=True)
            next_s = begun_s + _LOOK_S * len(looks)
            time.sleep(max(0.0, min(next_s, begun_s + 60 * minutes) - time.monotonic()))
            if any(not checkpoint.is_alive() for checkpoint in checkpoints):
                raise SystemExit("a checkpoint gave up; see above")
    finally:
        over.set()
        for checkpoint in checkpoints:
            checkpoint.join(30)
            done.update(checkpoint.done)
    return looks


def _look(server: RunningServer, filled: Filled, at_s: float) -> Look:
    usage = server.usage()
    wal = filled.root / "database" / "match_history.db-wal"
    size = wal.stat().st_size if wal.exists() else 0
    return Look(
        at_s=round(at_s, 1),
        rss_mb=round(usage.rss_mb, 2),
        own_mb=round(usage.own_mb, 2),
        threads=usage.threads,
        files=usage.files,
        wal_mb=round(size / 2**20, 2),
    )


def summed_up(looks: Sequence[Look], done: dict[str, int]) -> Soaked:
    """The slope and the extremes after the warm-up."""
    counted = [look for look in looks if look.at_s >= _WARM_UP_SHARE * looks[-1].at_s]
    at_s = np.array([look.at_s for look in counted])
    own = np.array([look.own_mb for look in counted])
    rss = np.array([look.rss_mb for look in counted])
    return Soaked(
        minutes=round(float(at_s[-1] - at_s[0]) / 60, 1),
        slope_mb=round(_slope(at_s, own), 3),
        rss_slope_mb=round(_slope(at_s, rss), 3),
        smallest_mb=float(own.min()),
        largest_mb=float(own.max()),
        wal_mb=max(look.wal_mb for look in looks),
        threads=(min(look.threads for look in counted), max(look.threads for look in counted)),
        files=(min(look.files for look in counted), max(look.files for look in counted)),
        done=done,
    )


def _slope(at_s: NDArray[np.float64], mb: NDArray[np.float64]) -> float:
    """MB in ten minutes."""
    return float(np.polyfit(at_s, mb, 1)[0]) * 600 if len(mb) > 1 else float("nan")


def _told(found: Soaked) -> str:
    return (
        f"{found.minutes} minutes after the warm-up: memory {found.slope_mb:+.2f} MB in 10 minutes "
        f"({found.smallest_mb:.1f} to {found.largest_mb:.1f} MB; with pages of files "
        f"{found.rss_slope_mb:+.2f}), journal at most "
        f"{found.wal_mb:.1f} MB, threads {found.threads[0]} to {found.threads[1]}, "
        f"files {found.files[0]} to {found.files[1]}\n  done: {found.done}"
    )


if __name__ == "__main__":
    sys.exit(main())
