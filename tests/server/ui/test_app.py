"""Tests of starting and ending the real program: window first, grid afterwards."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tkinter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from server.data_folder import DataFolder
from server.events import GridEvent
from server.settings import ServerSettings
from server.ui import app
from server.ui.server_grid import ServerGrid
from tests.server.ui.conftest import set_first_password
from tests.support import wait_until

ROOT = Path(__file__).resolve().parents[3]

_FIRST_PAINT = """
import sys, time, pathlib
from server.data_folder import DataFolder
from server.settings import ServerSettings
from server.ui import app
window = app.ServerWindow(ServerSettings(), data_folder=pathlib.Path("x"))
window.root.update()
heavy = {"numpy", "cv2", "dlib", "_dlib_pybind11", "onnxruntime"} & set(sys.modules)
print(bool(window.root.winfo_viewable()), sorted(heavy))
window.destroy()
"""


def _real_grid(
    folder: DataFolder, settings: ServerSettings, post: Callable[[GridEvent], None]
) -> ServerGrid:
    """The real grid, but for the face model's fingerprint."""
    from server.encoders import InstalledEncoder
    from server.grid import Grid

    return Grid(folder, settings, post, encoder=lambda _network: InstalledEncoder("test-encoder:1"))


@pytest.mark.alone
def test_window_is_painted_before_anything_heavy_and_within_a_second(screen: str) -> None:
    """A fresh process shows the window in under 1 s, with no numpy, OpenCV or dlib imported."""
    taken: list[float] = []
    for _ in range(3):
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", _FIRST_PAINT],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=60,
            check=True,
        )
        taken.append(time.monotonic() - started)
        assert done.stdout.strip() == "True []", done.stderr
    assert min(taken) < 1.0


def test_real_grid_runs_and_ends_within_two_seconds(
    screen: str, tk_errors: list[BaseException], tmp_path: Path
) -> None:
    """The grid is loaded after the window, listens, and closing leaves no thread behind."""
    before = set(threading.enumerate())
    window = app.open_window(DataFolder(tmp_path), ServerSettings(port=0), make_grid=_real_grid)
    assert window.grid is None
    wait_until(lambda: window.presenter.address, window=window.root, timeout_s=20)
    wait_until(lambda: window.presenter.empty, window=window.root)
    started = time.monotonic()
    window.close()
    while not window.closed:
        window.root.update()
        time.sleep(0.002)
    assert time.monotonic() - started < 2
    wait_until(lambda: not set(threading.enumerate()) - before, timeout_s=1)


def test_real_port_in_use_is_mended_by_the_button(
    screen: str, tk_errors: list[BaseException], tmp_path: Path
) -> None:
    """A taken port is named with its holder; the button starts the server on the next one."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        window = app.open_window(
            DataFolder(tmp_path), ServerSettings(port=port), make_grid=_real_grid
        )
        wait_until(
            lambda: f"Port {port} is in use" in window.banner.text,
            window=window.root,
            timeout_s=20,
        )
        assert "process" not in window.banner.text
        set_first_password(window)
        assert "process" in window.banner.text
        assert str(window.banner.button.cget("text")).startswith("Use port ")
        window.banner.button.invoke()
        wait_until(lambda: window.presenter.address, window=window.root)
        assert window.presenter.address != f"127.0.0.1:{port}"
        window.close()
        wait_until(lambda: window.closed, window=None if window.closed else window.root)


def test_real_damaged_database_is_mended_by_the_button(
    screen: str, tk_errors: list[BaseException], tmp_path: Path
) -> None:
    """F8: garbage in place of the database: the button starts an empty one and keeps the file."""
    folder = DataFolder(tmp_path)
    folder.database.parent.mkdir(parents=True)
    folder.database.write_bytes(b"no database at all" * 500)
    window = app.open_window(folder, ServerSettings(port=0), make_grid=_real_grid)
    wait_until(lambda: "damaged" in window.banner.text, window=window.root, timeout_s=20)
    set_first_password(window)
    assert str(window.banner.button.cget("text")) == "Start an empty history"
    window.banner.button.invoke()
    wait_until(lambda: window.presenter.address, window=window.root)
    kept = [path for path in folder.database.parent.iterdir() if "damaged" in path.name]
    assert kept
    window.close()
    wait_until(lambda: window.closed, window=window.root)


def test_a_grid_that_cannot_be_made_is_told(
    screen: str, tk_errors: list[BaseException], tmp_path: Path
) -> None:
    """The thread that loads the grid never ends in silence."""

    def broken(*_arguments: object) -> ServerGrid:
        raise ImportError("no module named dlib")

    window = app.open_window(DataFolder(tmp_path), ServerSettings(), make_grid=broken)
    wait_until(lambda: window.presenter.fault is not None, window=window.root)
    window.close()
    wait_until(lambda: window.closed, window=window.root)


def test_closing_while_the_grid_is_being_loaded(
    screen: str, tk_errors: list[BaseException], tmp_path: Path
) -> None:
    """A window closed at once goes, and a grid that comes later is closed too."""
    go = threading.Event()
    made: list[ServerGrid] = []

    def slow(
        folder: DataFolder, settings: ServerSettings, post: Callable[[GridEvent], None]
    ) -> ServerGrid:
        go.wait(10)
        made.append(_real_grid(folder, settings, post))
        return made[0]

    window = app.open_window(DataFolder(tmp_path), ServerSettings(port=0), make_grid=slow)
    window.close()
    while not window.closed:
        window.root.update()
    go.set()
    wait_until(lambda: made and not made[0].alive)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_close_the_window(screen: str, tmp_path: Path, number: int) -> None:
    """SIGTERM and SIGINT end the program with 0, within two seconds."""
    log = tmp_path / "log.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "--data", tmp_path, "--port", "0", "--log", log],
        cwd=ROOT,
        env={**os.environ, "DISPLAY": screen},
    )
    wait_until(
        lambda: log.exists() and '"listening"' in log.read_text(encoding="utf-8"), timeout_s=30
    )
    process.send_signal(number)
    started = time.monotonic()
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - started < 3


def test_the_clock_is_watched_while_the_window_is_open(
    screen: str, tk_errors: list[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set back, it would make the window stand still, and not lock."""
    watched: list[tkinter.Misc] = []
    window = SimpleNamespace(root=tkinter.Tk())

    def watch(root: tkinter.Tk) -> None:
        watched.append(root)
        root.after(0, root.destroy)

    monkeypatch.setattr("desktop.ui.set_back.watch", watch)
    monkeypatch.setattr(app, "open_window", lambda *_arguments, **_options: window)
    monkeypatch.setattr(app, "_end_on_signals", lambda _window: None)
    assert app.run(DataFolder(tmp_path), ServerSettings()) == 0
    assert watched == [window.root]
