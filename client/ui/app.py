"""Opens the checkpoint's window and runs it to its end."""

import contextlib
import signal
import tkinter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from client.settings import ClientSettings
from client.ui.starter import start_checkpoint
from client.ui.window import SIZE, SMALLEST, TITLE, CheckpointWindow
from desktop.ui import set_back, theme
from desktop.ui.garbage import collected_on_this_thread

ICONS = Path(__file__).resolve().parents[2] / "assets" / "icons"


def run(
    settings: ClientSettings,
    *,
    tour: str | None = None,
    settings_file: Path | None = None,
    server_data: Path | None = None,
    notice: str = "",
) -> int:
    """Shows the window until it is closed. Main thread only.

    Args:
        settings: What to begin with.
        tour: Shows how an enrolment goes with the visitor of this name (the demo).
        settings_file: Where changed settings are written; None forgets them.
        server_data: The data folder of a server on this computer that is to be trusted.
        notice: A sentence to show at the start, such as that a settings file was unusable.

    Returns:
        The exit code, 0.

    Raises:
        tkinter.TclError: There is no display.
    """
    root = theme.open_window(
        title=TITLE,
        size=SIZE,
        minsize=SMALLEST,
        theme=settings.theme,
    )
    use_icon(root)
    start = partial(start_checkpoint, settings_file=settings_file, server_data=server_data)
    window = CheckpointWindow(root, settings, start=start, settings_file=settings_file)
    if notice:
        window.toast.show(notice, tone="warn", for_ms=12_000)
    if tour is not None:
        from client.ui.tour import Tour

        Tour(window, tour)
    set_back.watch(root)
    with _closed_by_signals(window), collected_on_this_thread(root):
        root.mainloop()
    return 0


@contextlib.contextmanager
def _closed_by_signals(window: CheckpointWindow) -> Iterator[None]:
    """Ctrl+C and SIGTERM close the window as its button does, so that no thread is cut off."""
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda *_: window.close()) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)


def use_icon(root: tkinter.Tk) -> None:
    """Gives the window its icon; a missing picture file leaves the system's own."""
    pictures = [ICONS / f"checkpoint-{size}.png" for size in (128, 64, 32, 16)]
    found = [tkinter.PhotoImage(master=root, file=str(p)) for p in pictures if p.is_file()]
    if found:
        root.iconphoto(True, *found)  # noqa: FBT003 - Tk's own signature
