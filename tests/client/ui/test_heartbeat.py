"""The window stays alive while a real checkpoint finds and encodes faces without a pause.

Real models, the encoder in its own process, the demo's camera. On a machine that does other work
at the same time a measure is taken again: what the window itself holds up would show every time.
"""

import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import ttkbootstrap

from client.events import VisionPace, VisionReport
from client.settings import ClientSettings
from client.ui.starter import start_checkpoint
from client.ui.window import CheckpointWindow
from desktop.ui.pump import percentile
from tests.client.fake_server import FakeServer
from tests.client.ui.conftest import alive, wait_closed
from tests.grids import grid
from tests.support import wait_until

STALL_P95_MS = 50.0
PREVIEW_FPS = 25.0
CLOSED_WITHIN_S = 2.0
MEASURED_S = 4.0
TRIES = 4


@pytest.fixture
def window(root: ttkbootstrap.App, tmp_path: Path) -> Iterator[CheckpointWindow]:
    """The window with the real checkpoint, collecting samples as fast as it can."""
    with FakeServer() as server:
        settings = ClientSettings(
            server_port=server.port, source="demo:", sound=False, automatic=True
        )
        grid().identity(tmp_path / "identity", settings.checkpoint_id)
        start = partial(start_checkpoint, settings_file=tmp_path / "checkpoint.json")
        made = CheckpointWindow(root, settings, start=start)
        wait_until(
            lambda: made.view is not None and made.view.can_identify,
            timeout_s=60,
            window=root,
            what="the models",
        )
        yield made
        if alive(root):
            made.close()
            wait_closed(root)


def _measure(window: CheckpointWindow) -> tuple[float, float, int]:
    """Runs the window for a while: stall at the 95th percentile, frames a second, encodings."""
    encodings = 0

    def again(event: object) -> None:
        nonlocal encodings
        if isinstance(event, VisionPace):
            encodings += round(event.encodings_per_s)
        if window.engine is not None and isinstance(event, VisionReport):
            window.engine.identify_now()

    window.listeners.append(again)
    window.pump.stalls_ms.clear()
    frames, since = window.video.frames, time.monotonic()
    done: list[int] = []
    window.root.after(int(MEASURED_S * 1000), lambda: done.append(1))
    while not done:
        window.root.tk.dooneevent(0)  # type: ignore[attr-defined]
    seconds = time.monotonic() - since
    window.listeners.remove(again)
    return (
        percentile(window.pump.stalls_ms, 95),
        (window.video.frames - frames) / seconds,
        encodings,
    )


@pytest.mark.alone
def test_main_loop_and_preview_while_encoding_then_closing(window: CheckpointWindow) -> None:
    """Stall p95 <= 50 ms, preview >= 25 frames/s, every thread and the child gone in 2 s."""
    tries = []
    for _try in range(TRIES):
        stall_ms, fps, encodings = _measure(window)
        tries.append((round(stall_ms, 1), round(fps, 1), encodings))
        if stall_ms <= STALL_P95_MS and fps >= PREVIEW_FPS and encodings > 2:
            break
    print("stall p95 ms, frames a second, encodings:", tries)
    stall_ms, fps, encodings = tries[-1]
    assert encodings > 2, tries
    assert stall_ms <= STALL_P95_MS, tries
    assert fps >= PREVIEW_FPS, tries
    engine = window.engine
    assert engine is not None
    since = time.monotonic()
    window.close()
    wait_closed(window.root)
    assert not engine.alive
    assert time.monotonic() - since < CLOSED_WITHIN_S
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"camera", "vision", "link", "starter"}
