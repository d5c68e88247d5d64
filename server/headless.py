"""The server without a window: every event a JSON line on standard output, ended by a signal.

Events come from the threads that do the work; the main thread writes them, several at once. So no
checkpoint waits for a line to be written, nor for whoever reads it.
"""

import contextlib
import gc
import itertools
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from types import FrameType
from typing import Any

from database.records import EventRecord
from desktop.logs import log_event, log_events
from desktop.mailbox import Mailbox
from server.data_folder import DataFolder
from server.events import (
    CheckpointChanged,
    EventStored,
    Fault,
    GalleryChanged,
    GridEvent,
    ServerStateChanged,
)
from server.grid import Grid
from server.log_lines import EVENTS_AS_LINES
from server.settings import ServerSettings

_LOG = logging.getLogger(EVENTS_AS_LINES)
EXIT_CANNOT_START = 3
# Below the 2 s in which the program ends after SIGTERM.
_CLOSE_S = 1.9
# How late a line may be.
_TELL_S = 0.05
_YOUNG, _MIDDLE, _OLD = 20_000, 20, 20
"""Python's own 700, 10 and 10 took 8 % of the processor under load, for garbage that hardly comes:
nearly all of it goes by itself when the last reference does."""


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
    told: Mailbox[GridEvent] = Mailbox()
    grid = make_grid(folder, settings, told.post)
    try:
        status = _saying(told, grid.start())
        if status.state.serving:
            # In short waits, also for a signal: on Windows none is handled in a long one.
            with _collected_seldom():
                while not wanted.wait(_TELL_S):
                    _say_all(told)
            code = 0
        else:
            code = EXIT_CANNOT_START
        _saying(told, grid.close(), timeout_s=_CLOSE_S)
    finally:
        _say_all(told)
        for number, handler in before:
            signal.signal(number, handler)
    log_event(_LOG, "ended", code=code)
    return code


@contextlib.contextmanager
def _collected_seldom() -> Iterator[None]:
    """Garbage is looked for seldom, and not among what is there now: mostly people, who stay."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _saying(
    told: Mailbox[GridEvent],
    future: "Future[ServerStateChanged]",
    *,
    timeout_s: float = float("inf"),
) -> ServerStateChanged:
    """What the future gives; events that come before are said as they come."""
    end_s = time.monotonic() + timeout_s
    while True:
        try:
            return future.result(timeout=min(_TELL_S, max(0.0, end_s - time.monotonic())))
        except TimeoutError:
            if future.done() or time.monotonic() >= end_s:
                raise
        _say_all(told)


def _say_all(told: Mailbox[GridEvent]) -> None:
    while events := told.drain():
        for kind, several in itertools.groupby(events, type):
            if kind is EventStored:
                say_stored([event.record for event in several if isinstance(event, EventStored)])
            else:
                for event in several:
                    _say(event)


def say_stored(records: Sequence[EventRecord]) -> None:
    """Writes what was recorded to the log: people by their ids, for lines end up in files."""
    log_events(
        _LOG,
        "event_stored",
        [
            {
                "event_id": record.event_id,
                "outcome": record.outcome,
                "checkpoint": record.checkpoint_id,
                "subject": record.subject_id,
                "latency_ms": record.latency_ms,
                "late": record.late,
            }
            for record in records
        ],
    )


def _say(event: GridEvent) -> None:
    """Writes any other event of the grid to the log."""
    match event:
        case ServerStateChanged():
            log_event(
                _LOG, "state", state=event.state.value, sentence=event.sentence, port=event.port
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
        case _:
            # Log lines are on their way already: this is where they come from.
            pass


def _on_signals(
    numbers: Sequence[signal.Signals], act: Callable[[], None]
) -> list[tuple[signal.Signals, Any]]:
    def handler(_number: int, _frame: FrameType | None) -> None:
        act()

    return [(number, signal.signal(number, handler)) for number in numbers]
