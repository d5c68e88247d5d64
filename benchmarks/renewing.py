"""How long it takes to seal everything anew with another key.

`python3 run.py bench renewing [--people N] [--events N]`. People of ten samples each and a history
are made without waiting for the disk; the renewal is measured with it, stage by stage.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks._made_up_people import person_of, without_waiting
from benchmarks.history import event_of
from database.log import EventLog
from server.administration import command_line
from server.books import open_books
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.history_cipher import HistoryCipher
from server.renewing import renew
from server.vault import Vault, open_vault

SAMPLES = 10
_AT_ONCE = 8_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python3 run.py bench renewing", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=200_000)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="facenetgrid-") as name:
        folder = DataFolder(Path(name))
        vault = open_vault(folder, keyring=lambda: None)
        with without_waiting():
            _fill(folder, vault, chosen.people, chosen.events)
        _measure(folder, vault, chosen.people, chosen.events)
    return 0


def _fill(folder: DataFolder, vault: Vault, people: int, events: int) -> None:
    files = GalleryFiles(folder.known_faces, vault)
    for number in range(people):
        files.write(person_of(number, SAMPLES))
    with EventLog(folder.database, HistoryCipher(vault), backup_folder=folder.backups) as log:
        for first in range(0, events, _AT_ONCE):
            count = min(_AT_ONCE, events - first)
            answers = [log.append(event_of(first + number)) for number in range(count)]
            for answer in answers:
                answer.result(60)


def _measure(folder: DataFolder, vault: Vault, people: int, events: int) -> None:
    folder.lock("the benchmark")
    stages: dict[str, float] = {}

    def told(stage: str, _done: int, _total: int) -> None:
        stages.setdefault(stage, time.perf_counter())

    audit = open_books(folder, vault).audit
    audit.record("benchmark", command_line())
    began = time.perf_counter()
    renew(folder, vault, audit, command_line(), keyring=lambda: None, told=told)
    ended = time.perf_counter()
    folder.unlock()
    size = sum(path.stat().st_size for path in folder.root.rglob("*") if path.is_file())
    print(
        f"{people:,} people, {events:,} events, {size / 1e6:,.0f} MB: "
        f"sealed anew in {ended - began:.1f} s"
    )
    for (stage, at_s), until_s in zip(stages.items(), [*stages.values(), ended][1:], strict=True):
        print(f"  from the first of {stage} on: {until_s - at_s:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
