"""The camera thread: opens the source, gives the newest frame, and is replaced when it hangs.

Two threads, because `read()` may block for ever: `camera` alone owns the source, `camera-watch`
looks at it ten times a second, says what is wrong, and starts another `camera` when one hangs or
its camera froze. A thread that hangs in a driver cannot be ended; it is left behind (a daemon), its
frames go nowhere, and no more than two are left behind at once.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from client.camera.errors import CameraLost, SourceError
from client.camera.frames import Frame
from client.camera.health import Health
from client.camera.sources import Source, open_source, shown_name
from client.events import CameraState, CameraStatus, ClientEvent, Fault
from desktop.mailbox import Slot

log = logging.getLogger(__name__)

LEFT_BEHIND = 2
SENTENCES = {
    CameraState.FROZEN: "The camera repeats one picture. It is opened again; if that does not"
    " help, plug it out and in.",
    CameraState.BLACK: "The picture is black. Uncover the camera or switch on a light.",
}


DRIVER_FAILED = "The camera's driver failed. It is opened again."


def silent(spec: str, *, opened: bool) -> str:
    """Why no picture comes, and what helps with this kind of source.

    Args:
        spec: The source (`client.camera.sources`).
        opened: Whether it was opened, and gave pictures before.
    """
    kind, _, rest = spec.strip().partition(":")
    match kind.lower():
        case "camera":
            what = "gives no pictures any more" if opened else "does not start"
            return f"Camera {rest.strip()} {what}. Check its cable, or plug it out and in."
        case "rtsp" | "rtsps" | "http" | "https":
            what = "sends no pictures any more" if opened else "does not answer"
            return f"{shown_name(spec)} {what}. Check the camera's power and the network."
        case "file" | "folder":
            what = "can be read no further" if opened else "cannot be opened"
            return f"{PurePath(rest).name or rest} {what}. Check the disk that holds it."
        case _:
            return "The pictures have stopped. They are started again."


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the watch waits, in seconds; the tests wait less.

    Attributes:
        open_s: Until a source that is being opened is given up: RTSP cameras take 2 to 4.
        silent_s: Without a picture until the camera is lost: 3 s less the watch's own step.
        again_s: Between two attempts to open.
        step_s: Between two looks.
        end_s: How long closing waits for a `read()` to come back.
    """

    open_s: float = 8.0
    silent_s: float = 2.5
    again_s: float = 1.0
    step_s: float = 0.1
    end_s: float = 1.5


class _Reader:
    """One opening of a source and the thread `camera` that reads it."""

    def __init__(
        self,
        spec: str,
        opener: Callable[[str], Source],
        deliver: Callable[[Frame, bool], None],
        after: int | None,
    ) -> None:
        self.spec = spec
        self.started_s = time.monotonic()
        self.last_read_s = self.started_s
        self.opened = False
        self.live = True
        self.frames = 0
        self.size = (0, 0)
        self.health = Health(after=after)
        self.error: SourceError | None = None
        self.traceback = ""
        self._opener = opener
        self._deliver = deliver
        self._after = after
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._stop.set()

    def wait(self, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            source = self._opener(self.spec)
            try:
                self._read_all(source)
            finally:
                source.close()
        except SourceError as error:
            self.error = error
        except Exception:  # noqa: BLE001 - the top of the thread: a driver may raise anything
            self.traceback = traceback.format_exc()
            self.error = CameraLost(DRIVER_FAILED)

    def _read_all(self, source: Source) -> None:
        self.live = source.live
        self.health = Health(live=source.live, after=self._after)
        self.last_read_s = time.monotonic()
        self.opened = True
        while not self._stop.is_set():
            frame = source.read()
            if self._stop.is_set() or frame is None:
                continue
            self.last_read_s = time.monotonic()
            use = self.health.judge(frame)
            if use.show:
                self.frames += 1
                self.size = (frame.width, frame.height)
                self._deliver(frame, use.look)


class Camera:
    """The camera of a checkpoint: its threads, its state, its newest frames.

    Args:
        spec: The source (`client.camera.sources`).
        preview: Gets every new frame, for the window.
        frames: Gets every new frame that is of now and has light, for the vision thread.
        post: Takes `CameraStatus` and `Fault`; called from the watch.
        repeat: Whether clips and folders start again.
        opener: Opens a source; the tests bring their own.
        timing: How long to wait.
    """

    def __init__(
        self,
        spec: str,
        *,
        preview: Slot[Frame],
        frames: Slot[Frame],
        post: Callable[[ClientEvent], None],
        repeat: bool = True,
        opener: Callable[[str], Source] | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._wanted = spec
        self._preview = preview
        self._frames = frames
        self._post = post
        self._opener = opener or (lambda name: open_source(name, repeat=repeat))
        self._time = timing or Timing()
        self._nudge = threading.Event()
        self._closing = threading.Event()
        self._again = threading.Event()
        self._reader: _Reader | None = None
        self._left: list[_Reader] = []
        self._spec = spec
        self._seen_good = False
        self._ended = False
        self._next_open_s = 0.0
        self._last_print: int | None = None
        self._posted: CameraStatus | None = None
        self._posted_s = 0.0
        self._counted = (0, 0.0)
        self._fps = 0.0
        self._thread = threading.Thread(target=self._watch, name="camera-watch", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether a thread is still there that is not left behind."""
        return self._thread.is_alive()

    @property
    def state(self) -> CameraState:
        """What was posted last. Any thread may ask."""
        posted = self._posted
        return CameraState.STARTING if posted is None else posted.state

    @property
    def sentence(self) -> str:
        """The sentence posted last. Any thread may ask."""
        posted = self._posted
        return "" if posted is None else posted.sentence

    def start(self) -> None:
        """Starts the threads. Never waits."""
        self._thread.start()

    def close(self) -> None:
        """Asks the threads to end. Never waits."""
        self._closing.set()
        self._nudge.set()

    def change_source(self, spec: str) -> None:
        """Opens another source instead. Never waits."""
        self._wanted = spec
        self.retry_now()

    def retry_now(self) -> None:
        """Opens the source again at once when it is not open. Never waits."""
        self._again.set()
        self._nudge.set()

    def _watch(self) -> None:
        while not self._closing.is_set():
            try:
                self._look()
            except Exception:
                detail = traceback.format_exc()
                log.error("camera watch failed", exc_info=True)
                self._post(Fault("camera", "The camera's watch failed and goes on.", detail))
            self._nudge.wait(self._time.step_s)
            self._nudge.clear()
        if self._reader is not None:
            self._reader.stop()
            self._reader.wait(self._time.end_s)
            if self._reader.alive:
                log.warning("camera does not answer, left behind")

    def _look(self) -> None:
        now_s = time.monotonic()
        self._left = [reader for reader in self._left if reader.alive]
        if self._again.is_set():
            self._again.clear()
            self._restart()
        if self._reader is not None:
            self._judge(self._reader, now_s)
        elif not self._ended and now_s >= self._next_open_s:
            self._open()

    def _restart(self) -> None:
        if self._wanted != self._spec:
            self._drop()
            self._spec = self._wanted
            self._seen_good = False
            self._last_print = None
            self._tell(CameraState.STARTING)
        if self._reader is None:
            self._ended = False
            self._next_open_s = 0.0

    def _open(self) -> None:
        """Opens, unless too many hang already or the same device is just being given back."""
        busy = [reader for reader in self._left if reader.spec == self._spec]
        waited_s = time.monotonic() - max((reader.last_read_s for reader in busy), default=0.0)
        if len(self._left) >= LEFT_BEHIND or (busy and waited_s < self._time.again_s):
            return
        if self._posted is None:
            self._tell(CameraState.STARTING)
        self._counted = (0, 0.0)
        self._reader = _Reader(self._spec, self._opener, self._deliver, self._last_print)

    def _drop(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop()
            self._last_print = reader.health.last_print
            if reader.alive:
                self._left.append(reader)

    def _judge(self, reader: _Reader, now_s: float) -> None:
        if reader.error is not None:
            self._failed(reader, reader.error, now_s)
            return
        limit_s = self._time.silent_s if reader.opened else self._time.open_s
        if now_s - (reader.last_read_s if reader.opened else reader.started_s) > limit_s:
            self._give_up(CameraState.LOST, silent(self._spec, opened=reader.opened))
            return
        state = reader.health.state
        if state is CameraState.FROZEN:
            self._give_up(state, SENTENCES[state])
            return
        if state is CameraState.BLACK or (state is CameraState.OK and self._proven(reader)):
            self._count(reader, now_s)
            self._seen_good = True
            self._tell(state, SENTENCES.get(state, ""), reader.size)

    @staticmethod
    def _proven(reader: _Reader) -> bool:
        """One picture may be the last one of a camera that froze, two different ones are not."""
        return reader.frames > 1 or (not reader.live and reader.frames > 0)

    def _failed(self, reader: _Reader, error: SourceError, now_s: float) -> None:
        state = error.state
        if reader.traceback:
            log.error("camera failed: %s", reader.traceback)
            self._post(Fault("camera", str(error), reader.traceback))
        if state is CameraState.ENDED:
            self._ended = True
        elif state is CameraState.MISSING and (self._seen_good or reader.frames):
            state = CameraState.LOST
        self._reader = None
        self._last_print = reader.health.last_print
        self._next_open_s = now_s + self._time.again_s
        self._tell(state, str(error))

    def _give_up(self, state: CameraState, sentence: str) -> None:
        self._drop()
        self._next_open_s = time.monotonic() + self._time.again_s
        self._tell(state, sentence)

    def _count(self, reader: _Reader, now_s: float) -> None:
        frames, since_s = self._counted
        if since_s == 0.0:  # opening takes a second of its own, which is no frame rate
            self._counted = (reader.frames, now_s)
            self._fps = 0.0
        elif now_s - since_s >= 1.0:
            self._fps = (reader.frames - frames) / (now_s - since_s)
            self._counted = (reader.frames, now_s)

    def _tell(self, state: CameraState, sentence: str = "", size: tuple[int, int] = (0, 0)) -> None:
        """Posts a status when it is another one, and the frame rate once a second."""
        now_s = time.monotonic()
        fps = round(self._fps, 1) if state in (CameraState.OK, CameraState.BLACK) else 0.0
        status = CameraStatus(state, sentence, shown_name(self._spec), *size, fps)
        last = self._posted
        same = last is not None and (last.state, last.sentence, last.source, last.width) == (
            status.state,
            status.sentence,
            status.source,
            status.width,
        )
        if same and (last == status or now_s - self._posted_s < 1.0):
            return
        self._posted = status
        self._posted_s = now_s
        self._post(status)

    def _deliver(self, frame: Frame, look: bool) -> None:  # noqa: FBT001 - one caller
        self._preview.put(frame)
        if look:
            self._frames.put(frame)
