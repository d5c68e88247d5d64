"""What suspicion keeps: sealed or keyed, rarely written, and never in the way of a start."""

import json
from pathlib import Path

import numpy as np
import pytest

from biometrics.gallery import unit_length
from security.sealing import Sealer
from server import suspicion_files
from server.data_folder import DataFolder
from server.misses import PER_CHECKPOINT, Misses
from server.replays import RECORD, Replays
from server.suspicion_files import WRITE_EVERY_S, SuspicionFiles, open_suspicion
from server.vault import Vault, open_vault
from tests.server.wire import face, new_id, sketch

KEY = b"k" * 32


class Run:
    """One run of a server on a folder."""

    def __init__(self, folder: Path, *, key: bytes = KEY) -> None:
        self.now_s = 0.0
        self.replays = Replays(key)
        self.misses = Misses(key, 128)
        self.files = SuspicionFiles(
            folder, Sealer(key), self.replays, self.misses, clock=lambda: self.now_s
        )
        self.files.load()

    def see(self, seed: int) -> bool:
        """Whether this face was sent before."""
        return self.replays.again([self.replays.digest(face(seed))], [new_id()])[0]

    def close_a_place(self) -> None:
        """So many misses that nobody is named there."""
        for _ in range(PER_CHECKPOINT):
            self.misses.missed(sketch(self.misses, face(7)), "gate")
        assert self.misses.closed(sketch(self.misses, face(7)), "gate")


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    """Neither a probe nor a place that is closed; an orderly end writes at once."""
    first = Run(tmp_path)
    assert not first.see(1)
    first.close_a_place()
    first.files.tidy(now=True)
    second = Run(tmp_path)
    assert second.see(1)
    assert second.misses.closed(sketch(second.misses, face(7)), "gate")
    assert not second.misses.closed(sketch(second.misses, face(8)), "gate")


def test_nothing_is_written_for_each_event(tmp_path: Path) -> None:
    """Places at most every ten seconds, and not at all when nothing changed."""
    run = Run(tmp_path)
    places = tmp_path / "misses.sealed"
    run.close_a_place()
    run.files.tidy()
    assert not places.exists()
    run.now_s = WRITE_EVERY_S
    run.files.tidy()
    written = places.stat().st_mtime_ns
    run.now_s = 10 * WRITE_EVERY_S
    run.files.tidy()
    assert places.stat().st_mtime_ns == written


def test_the_files_hold_no_face(tmp_path: Path) -> None:
    """No number of an encoding in any form, and places only sealed."""
    run = Run(tmp_path)
    run.see(7)
    run.close_a_place()
    run.files.tidy(now=True)
    assert {path.name for path in tmp_path.iterdir()} == {"misses.sealed", "probes-newer.bin"}
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert b"gate" not in data
        for numbers in (face(7), unit_length(face(7)), face(7).astype(np.float32)):
            assert numbers.tobytes()[:4] not in data


def test_a_full_file_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files at most, the older one is replaced: the disk holds no more for more events."""
    monkeypatch.setattr(suspicion_files, "MOST_RECORDS", 5)
    run = Run(tmp_path)
    for seed in range(30):
        run.see(seed)
        run.files.tidy()
    sizes = {path.name: path.stat().st_size for path in tmp_path.glob("probes-*.bin")}
    assert set(sizes) == {"probes-newer.bin", "probes-older.bin"}
    assert max(sizes.values()) <= 5 * RECORD.size
    second = Run(tmp_path)
    assert second.see(29)
    assert second.see(24)


def test_after_a_crash_in_the_middle_of_a_record(tmp_path: Path) -> None:
    """What was cut off is dropped, and what is appended behind it can be read."""
    run = Run(tmp_path)
    run.see(1)
    run.files.tidy()
    newer = tmp_path / "probes-newer.bin"
    newer.write_bytes(newer.read_bytes() + b"cut")
    run = Run(tmp_path)
    run.see(2)
    run.files.tidy()
    last = Run(tmp_path)
    assert last.see(1)
    assert last.see(2)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage" * 9,
        Sealer(KEY).seal(b"no json", b"misses"),
        Sealer(KEY).seal(b"[]", b"misses"),
        Sealer(KEY).seal(json.dumps({"version": 1, "directions": "x"}).encode(), b"misses"),
    ],
    ids=["empty", "garbage", "no json", "a list", "another key"],
)
def test_what_cannot_be_read_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    """A damaged file is named in the log; the server starts."""
    (tmp_path / "misses.sealed").write_bytes(content)
    run = Run(tmp_path)
    run.close_a_place()
    run.files.tidy(now=True)
    again = Run(tmp_path).misses
    assert again.closed(sketch(again, face(7)), "gate")


def test_a_folder_has_its_own_with_the_vaults_keys(tmp_path: Path) -> None:
    """What one server saw the next one on the same data knows."""
    folder, alarms = DataFolder(tmp_path), list[str]()

    def seen(vault: Vault) -> bool:
        suspicion, files = open_suspicion(folder, vault, 128, lambda told, _at: alarms.append(told))
        files.load()
        (found,) = suspicion.of_all(face(1)[np.newaxis], [(new_id(), "gate", False)])
        files.tidy(now=True)
        return found.suspected is not None

    vault = open_vault(folder)
    assert not seen(vault)
    assert seen(vault)
    suspicion, _ = open_suspicion(folder, vault, 128, lambda told, _at: alarms.append(told))
    for _ in range(PER_CHECKPOINT):
        suspicion.missed(face(7), "gate")
    assert len(alarms) == 1
