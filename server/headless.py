"""The server without a window: every event a JSON line on standard output, ended by a signal."""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from desktop.logs import log_event
from server.data_folder import DataFolder
from server.events import (
    CheckpointChanged,
    EventStored,
    Fault,
    GalleryChanged,
    GridEvent,
    PhotoProgress,
    PhotoReport,
    ServerStateChanged,
)
from server.grid import Grid
from server.settings import ServerSettings

_LOG = logging.getLogger(__name__)
EXIT_CANNOT_START = 3
# Below the 2 s in which the program ends after SIGTERM.
_CLOSE_S = 1.9


def run(
    folder: DataFolder,
    settings: ServerSettings,
    *,
    make_grid: Callable[[DataFolder, ServerSettings, Callable[[GridEvent], None]], Grid] = Grid,
    stop: threading.Event | None = None,
) -> int:
    """Serves until SIGTERM or SIGINT (or `stop`); called in the main thread.

    Returns:
        0 after a clean end, 3 when it could not start.
    """
    wanted = stop or threading.Event()
    before = _on_signals((signal.SIGTERM, signal.SIGINT), wanted.set)
    grid = make_grid(folder, settings, say)
    try:
        status = grid.start().result()
        if status.state.serving:
            _wait(wanted)
            code = 0
        else:
            code = EXIT_CANNOT_START
        grid.close().result(timeout=_CLOSE_S)
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    log_event(_LOG, "ended", code=code)
    return code


def say(event: GridEvent) -> None:
    """Writes one event of the grid to the log; any thread may call."""
    match event:
        case ServerStateChanged():
            log_event(
                _LOG, "state", state=event.state.value, sentence=event.sentence, port=event.port
            )
        case EventStored(record):
            log_event(
                _LOG,
                "event_stored",
                event_id=record.event_id,
                outcome=record.outcome,
                checkpoint=record.checkpoint_id,
                name=record.display_name,
                latency_ms=record.latency_ms,
                late=record.late,
            )
        case CheckpointChanged(status):
            log_event(
                _LOG,
                "checkpoint",
                checkpoint=status.checkpoint_id,
                name=status.name,
                connected=status.connected,
                mismatch=status.mismatch,
            )
        case GalleryChanged():
            log_event(_LOG, "gallery", people=event.people, samples=event.samples)
        case Fault():
            log_event(
                _LOG, "fault", level=logging.ERROR, sentence=event.sentence, detail=event.detail
            )
        case PhotoProgress() | PhotoReport():
            log_event(_LOG, "photos", content=str(event)[:300])
        case _:
            # Log lines are on their way already: this is where they come from.
            pass


def _wait(wanted: threading.Event) -> None:
    # In short waits: on Windows a signal is not handled while the main thread waits for ever.
    while not wanted.wait(0.5):
        pass


def _on_signals(
    numbers: Sequence[signal.Signals], act: Callable[[], None]
) -> list[tuple[signal.Signals, Any]]:
    def handler(_number: int, _frame: FrameType | None) -> None:
        act()

    return [(number, signal.signal(number, handler)) for number in numbers]
