"""Backups of everything: how large, how long, what a door waits beside one; what cleaning takes.

`python3 run.py bench backups [--people N] [--events N]`. People of ten samples each and a history
are made without waiting for the disk; the backup and the cleaning are measured with it.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks._made_up_people import person_of, without_waiting
from benchmarks.history import event_of
from database.log import EventLog
from server.backup import make_backup
from server.data_folder import DataFolder
from server.forgetting import forget_everywhere
from server.gallery_files import GalleryFiles
from server.history_cipher import HistoryCipher
from server.settings import ServerSettings
from server.vault import open_vault

SAMPLES = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench backups", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=200_000)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="facenetgrid-") as name:
        _measure(DataFolder(Path(name)), chosen.people, chosen.events)
    return 0


def _measure(folder: DataFolder, people: int, events: int) -> None:
    vault = open_vault(folder, keyring=lambda: None)
    files = GalleryFiles(folder.known_faces, vault)
    folder.backups.mkdir(parents=True)
    with without_waiting():
        for number in range(people):
            files.write(person_of(number, SAMPLES))
    log = EventLog(folder.database, HistoryCipher(vault), backup_folder=folder.backups)
    with log:
        with without_waiting():
            for answer in [log.append(event_of(number)) for number in range(8_000)]:
                answer.result(60)
            left = events - 8_000
            while left > 0:
                part = [log.append(event_of(number)) for number in range(min(left, 8_000))]
                part[-1].result(60)
                left -= len(part)
        alone = _waits(log, lambda: time.sleep(3))
        took, size = 0.0, 0

        def back_up() -> None:
            nonlocal took, size
            began = time.perf_counter()
            size = make_backup(folder, vault, folder.backups).size_bytes
            took = time.perf_counter() - began

        beside = _waits(log, back_up)
    print(f"{people:,} people, {events:,} events: a backup of {size / 1e6:,.0f} MB in {took:.1f} s")
    print(f"an event's confirmation alone {_ms(alone)}, beside it {_ms(beside)} (median, longest)")
    erased = next(folder.known_faces.glob("*.pkl")).stem
    in_the_history = "0" * 32
    for what, who in (
        ("with somebody erased in it", {erased, in_the_history}),
        ("without", {"f" * 32}),
    ):
        began = time.perf_counter()
        cleaned, problems = forget_everywhere(folder, vault, ServerSettings(), frozenset(who))
        took = time.perf_counter() - began
        print(f"cleaning one {what}: {took:.1f} s ({cleaned} done, {len(problems)} not)")


def _waits(log: EventLog, work: Callable[[], None]) -> list[float]:
    """How long events wait for their confirmation while something is done, in seconds."""
    waits: list[float] = []
    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        began = time.perf_counter()
        log.append(event_of(len(waits))).result(60)
        waits.append(time.perf_counter() - began)
        time.sleep(0.02)
    return waits


def _ms(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.1f} ms ({1000 * max(seconds):.0f})"


if __name__ == "__main__":
    sys.exit(main())
