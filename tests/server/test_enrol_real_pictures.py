"""Folder enrolment of real pictures by the real command: nothing lost, nothing done twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.programs import ROOT
from tests.support import wait_until

PEOPLE = 4
PICTURES = 4


@pytest.fixture
def pictures(data_dir: Path, tmp_path: Path) -> Path:
    """The first pictures of the first people of lfw-dev who have four."""
    folder = tmp_path / "pictures"
    found = 0
    for person in sorted((data_dir / "lfw-dev" / "images").iterdir()):
        files = sorted(person.glob("*.jpg"))
        if len(files) >= PICTURES and found < PEOPLE:
            found += 1
            (folder / person.name).mkdir(parents=True)
            for file in files[:PICTURES]:
                shutil.copy(file, folder / person.name)
    assert found == PEOPLE
    return folder


def command(pictures: Path, data: Path) -> list[str]:
    """What an administrator types, with one worker so that there is time to interrupt."""
    enrol = [sys.executable, "-m", "server", "enrol", str(pictures), "--data", str(data),
             "--consent", "the form of the test"]  # fmt: skip
    return [*enrol, "--json", "--workers", "1"]


def stored(data: Path) -> int:
    """How many people are on the disk."""
    return len(list((data / "known_faces").glob("*.pkl")))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interrupted_and_started_again_every_picture_is_accounted_for(
    pictures: Path, tmp_path: Path
) -> None:
    """Killed after the first person, continued, and run once more with nothing left to do."""
    data = tmp_path / "data"
    first = subprocess.Popen(
        command(pictures, data),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until(lambda: stored(data) > 0, timeout_s=60, what="a first person on the disk")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(timeout=20)
    kept = stored(data)
    sums = []
    for _ in range(2):
        done = subprocess.run(
            command(pictures, data),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        sums.append(json.loads(done.stdout.splitlines()[-1]))
    for summary in sums:
        assert summary["files"] == PEOPLE * PICTURES
        assert summary["failed"] == 0
        assert summary["people"] == PEOPLE
        assert summary["in"] + summary["refused"] + summary["already"] == PEOPLE * PICTURES
        assert all(row["reason"] for row in summary["rows"] if row["result"] == "refused")
    assert 1 <= kept < PEOPLE, "killed too late to show anything"
    assert sums[0]["already"] >= 1
    assert sums[1]["in"] == 0
