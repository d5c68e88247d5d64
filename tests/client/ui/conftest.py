"""A real window on a virtual screen, with a checkpoint that does what the test says."""

import _tkinter
import tkinter
from collections.abc import Iterator

import pytest
import ttkbootstrap

from client.settings import ClientSettings
from client.ui.window import SIZE, SMALLEST, CheckpointWindow
from desktop.ui import theme
from tests.client.ui.fakes import FakeEngine
from tests.support import QUICK_MS, wait_until

SETTINGS = ClientSettings(
    checkpoint_name="Lobby gate", source="demo:", sound=False, mirror_preview=False
)


@pytest.fixture
def root(tk_errors: list[BaseException]) -> Iterator[ttkbootstrap.App]:
    """An empty root window in light colours, gone after the test."""
    made = theme.open_window(title="test", size=SIZE, minsize=SMALLEST, theme="light")
    made.update()
    yield made
    if alive(made):
        made.destroy()


@pytest.fixture
def engine() -> FakeEngine:
    """The checkpoint behind the window."""
    return FakeEngine()


@pytest.fixture
def window(root: ttkbootstrap.App, engine: FakeEngine) -> Iterator[CheckpointWindow]:
    """The checkpoint's window, ready: camera, models and server are there."""
    made = CheckpointWindow(root, SETTINGS, start=engine.start)
    made.pump._period_ms = QUICK_MS
    wait_until(
        lambda: made.engine is not None and made.view is not None and made.view.can_identify,
        window=root,
        what="the window to be ready",
    )
    root.focus_force()
    root.update()
    yield made
    if alive(root):
        engine.ends = True
        made.close()
        wait_closed(root)


def alive(root: tkinter.Tk) -> bool:
    """Whether the window is still there."""
    try:
        return bool(root.winfo_exists())
    except tkinter.TclError:
        return False


def wait_closed(root: tkinter.Tk, *, timeout_s: float = 5.0) -> None:
    """Runs the window's events until it is gone.

    Event by event, as `mainloop` does: Tk crashes later when a window ends inside its `update`.
    """
    do_one_event = root.tk.dooneevent  # type: ignore[attr-defined]

    def gone() -> bool:
        while alive(root) and do_one_event(_tkinter.DONT_WAIT):
            pass
        return not alive(root)

    wait_until(gone, timeout_s=timeout_s, what="the window to close")
