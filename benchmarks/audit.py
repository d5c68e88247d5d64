"""The audit log: how long a start and `audit verify` take with many records.

`python -m benchmarks audit [--records N]`. The records are written as the server writes them but
for waiting on the disk for each; then the log is opened, verified with every signature, and asked
what it knows of the data, each three times.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.files import write_atomically
from security.chain import BEGINNING, Signer
from server.audit import Audit
from server.books import open_books
from server.data_folder import DataFolder
from server.purposes import Purpose
from server.stand_records import NOTED
from server.vault import open_vault

_TRIES = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks audit", description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as root:
        folder = DataFolder(Path(root))
        vault = open_vault(folder, keyring=lambda: None)
        _write(folder, Signer(vault.key(Purpose.AUDIT)), chosen.records)
        size_mb = (folder.audit / "audit.jsonl").stat().st_size / 1e6
        print(f"{chosen.records} records, {size_mb:.1f} MB")

        def log() -> Audit:
            return open_books(folder, vault).audit

        # The sealed head is missing: that is found once, and noted.
        log()
        opened = log()
        _measure("a start reads it in", log)
        _measure("verify, every signature", opened.verify)
        _measure("what it knows of the data", lambda: opened.entries((NOTED,)))
    return 0


def _write(folder: DataFolder, signer: Signer, count: int) -> None:
    before, lines = BEGINNING, list[bytes]()
    for number in range(1, count + 1):
        # Of ten records one notes how far the data are.
        action = NOTED if number % 10 == 0 else "enrol at checkpoint"
        content = {
            "at_ms": 1_790_000_000_000 + number,
            "actor": "checkpoint:lobby-gate-1",
            "role": "checkpoint that enrols",
            "origin": "",
            "action": action,
            "outcome": "done",
            "target": f"{number:032x}",
            "details": {"people": f"{number} {number:032x}"} if action == NOTED else {},
        }
        line, head = signer.line(content, sequence=number, before=before)
        before = head.digest
        lines.append(line + b"\n")
    write_atomically(folder.audit / "audit.jsonl", b"".join(lines))


def _measure(what: str, work: Callable[[], object]) -> None:
    took: list[float] = []
    for _ in range(_TRIES):
        started_s = time.perf_counter()
        work()
        took.append(time.perf_counter() - started_s)
    print(f"{what + ':':28} {statistics.median(took):6.2f} s (worst {max(took):.2f})")


if __name__ == "__main__":
    raise SystemExit(main())
