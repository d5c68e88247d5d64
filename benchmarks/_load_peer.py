"""The peer of the load measurement: the server one would write first, doing the same for a request.

A thread a connection, `json`, one product of the probe with everybody, the nearest below a
threshold, one row in SQLite. Its rows are committed one by one, or by a writer thread in groups.
It checks nothing: no number, no order of messages, no mixture of faces, no second answer for the
same event. Run by `benchmarks.load` as a process of its own.
"""

import argparse
import contextlib
import json
import os
import queue
import socket
import sqlite3
import struct
import threading
from pathlib import Path

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct(">I")
_THRESHOLD = 0.31
_TABLE = (
    "CREATE TABLE events (event_id TEXT PRIMARY KEY, captured_at_ms INTEGER, checkpoint_id TEXT, "
    "outcome TEXT, subject_id TEXT, distance REAL, quality TEXT)"
)
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)"
_GROUP = 256

Row = tuple[object, ...]


class Store:
    """The database; one commit a row under a lock, or a writer thread that commits groups."""

    def __init__(self, path: Path, *, groups: bool) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_TABLE)
        self._lock = threading.Lock()
        self._rows: queue.SimpleQueue[tuple[Row, threading.Event]] = queue.SimpleQueue()
        self._groups = groups
        if groups:
            threading.Thread(target=self._write, daemon=True).start()

    def add(self, row: Row) -> None:
        """Returns when the row is on the disk."""
        if self._groups:
            stored = threading.Event()
            self._rows.put((row, stored))
            stored.wait()
            return
        with self._lock:
            self._connection.execute(_INSERT, row)

    def _write(self) -> None:
        while True:
            group = [self._rows.get()]
            while len(group) < _GROUP and not self._rows.empty():
                group.append(self._rows.get())
            self._connection.execute("BEGIN")
            self._connection.executemany(_INSERT, [row for row, _ in group])
            self._connection.execute("COMMIT")
            for _, stored in group:
                stored.set()


def serve(raw: socket.socket, templates: NDArray[np.float32], store: Store) -> None:
    """One connection to its end."""
    name = ""
    with contextlib.suppress(ConnectionError), raw, raw.makefile("rb") as stream:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while header := stream.read(_HEADER.size):
            message = json.loads(stream.read(_HEADER.unpack(header)[0]))
            if message["kind"] == "hello":
                name = message["checkpoint_id"]
                answer = {"kind": "welcome", "re": message["id"]}
            else:
                answer = _verdict(message, name, templates, store)
            body = json.dumps(answer, separators=(",", ":")).encode()
            raw.sendall(_HEADER.pack(len(body)) + body)


def _verdict(
    message: dict[str, object], name: str, templates: NDArray[np.float32], store: Store
) -> dict[str, object]:
    probe = np.array(message["encoding"], dtype=np.float32)
    probe /= np.linalg.norm(probe)
    cosines = templates @ probe
    best = int(cosines.argmax())
    distance = float(np.sqrt(max(0.0, 2 - 2 * float(cosines[best]))))
    subject = f"{best:032x}" if distance <= _THRESHOLD else None
    outcome = "not_enrolled" if subject is None else "identified"
    event_id, quality = message["event_id"], json.dumps(message["quality"])
    store.add((event_id, message["captured_at_ms"], name, outcome, subject, distance, quality))
    return {
        "kind": "verdict",
        "re": message["id"],
        "event_id": event_id,
        "outcome": outcome,
        "subject_id": subject,
        "display_name": None if subject is None else f"Made-up Person {best}",
    }


def main() -> None:
    """Listens until it is ended; prints the port."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("templates", type=Path)
    parser.add_argument("database", type=Path)
    parser.add_argument("--groups", action="store_true")
    options = parser.parse_args()
    templates = np.load(options.templates, allow_pickle=False)
    store = Store(options.database, groups=options.groups)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
        while True:
            raw, _ = listening.accept()
            threading.Thread(target=serve, args=(raw, templates, store), daemon=True).start()


if __name__ == "__main__":
    main()
