"""Starts the server with its window: the window first, everything heavy in a thread afterwards."""

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType

from desktop.ui import set_back
from desktop.ui.garbage import collected_on_this_thread
from server.data_folder import DataFolder
from server.events import GridEvent
from server.settings import ServerSettings
from server.sign_in_file import SignIn
from server.ui.server_grid import GridMade, ServerGrid
from server.ui.window import ServerWindow

_LOG = logging.getLogger(__name__)
# The main loop sleeps between Tk's events; a signal is noticed when Python runs again.
_SIGNAL_POLL_MS = 200

MakeGrid = Callable[[DataFolder, ServerSettings, Callable[[GridEvent], None]], ServerGrid]


def run(
    folder: DataFolder,
    settings: ServerSettings,
    *,
    make_grid: MakeGrid | None = None,
    sign_in: SignIn | None = None,
) -> int:
    """Shows the window until it is closed; returns the exit code.

    Args:
        folder: Where the data are.
        settings: What to begin with.
        make_grid: Makes the grid, in a thread; the real one unless told otherwise.
        sign_in: Of the owner of the data folder: nobody is asked, and nothing locks by itself.
    """
    window = open_window(folder, settings, make_grid=make_grid, sign_in=sign_in)
    _end_on_signals(window)
    set_back.watch(window.root)
    with collected_on_this_thread(window.root):
        window.root.mainloop()
    return 0


def open_window(
    folder: DataFolder,
    settings: ServerSettings,
    *,
    make_grid: MakeGrid | None = None,
    sign_in: SignIn | None = None,
) -> ServerWindow:
    """Shows the window and begins to load the grid once it is painted."""
    closing = threading.Event()
    window = ServerWindow(
        settings, data_folder=folder.root, on_closing=closing.set, sign_in=sign_in
    )

    def load() -> None:
        """In a thread: imports numpy, OpenCV and dlib's bindings, which takes a second."""
        try:
            make = make_grid or _real_grid
            grid = make(folder, settings, window.mailbox.post)
        except Exception as error:  # noqa: BLE001 - a thread's top; told on the screen
            _LOG.exception("grid_not_loaded")
            window.mailbox.post(GridMade(None, error))
            return
        if closing.is_set():
            grid.close()
        window.mailbox.post(GridMade(grid))

    loader = threading.Thread(target=load, name="grid-loader", daemon=True)
    # The first turn of the main loop paints; a thread that imports would hold the GIL meanwhile.
    window.root.update()
    loader.start()
    return window


def _real_grid(
    folder: DataFolder, settings: ServerSettings, post: Callable[[GridEvent], None]
) -> ServerGrid:
    from server.grid import Grid

    return Grid(folder, settings, post)


def _end_on_signals(window: ServerWindow) -> None:
    """SIGTERM and SIGINT close the window as its button does."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        window.close()

    def poll() -> None:
        window.root.after(_SIGNAL_POLL_MS, poll)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handler)
        poll()
