"""The lock between processes: waited for or refused, and nobody's who has ended."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.file_lock import FileLock, lock_file
from tests.conftest import ROOT
from tests.support import open_to_all

_ADD_ONE = """
import pathlib, sys
from desktop.file_lock import FileLock
number = pathlib.Path(sys.argv[1])
for _ in range(100):
    with FileLock(number.with_suffix(".lock")):
        number.write_text(str(int(number.read_text()) + 1))
"""


_HOLD = """
import sys
from desktop.file_lock import lock_file
file = open(sys.argv[1], "ab")
lock_file(file)
print("held", flush=True)
sys.stdin.read()
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


def test_one_holder_at_a_time_and_closing_gives_it_back(tmp_path: Path) -> None:
    """Also within one program."""
    first, second = (tmp_path / "a.lock").open("ab"), (tmp_path / "a.lock").open("ab")
    with first, second:
        lock_file(first)
        with pytest.raises(OSError, match=r".*"):
            lock_file(second)
        first.close()
        lock_file(second)


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    """Whatever ends a program ends its lock."""
    path = tmp_path / "a.lock"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with path.open("ab") as file:
            with pytest.raises(OSError, match=r".*"):
                lock_file(file)
            holder.kill()
            holder.wait(10)
            lock_file(file)


@pytest.mark.skipif(os.name == "nt", reason="permissions are of POSIX")
def test_nobody_else_can_hold_it(tmp_path: Path) -> None:
    """Who can read a lock can take it and keep a program down: its file is its owner's alone."""
    with open_to_all(), FileLock(tmp_path / "deep" / "one.lock"):
        pass
    modes = [stat.S_IMODE(path.stat().st_mode) for path in sorted(tmp_path.rglob("*"))]
    assert modes == [0o700, 0o600]
