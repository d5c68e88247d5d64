"""The server of the load measurements: a data folder full of people, and the real process on it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from benchmarks._made_up_people import without_waiting
from benchmarks._search_data import Faces
from biometrics.encode import open_encoder
from desktop import settings as settings_file
from server.data_folder import DataFolder
from server.grid import Grid
from server.safe_pickle import dump_primitives
from server.settings import ServerSettings
from server.stored_person import StoredPerson, StoredTemplate

_START_S = 600.0
_TICKS = os.sysconf("SC_CLK_TCK")
_BLAS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
STRANGERS = 0.2
"""Share of the probes that are of nobody enrolled."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A data folder with people in it.

    Attributes:
        root: The folder.
        people: How many, a template each.
        encoder: Fingerprint of their templates.
        probes: File of probes.
        templates: File of the templates, for the peer.
    """

    root: Path
    people: int
    encoder: str
    probes: Path
    templates: Path


def fill(
    root: Path, spread: Faces, people: int, *, probes: int = 20_000, strangers: float = STRANGERS
) -> Filled:
    """Writes made-up people as an earlier version has left them, and lets them be sealed.

    Nothing is flushed to the disk meanwhile: file by file, as it must be, it would take minutes.
    """
    chance = np.random.default_rng(1)
    someone = spread.someone(people, chance)
    templates = spread.templates(someone, chance)
    encoder = open_encoder(background=True)
    fingerprint = encoder.fingerprint
    encoder.close()
    folder = DataFolder(root)
    folder.known_faces.mkdir(parents=True)
    for number, row in enumerate(templates):
        person = _person(number, row, fingerprint)
        path = folder.known_faces / f"{person.subject_id}.pkl"
        path.write_bytes(dump_primitives(person.to_plain()))
        path.chmod(0o600)
    settings_file.save(
        # No limit here: what one connection can get is part of the curve.
        ServerSettings(
            port=0,
            max_checkpoints=512,
            heartbeat_s=30.0,
            requests_per_second=10_000,
            enrolment_quality="off",
        ),
        folder.settings,
    )
    unknowns = round(strangers * probes)
    _seal(folder)
    known = spread.probes(someone[chance.integers(0, people, probes - unknowns)], chance)
    unknown = spread.probes(spread.someone(unknowns, chance), chance)
    mixed = chance.permutation(np.concatenate([known, unknown]))
    np.save(root / "probes.npy", mixed)
    np.save(root / "templates.npy", templates)
    return Filled(root, people, fingerprint, root / "probes.npy", root / "templates.npy")


def _seal(folder: DataFolder) -> None:
    os.environ["FACENETGRID_KEYRING"] = "off"
    with without_waiting():
        grid = Grid(folder, ServerSettings(port=0), lambda _event: None)
        said = grid.open().result()
        sealed = grid.ready
        grid.close().result()
    if not sealed:
        raise SystemExit(said.sentence)


def _person(number: int, row: NDArray[np.float32], encoder: str) -> StoredPerson:
    unit = row.astype(np.float64)
    unit /= np.linalg.norm(unit)
    return StoredPerson(
        subject_id=f"{number:032x}",
        display_name=f"Made-up Person {number}",
        enrolled_at_ms=1_700_000_000_000,
        encoder=encoder,
        templates=(StoredTemplate(sample_id="s1", encoding=tuple(unit.tolist())),),
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process holds at a moment.

    Attributes:
        rss_mb: Memory in use, also pages of files, which the system takes back and reads again.
        own_mb: Of that what is in no file: what the process itself asked for.
        threads: Threads.
        files: Open descriptors.
        cpu_s: Processor time so far.
    """

    rss_mb: float
    own_mb: float
    threads: int
    files: int
    cpu_s: float

    @classmethod
    def of(cls, pid: int) -> Self:
        """Of a process now."""
        base = Path(f"/proc/{pid}")
        lines = dict(
            line.split(":", 1) for line in (base / "status").read_text().splitlines() if ":" in line
        )
        fields = (base / "stat").read_text().rpartition(")")[2].split()
        return cls(
            rss_mb=int(lines["VmRSS"].split()[0]) / 1024,
            own_mb=int(lines["RssAnon"].split()[0]) / 1024,
            threads=int(lines["Threads"]),
            files=len(os.listdir(base / "fd")),  # noqa: PTH208 - names alone
            cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS,
        )


class RunningServer:
    """`python -m server --headless` on a filled folder; its log lines are read and counted.

    Args:
        filled: What it serves.
        nice: How far it stands back for others.
        processor: The only one it may use; None for all.
    """

    def __init__(self, filled: Filled, *, nice: int = 0, processor: int | None = None) -> None:
        environment = {**os.environ, **dict.fromkeys(_BLAS, "1"), "FACENETGRID_KEYRING": "off"}
        words = [sys.executable, "-m", "server", "--headless", "--data", str(filled.root)]
        if processor is not None:
            words = ["taskset", "-c", str(processor), *words]
        if nice:
            words = ["nice", "-n", str(nice), *words]
        self.filled = filled
        self.events: Counter[str] = Counter()
        self._lines: dict[str, dict[str, object]] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(str(self.awaited("listening")["port"]))
        self.awaited("policy_fitted")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def stored(self) -> int:
        """How many events it said it stored."""
        return self.events["event_stored"]

    def usage(self) -> Usage:
        """What it holds now."""
        return Usage.of(self.pid)

    def awaited(self, event: str) -> dict[str, object]:
        """The newest log line of that event, waited for."""
        end = time.monotonic() + _START_S
        with self._changed:
            while event not in self._lines:
                if self._ended or not self._changed.wait(end - time.monotonic()):
                    raise SystemExit(f"the server did not say {event!r}")
            return self._lines[event]

    def stop(self) -> None:
        """Ends it as an operator would."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        self._reader.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                # Most lines are of stored events: told by their text, not parsed.
                if b'"event": "event_stored"' in line:
                    self.events["event_stored"] += 1
                    continue
                entry = json.loads(line)
                with self._changed:
                    self.events[entry["event"]] += 1
                    self._lines[entry["event"]] = entry
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
