"""How the tests use a machine: processes beside each other, or one alone; files in memory."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

MOST = 4
"""More processes than this gained nothing: each loads every module and network of its own."""

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 2 * 2**30


def files_in_memory() -> None:
    """Has temporary files, of these programs too, where a sync costs nothing, if there is room.

    In a run 50,000 are waited for. A process that is killed loses no more there than on a disk.
    """
    if "TMPDIR" in os.environ or not _MEMORY.is_dir():
        return
    about = os.statvfs(_MEMORY)
    free_bytes = about.f_bavail * about.f_frsize
    if free_bytes > _ROOM_BYTES and not about.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # asked for anew


def how_many(config: pytest.Config) -> int:
    """One for each processor; none beside this process for a few files, or where output is shown.

    Windows has no lock that several hold together: everything runs in this process there.
    """
    files = any("::" in word or word.endswith(".py") for word in config.args)
    if files or config.option.capture == "no" or sys.platform == "win32":
        return 0
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(processors, MOST) if processors > 1 else 0


class Turns:
    """Who may run now: all beside each other, or one that is alone on the machine.

    Whoever waits to be alone keeps the door shut, so that the others end their test and no more.

    Args:
        folder: One for all processes of a run.
    """

    def __init__(self, folder: Path) -> None:
        self._door, self._room = ((folder / name).open("ab") for name in ("door", "room"))

    @contextmanager
    def turn(self, *, alone: bool) -> Iterator[None]:
        """Waits for the turn, and gives it back at the end."""
        import fcntl

        def lock(file: IO[bytes], how: int) -> None:
            fcntl.flock(file.fileno(), how)

        lock(self._door, fcntl.LOCK_EX)
        try:
            lock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            lock(self._door, fcntl.LOCK_UN)
        try:
            yield
        finally:
            lock(self._room, fcntl.LOCK_UN)

    def close(self) -> None:
        """Closes both files."""
        self._door.close()
        self._room.close()


class Workers:
    """The plugin: gives every process the folder of the turns, and every test its turn."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._turns: Turns | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_auto_num_workers(self, config: pytest.Config) -> int:
        """What `-n auto` means here."""
        return how_many(config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        """A process is about to be started."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="facenetgrid-turns-")
        node.workerinput["turns"] = self._folder.name  # type: ignore[attr-defined]

    def pytest_configure(self, config: pytest.Config) -> None:
        """In a process that was started: opens the turns."""
        if (folder := getattr(config, "workerinput", {}).get("turns")) is not None:
            self._turns = Turns(Path(folder))

    def pytest_unconfigure(self) -> None:
        """Closes and removes what was opened."""
        if self._turns is not None:
            self._turns.close()
        if self._folder is not None:
            self._folder.cleanup()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """A test marked `alone` has the machine for itself, with its fixtures."""
        if self._turns is None:
            return (yield)
        with self._turns.turn(alone=item.get_closest_marker("alone") is not None):
            return (yield)
