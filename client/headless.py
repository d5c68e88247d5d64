"""The checkpoint without a window: identifies what it sees, prints one JSON line a verdict."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from client.checkpoint import Checkpoint, Parts, wait_closed
from client.events import (
    CameraState,
    CameraStatus,
    ClientEvent,
    LinkState,
    LinkStatus,
    NoProbe,
    VerdictArrived,
    VisionPace,
    VisionState,
    VisionStatus,
)
from client.lines import Lines, fields_of
from client.settings import ClientSettings
from desktop.mailbox import Mailbox

_PERIOD_S = 0.02
# After a clip's last frame: its last verdict may be on its way, at most this long.
_LAST_VERDICT_S = 3.0
# A clip that is over before the camera's watch looked at it gave its pictures all the same.
_GOOD = (CameraState.OK, CameraState.ENDED)


# What must be another one for a status to be printed again.
_STATUS = ("state", "sentence")
_NEWS = {
    "camera": _STATUS,
    "vision": _STATUS,
    "link": (*_STATUS, "clock_ahead_min"),
    "engine": ("engine", "note"),
}


@dataclass(slots=True)
class Progress:
    """What the events said so far."""

    camera: CameraState = CameraState.STARTING
    vision: VisionState = VisionState.LOADING
    link: LinkState = LinkState.CONNECTING
    camera_was_good: bool = False
    ready: bool = False
    ended_s: float | None = None
    asked: int = 0
    fps: list[float] = field(default_factory=list)
    paces: list[VisionPace] = field(default_factory=list)
    said: dict[str, object] = field(default_factory=dict)

    def note(self, event: ClientEvent) -> None:
        """Takes one event."""
        match event:
            case CameraStatus():
                self.camera = event.state
                self.camera_was_good = self.camera_was_good or event.state in _GOOD
                if event.fps:
                    self.fps.append(event.fps)
                if event.state is CameraState.ENDED and self.ended_s is None:
                    self.ended_s = time.monotonic()
            case VisionPace():
                self.paces.append(event)
            case VisionStatus():
                self.vision = event.state
            case LinkStatus():
                self.link = event.state
            case _:
                pass

    def rates(self) -> dict[str, float]:
        """Frames, looks and encodings a second over the run, and what the last ones cost."""
        last = self.paces[-1] if self.paces else VisionPace()
        return {
            "fps": _mean(self.fps),
            "looks_per_s": _mean([pace.looks_per_s for pace in self.paces]),
            "look_ms": last.look_ms,
            "encodings_per_s": _mean([pace.encodings_per_s for pace in self.paces]),
            "encode_ms": last.encode_ms,
        }

    @property
    def all_good(self) -> bool:
        """Whether camera, models and server are there."""
        return (
            self.camera is CameraState.OK
            and self.vision is VisionState.READY
            and self.link is LinkState.CONNECTED
        )


def run(
    settings: ClientSettings,
    lines: Lines,
    *,
    seconds: float | None = None,
    parts: Parts | None = None,
) -> int:
    """Runs until a signal, the end of the clip, or the end of the time.

    Args:
        settings: What to look at and whom to ask.
        lines: Where verdicts are printed.
        seconds: Ends after this long, None never.
        parts: Replaced by tests.

    Returns:
        0; 1 when the camera never gave a picture.
    """
    mailbox: Mailbox[ClientEvent] = Mailbox()
    checkpoint = Checkpoint(settings, mailbox.post, repeat=False, parts=parts)
    progress = Progress()
    counts: dict[str, int] = {}
    with ended_by_signals() as ended:
        checkpoint.start()
        until_s = None if seconds is None else time.monotonic() + seconds
        while not ended.wait(_PERIOD_S) and not _over(progress, until_s):
            _drain(mailbox, progress, lines, counts)
    checkpoint.close()
    closed = wait_closed(checkpoint)
    _drain(mailbox, progress, lines, counts)
    lines.write("ended", verdicts=counts, **progress.rates(), threads_ended=closed)
    return 0 if progress.camera_was_good else 1


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 1) if values else 0.0


def _over(progress: Progress, until_s: float | None) -> bool:
    now_s = time.monotonic()
    if until_s is not None and now_s >= until_s:
        return True
    return progress.ended_s is not None and now_s - progress.ended_s >= _LAST_VERDICT_S


def _drain(
    mailbox: Mailbox[ClientEvent], progress: Progress, lines: Lines, counts: dict[str, int]
) -> None:
    for event in mailbox.drain(1000):
        progress.note(event)
        if isinstance(event, VerdictArrived) and not event.late:
            counts[event.outcome.value] = counts.get(event.outcome.value, 0) + 1
        elif isinstance(event, NoProbe):
            counts[event.kind.value] = counts.get(event.kind.value, 0) + 1
        _print(event, progress, lines)
    if progress.all_good and not progress.ready:
        progress.ready = True
        lines.write("ready")


def _print(event: ClientEvent, progress: Progress, lines: Lines) -> None:
    """Prints verdicts always, and a status only when what counts in it is another one."""
    found = fields_of(event)
    if found is None:
        return
    kind, fields = found
    if kind in ("camera", "vision", "link", "engine"):
        said = tuple(fields[name] for name in _NEWS[kind])
        if progress.said.get(kind) == said:
            return
        progress.said[kind] = said
    lines.write(kind, **fields)


@contextmanager
def ended_by_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, while the block runs."""
    ended = threading.Event()
    before = {}
    # Only the main thread may: tests run this in others.
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, lambda *_: ended.set())
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
