"""The program from its start to its end: seen within a second, closed by a signal."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from client.settings import ClientSettings
from client.ui import app
from client.ui.starter import Post
from client.ui.window import CheckpointWindow
from tests.client.ui.fakes import FakeEngine
from tests.support import wait_until

ROOT = Path(__file__).resolve().parents[3]
VISIBLE_WITHIN_S = 1.0

# Starts the program as `python -m client` does, and closes the window when it has been painted.
_TIMED = """
import json, sys, time
import client.__main__ as program
from client.ui import app, window

class Timed(window.CheckpointWindow):
    def __init__(self, root, *arguments, **options):
        super().__init__(root, *arguments, **options)
        self.look()

    def look(self):
        if not self.root.winfo_viewable():
            self.root.after(2, self.look)
            return
        self.root.update_idletasks()
        heavy = [name for name in ("numpy", "cv2", "dlib", "matplotlib") if name in sys.modules]
        print(json.dumps({"seconds": time.time() - float(sys.argv[1]), "heavy": heavy}))
        self.close()

app.CheckpointWindow = Timed
sys.exit(program.main(sys.argv[2:]))
"""


def _start(tmp_path: Path) -> dict[str, object]:
    words = ["--server", "127.0.0.1:1", "--source", "demo:", "--settings", str(tmp_path / "s.json")]
    done = subprocess.run(
        [sys.executable, "-c", _TIMED, str(time.time()), *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[0])
    return answer


def test_window_is_seen_within_a_second_and_before_anything_heavy(
    screen: str, tmp_path: Path
) -> None:
    """From the start of Python to the painted window; the best of some tries on a busy machine."""
    tries: list[float] = []
    for _try in range(6):
        answer = _start(tmp_path)
        assert answer["heavy"] == []
        assert isinstance(answer["seconds"], float)
        tries.append(answer["seconds"])
        if tries[-1] < VISIBLE_WITHIN_S:
            break
    assert min(tries) < VISIBLE_WITHIN_S, tries


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM between processes")
def test_sigterm_closes_like_the_button(
    screen: str, tk_errors: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint is closed, the exit code is 0, the old handlers are back."""
    engine = FakeEngine()
    threads: list[str] = []

    def start(
        settings: ClientSettings,
        post: Post,
        *,
        settings_file: Path | None,
        server_data: Path | None,
    ) -> FakeEngine:
        assert settings_file is None
        assert server_data is None
        threads.extend(thread.name for thread in threading.enumerate())
        # The main loop runs by now, so the handler is there.
        threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
        return engine.start(settings, post)

    monkeypatch.setattr(app, "start_checkpoint", start)
    before = signal.getsignal(signal.SIGTERM)
    assert app.run(ClientSettings(sound=False, source="demo:")) == 0
    assert engine.calls == ["close"]
    assert signal.getsignal(signal.SIGTERM) is before
    assert "clock" in threads
    wait_until(lambda: "clock" not in [thread.name for thread in threading.enumerate()])


def test_notice_and_tour_are_on_the_screen(
    screen: str, tk_errors: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad settings file is said; the tour's strip stands below."""
    engine = FakeEngine()
    seen: list[str] = []

    class Watched(CheckpointWindow):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[arg-type]
            self.root.after(300, self.look)

        def look(self) -> None:
            seen.append(self.toast.text)
            seen.append(str(len(self.on_close)))
            self.close()

    monkeypatch.setattr(app, "start_checkpoint", engine.start)
    monkeypatch.setattr(app, "CheckpointWindow", Watched)
    settings = ClientSettings(sound=False, source="demo:")
    assert app.run(settings, tour="Eileen Collins", notice="The old file is kept.") == 0
    assert seen == ["The old file is kept.", "1"]
