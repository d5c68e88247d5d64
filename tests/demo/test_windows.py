"""Windows side by side, a sentence without a screen, and all ends with the server's window."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from database.errors import DatabaseProblem
from database.reader import EventReader
from demo import windows
from demo.errors import DemoFailed
from demo.programs import ROOT
from server.data_folder import DataFolder
from server.history_cipher import HistoryCipher
from server.vault import open_vault
from tests.demo.actors import BROKEN, answers, is_running, play, says
from tests.support import wait_until


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (2560, 1440), (3840, 2160)])
def test_every_window_stands_on_the_screen(size: tuple[int, int]) -> None:
    """Whole, and no smaller than its smallest where the screen allows it."""
    for place in windows.places(*size):
        assert place.left >= 0
        assert place.top >= 0
        assert place.left + place.width <= size[0]
        assert place.top + place.height <= size[1]
        assert place.width >= 960
        assert place.height >= 600


def test_the_checkpoints_stand_side_by_side() -> None:
    """On the usual screen neither hides the other; on a large one nobody hides anybody."""

    def apart(one: windows.Place, other: windows.Place) -> bool:
        beside = one.left + one.width <= other.left or other.left + other.width <= one.left
        above = one.top + one.height <= other.top or other.top + other.height <= one.top
        return beside or above

    server, left, right = windows.places(1920, 1080)
    assert apart(left, right)
    # Below them the server's live history is in sight, over the whole width.
    assert server.top + 320 <= left.top + left.height
    assert server.top + server.height >= left.top + left.height + 400
    server, left, right = windows.places(2560, 1440)
    assert apart(server, left)
    assert apart(server, right)
    assert apart(left, right)


@pytest.mark.parametrize("size", [(1280, 720), (1366, 768), (1600, 900)])
def test_on_a_small_screen_the_tour_is_in_front(size: tuple[int, int]) -> None:
    """The last window opened is whole; a strip of each of the others is in sight."""
    server, left, right = windows.places(*size)
    assert (right.left + right.width, right.top) == (size[0], 0)
    assert right.left >= left.left + 320
    assert server.top + server.height >= right.top + right.height + 120


def test_a_place_is_written_as_windows_read_it() -> None:
    """Size and position in one word."""
    assert str(windows.Place(960, 600, 0, 40)) == "960x600+0+40"


def test_without_a_screen_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the way that needs none."""
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(DemoFailed, match=r"run\.py demo --headless"):
        windows.screen_size()


def test_the_screen_is_measured(screen: str) -> None:
    """The virtual screen of the tests has this size."""
    assert windows.screen_size() == (1920, 1080)


ACTORS = {
    "--json": answers({"in": 1}),
    "lobby-gate": says({"event": "up"}),
    "side-door": says({"event": "up"}),
    "server": answers({"event": "closed"}),
}


def test_all_ends_when_the_servers_window_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both checkpoints are ended; one of the two gave the tour."""
    monkeypatch.setattr(windows, "screen_size", lambda: (1920, 1080))
    started = play(monkeypatch, ACTORS)
    assert windows.show(tmp_path, "dark", lambda _text: None) == 0
    tours = [words for words in started if "--tour" in words]
    assert len(started) == 4
    assert [words[words.index("--tour") + 1] for words in tours] == ["Eileen Collins"]
    assert all("dark" in words for words in started[1:])


def test_a_server_that_breaks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its last words."""
    monkeypatch.setattr(windows, "screen_size", lambda: (1920, 1080))
    play(monkeypatch, {**ACTORS, "server": BROKEN})
    with pytest.raises(DemoFailed, match="server's window ended with exit code 1"):
        windows.show(tmp_path, "light", lambda _text: None)


def test_a_checkpoint_that_breaks_is_told_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed checkpoint is somebody's wish, a broken one is a line; the server goes on."""
    told: list[str] = []
    read = tmp_path / "read"

    class Reader(io.StringIO):
        """Somebody who closes the server's window after reading the line."""

        def write(self, text: str) -> int:
            told.append(text)
            read.touch()
            return len(text)

    until_read = f"import pathlib, time\nwhile not pathlib.Path({str(read)!r}).exists():\n"
    until_read += "    time.sleep(0.05)\ntime.sleep(0.5)"
    monkeypatch.setattr(windows, "screen_size", lambda: (1280, 720))
    monkeypatch.setattr(windows, "_SHOWN_WITHIN_S", 0.1)
    play(monkeypatch, {**ACTORS, "server": until_read, "side-door": BROKEN})
    monkeypatch.setattr(windows.sys, "stderr", Reader())
    assert windows.show(tmp_path, "light", lambda _text: None) == 0
    assert told == ["side-door: it broke: mend it\n"]


def children(pid: int) -> list[int]:
    """The processes a process has started and that still run."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads Linux's /proc")
def test_the_real_windows_work_and_end_together(screen: str, tmp_path: Path) -> None:
    """Three real windows: both checkpoints reach the server, a visitor is named, all end at once.

    SIGTERM closes the server's window as its button does.
    """
    database = tmp_path / "database" / "match_history.db"
    demo = subprocess.Popen(
        [sys.executable, "-m", "demo", "--data", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "DISPLAY": screen},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def identified() -> bool:
        if not database.exists():
            return False  # the server makes the vault, and then the database
        reader = EventReader(database, HistoryCipher(open_vault(DataFolder(tmp_path))))
        try:
            names = {row.display_name for row in reader.query().rows}
            return len(reader.checkpoints()) == 2 and "Grace Hopper" in names
        except DatabaseProblem:
            return False  # not made yet
        finally:
            reader.close()

    try:
        wait_until(identified, timeout_s=90, what="a visitor identified in the real windows")
        started = children(demo.pid)
        assert len(started) == 3
        os.kill(started[0], signal.SIGTERM)
        _out, err = demo.communicate(timeout=20)
    finally:
        demo.kill()
    assert demo.returncode == 0, err
    wait_until(lambda: not any(map(is_running, started)), timeout_s=5, what="the end of all")
