"""How many events a second does the history take, each on the disk before it is acknowledged?

Threads hand events in as the server's connections do, each with so many on their way; names are
sealed with a real vault, `synchronous=FULL`.

With `--starts` the server is started on what a `kill -9` would have left of it then, with people
and remembered probes beside it, and ended by SIGKILL, so many times: start_s is the longest time
until it listened.

With `--upgrade N` the history is made N rows long, and into what version 4 left: without proofs.
upgrade_s is how long it takes to be opened, which upgrades it, and upgrade_mb how much more room on
the disk it took meanwhile than the history has.

    python -m benchmarks.history [--events 20000] [--threads 1] [--on-their-way 2000] [--json]
                                 [--starts 5 [--people 1000]] [--upgrade 1000000]
"""

import argparse
import contextlib
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from benchmarks._killable import Killable
from benchmarks._load_server import fill
from benchmarks._search_data import faces
from database.log import EventLog
from database.records import EventRecord, Stored, hash_content
from database.rows import PROVEN_COLUMNS
from database.verifying import RowsLooked, look_at_rows
from server.data_folder import DataFolder
from server.history_cipher import HistoryCipher
from server.replays import RECORD
from server.suspicion_files import MOST_RECORDS
from server.vault import open_vault

_FIRST_MS = 1_790_000_000_000
_WITHOUT = """
    ALTER TABLE events DROP COLUMN proof;
    DROP TABLE forgotten;
    DROP INDEX events_by_filter;
    CREATE INDEX events_by_checkpoint ON events (checkpoint_id, sequence);
    CREATE INDEX events_by_subject ON events (subject_id, sequence);
    CREATE INDEX events_by_outcome ON events (outcome, sequence);
"""
LISTENING = '"event": "listening"'
"""What a server says when it is up."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures once and prints it."""
    parser = argparse.ArgumentParser(prog="benchmarks.history")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--on-their-way", type=int, default=2_000)
    parser.add_argument("--starts", type=int, default=0)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--upgrade", type=int, default=0, metavar="N")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="facenetgrid-") as name:
        root, killed = Path(name) / "data", Path(name) / "killed"
        if chosen.starts:
            fill(root, faces(None), chosen.people, probes=1_000)
            _remember_probes(DataFolder(root))
        found = measure(
            root,
            chosen.events,
            chosen.threads,
            chosen.on_their_way,
            killed=killed if chosen.starts else None,
        )
        if chosen.starts:
            found["start_s"] = max(started_s(killed) for _ in range(chosen.starts))
        if chosen.upgrade:
            found |= upgraded_s(DataFolder(root), chosen.upgrade)
    if chosen.json:
        print(json.dumps(found))
        return 0
    print(f"{found['per_second']:.0f} events a second, journal {found['journal_mb']:.1f} MB")
    print(f"a look at every row: {found['look_us']:.1f} us each")
    if chosen.starts:
        print(f"started within {found['start_s']:.2f} s")
    if chosen.upgrade:
        print(
            f"{found['upgrade_rows']:,} rows, {found['history_mb']:.0f} MB: upgraded in "
            f"{found['upgrade_s']:.1f} s, with {found['upgrade_mb']:.0f} MB of room meanwhile"
        )
    return 0


def _remember_probes(folder: DataFolder) -> None:
    """A full file of them, all of today."""
    now_s = time.time()
    folder.database.with_name("probes-newer.bin").write_bytes(
        b"".join(
            RECORD.pack(*(os.urandom(8) for _ in range(3)), now_s) for _ in range(MOST_RECORDS)
        )
    )


def started_s(root: Path) -> float:
    """How long the server takes until it listens, in seconds; it is killed then.

    Raises:
        RuntimeError: It did not start; the text has its last words.
    """
    output = root / "server.txt"
    output.unlink(missing_ok=True)
    began_s = time.monotonic()
    server = Killable(["server", "--headless", "--data", str(root), "--port", "0"], output)
    try:
        server.wait_said(LISTENING, timeout_s=60)
        return time.monotonic() - began_s
    finally:
        server.kill()


def upgraded_s(folder: DataFolder, count: int) -> dict[str, float]:
    """How long a history of version 4 takes to be opened, and the most room that it took."""
    path = folder.database
    _make_old(path, count)
    history_b, cipher = path.stat().st_size, HistoryCipher(open_vault(folder))
    most, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            used = sum(one.stat().st_size for one in path.parent.rglob("match_history*"))
            most[0] = max(most[0], used)

    watching = threading.Thread(target=watch)
    watching.start()
    began = time.perf_counter()
    with EventLog(path, cipher, backup_folder=folder.backups):
        elapsed_s = time.perf_counter() - began
        ended.set()
        watching.join()
    return {
        "upgrade_rows": look_at_rows(path, cipher).looked,
        "history_mb": history_b / 1e6,
        "upgrade_s": elapsed_s,
        "upgrade_mb": (most[0] - history_b) / 1e6,
    }


def _make_old(path: Path, count: int) -> None:
    """The rows that are there, again and again, without what came after version 4."""
    columns = ", ".join(
        column for column in PROVEN_COLUMNS if column not in ("sequence", "event_id")
    )
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(_WITHOUT)
        while (lacks := count - _rows_in(connection)) > 0:
            connection.execute(
                f"INSERT INTO events (event_id, {columns}) "  # noqa: S608 - our own columns
                f"SELECT lower(hex(randomblob(16))), {columns} FROM events LIMIT ?",
                (lacks,),
            )
        connection.execute("PRAGMA user_version = 4")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _rows_in(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


def measure(
    root: Path, events: int, threads: int, on_their_way: int, *, killed: Path | None = None
) -> dict[str, float]:
    """Events a second, how large the journal was in the end, and a look at every row.

    Args:
        root: The data folder.
        events: How many, over all threads.
        threads: That hand them in.
        on_their_way: How many at most are not acknowledged yet, over all threads.
        killed: Where to put what would be left of the folder if all were killed in the end.
    """
    folder = DataFolder(root)
    cipher = HistoryCipher(open_vault(folder))
    records = [[event_of(number) for number in range(events // threads)] for _ in range(threads)]
    with EventLog(folder.database, cipher, backup_folder=folder.backups) as log:
        workers = [
            threading.Thread(target=_hand_in, args=(log, own, max(1, on_their_way // threads)))
            for own in records
        ]
        began = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        elapsed_s = time.perf_counter() - began
        journal = folder.database.with_name(f"{folder.database.name}-wal").stat().st_size
        if killed is not None:
            shutil.copytree(root, killed)
    began = time.perf_counter()
    looked = look_at_rows(folder.database, cipher)
    look_s = time.perf_counter() - began
    if looked != RowsLooked(
        looked=looked.looked, there=looked.there, oldest=1, newest=looked.newest
    ):
        raise RuntimeError(f"the rows are not as they were written: {looked}")
    count = sum(map(len, records))
    return {
        "events": count,
        "per_second": count / elapsed_s,
        "journal_mb": journal / 1e6,
        "look_us": look_s / count * 1e6,
    }


def _hand_in(log: EventLog, records: list[EventRecord], on_their_way: int) -> None:
    waiting: deque[Future[Stored]] = deque()
    for record in records:
        waiting.append(log.append(record))
        if len(waiting) > on_their_way:
            waiting.popleft().result(60)
    for future in waiting:
        future.result(60)


def event_of(number: int) -> EventRecord:
    """Of one of a thousand people; no two captures are of the same moment."""
    event_id, person = uuid.uuid4().hex, f"{number % 1000:032x}"
    now_ms = time.time_ns() // 1_000_000
    return EventRecord(
        event_id=event_id,
        captured_at_ms=_FIRST_MS + number,
        recorded_at_ms=now_ms,
        checkpoint_id="gate-1",
        checkpoint_name="Gate",
        outcome="identified",
        content_hash=hash_content({"id": event_id}),
        subject_id=person,
        display_name=f"Person {number % 1000}",
        nearest_distance=0.25,
        nearest_subject_id=person,
        nearest_name=f"Person {number % 1000}",
        runner_up_distance=0.75,
        runner_up_subject_id=f"{(number + 1) % 1000:032x}",
        runner_up_name=f"Person {(number + 1) % 1000}",
        threshold=0.32,
        margin=0.5,
        encoder="dlib-v1",
        quality={"size_px": 120.0, "brightness": 110.0, "sharpness": 0.3, "yaw": 2.0},
        frames=4,
        latency_ms=150,
        reason="The nearest person is at distance 0.25, the next person is at 0.75.",
        grounds={"target_per_1000": 3.0, "people": 1000.0, "lowered": 0.0, "crowding": 0.0},
    )


if __name__ == "__main__":
    sys.exit(main())
