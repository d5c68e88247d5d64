"""Tests of the lock on a file."""

import subprocess
import sys
from pathlib import Path

import pytest

from desktop.locks import lock_file

_HOLD = """
import sys
from desktop.locks import lock_file
file = open(sys.argv[1], "ab")
lock_file(file)
print("held", flush=True)
sys.stdin.read()
"""


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
