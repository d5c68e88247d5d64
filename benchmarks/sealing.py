"""People's sealed files: how fast they are read at a start, and what one enrolment costs.

`python -m benchmarks sealing [--people N]`. Files are written without waiting for the disk (that
is not what is measured), read as a server reads them, and compared with plain files of the same
people. One enrolment is measured with the list of people at full length, disk and all.
"""

import argparse
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from benchmarks._made_up_people import person_of, without_waiting
from desktop.files import write_atomically
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles, read_plain
from server.manifest import NAME, Entry, Manifest
from server.purposes import Purpose
from server.safe_pickle import dump_primitives
from server.vault import open_vault

SAMPLES = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks sealing", description=__doc__)
    parser.add_argument("--people", type=int, default=5_000, help="files that are read")
    parser.add_argument("--listed", type=int, default=100_000, help="people on the list")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        _reading(Path(folder) / "reading", chosen.people)
        _enrolling(Path(folder) / "enrolling", chosen.listed)
    return 0


def _reading(root: Path, count: int) -> None:
    vault = open_vault(DataFolder(root), keyring=lambda: None)
    plain, files = root / "plain", GalleryFiles(root / "known_faces", vault)
    plain.mkdir()
    with without_waiting():
        for number in range(count):
            person = person_of(number, SAMPLES)
            files.write(person)
            (plain / f"{person.subject_id}.pkl").write_bytes(dump_primitives(person.to_plain()))
    for _ in range(2):  # the first time the files come from the disk
        started_s = time.perf_counter()
        people = [read_plain(path) for path in sorted(plain.iterdir())]
        print(f"plain:  {len(people) / (time.perf_counter() - started_s):8,.0f} files a second")
        started_s = time.perf_counter()
        loaded = GalleryFiles(root / "known_faces", vault).load()
        print(
            f"sealed: {len(loaded.people) / (time.perf_counter() - started_s):8,.0f} files a second"
            f", {len(loaded.set_aside) + len(loaded.alarms)} complaints"
        )


def _enrolling(root: Path, listed: int) -> None:
    vault = open_vault(DataFolder(root), keyring=lambda: None)
    folder = root / "known_faces"
    with without_waiting():
        people = Manifest(
            folder / NAME, root / "keys" / "people.anchor", vault.key(Purpose.PEOPLE_LIST)
        )
        people.open()
        for _ in range(listed):
            people.put(uuid.uuid4().hex, Entry(1, uuid.uuid4().hex))
    files = GalleryFiles(folder, vault)
    started_s = time.perf_counter()
    files.load()
    print(f"list of {listed:,} read in {time.perf_counter() - started_s:.2f} s")
    sealed, plain = [], []
    for number in range(200):
        person = person_of(number, SAMPLES)
        started_s = time.perf_counter()
        files.write(person)
        sealed.append(time.perf_counter() - started_s)
        started_s = time.perf_counter()
        write_atomically(root / "plain" / "one.pkl", dump_primitives(person.to_plain()))
        plain.append(time.perf_counter() - started_s)
    print(
        f"one enrolment's file: sealed {_ms(sealed)}, plain {_ms(plain)} (median, longest of 200)"
    )


def _ms(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.2f} ms ({1000 * max(seconds):.2f})"


if __name__ == "__main__":
    sys.exit(main())
