"""The lock between processes: the second waits for the first, and for nobody who has ended."""

import subprocess
import sys
from pathlib import Path

import pytest

from desktop.file_lock import FileLock
from tests.conftest import ROOT

_ADD_ONE = """
import pathlib, sys
from desktop.file_lock import FileLock
number = pathlib.Path(sys.argv[1])
for _ in range(100):
    with FileLock(number.with_suffix(".lock")):
        number.write_text(str(int(number.read_text()) + 1))
"""


def test_processes_that_count_lose_nothing(tmp_path: Path) -> None:
    """Each reads, adds one and writes: without the lock numbers would be lost."""
    number = tmp_path / "number"
    number.write_text("0")
    words = [sys.executable, "-c", _ADD_ONE, str(number)]
    counting = [subprocess.Popen(words, cwd=ROOT) for _ in range(3)]
    assert [process.wait(timeout=60) for process in counting] == [0, 0, 0]
    assert number.read_text() == "300"


def test_it_can_be_taken_again_and_again(tmp_path: Path) -> None:
    """Also after an error inside it."""
    lock = FileLock(tmp_path / "folder" / "a.lock")
    for _ in range(3):
        with pytest.raises(KeyError), lock:
            raise KeyError
    with lock:
        pass


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    """Said at once and not waited for."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"), FileLock(tmp_path / "file" / "a.lock"):
        pass
