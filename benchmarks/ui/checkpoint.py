"""A checkpoint with its window before a scene of short visits: what `bench pipeline` measures.

    python -m benchmarks.ui.checkpoint --port PORT --data DIR [--seconds 60]

Prints one JSON object, the fields of `benchmarks.pipeline.Figures` that are of the checkpoint.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks._side_by_side import percentile
from client.camera import demo
from client.camera.frames import Frame
from client.camera.opencv import now_frame
from client.camera.portraits import PORTRAITS
from client.checkpoint import Checkpoint, Parts
from client.events import ClientEvent, VerdictArrived, VisionPace, VisionReport
from client.identity import Identity
from client.settings import ClientSettings
from client.ui.window import SIZE, SMALLEST, TITLE, CheckpointWindow
from desktop.ui import theme
from desktop.ui.garbage import collected_on_this_thread

VISIT_S, PERIOD_S = 1.8, 3.6
"""Somebody stands there for a second, then the doorway is empty for longer than a visit lingers."""
PRESSED_S = 10.0
SETTLED_S = 2.0
"""After this only whole seconds of it are counted."""
_MODELS_S = 60.0


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the window to its end and prints what was noted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, required=True, help="of the server, on this computer")
    parser.add_argument("--data", type=Path, required=True, help="the server's data folder")
    parser.add_argument("--seconds", type=float, default=60.0, help="of visits (60)")
    options = parser.parse_args(argv)
    run = _Run(options.port, options.seconds, options.data)
    run.window_until_the_end()
    sys.stdout.write(json.dumps(run.figures()) + "\n")
    return 0


class _Hurried:
    """The demo's scene with short visits; notes when each face was first wholly in view.

    Args:
        arrivals: Takes when, and who.
        staying: Whether nobody leaves now, from the next frame on.
    """

    live = True

    def __init__(self, arrivals: list[tuple[float, str]], staying: Callable[[], bool]) -> None:
        self._scene = demo.DemoScene(tuple(each.key for each in PORTRAITS))
        self._arrivals = arrivals
        self._staying = staying
        self._start_s = time.monotonic()
        self._next = 0
        self._visit = -1

    def read(self) -> Frame | None:
        """The frame that is due next; frames that are too late are left out."""
        number = max(self._next, int((time.monotonic() - self._start_s) * demo.FPS))
        self._next = number + 1
        time.sleep(max(0.0, self._start_s + number / demo.FPS - time.monotonic()))
        if self._staying():
            stands_s = demo.VISIT_S - 2 * demo.WALK_S
            image, label = self._scene.at(demo.WALK_S + number / demo.FPS % stands_s)
            return now_frame(image, number, label)
        visit, inside_s = divmod(number / demo.FPS, PERIOD_S)
        leaves_s = VISIT_S - demo.WALK_S
        if inside_s >= VISIT_S:
            inside_s = demo.VISIT_S + (inside_s - VISIT_S) % (demo.EMPTY_S - 0.1)
        elif inside_s >= leaves_s:
            inside_s += demo.VISIT_S - demo.WALK_S - leaves_s
        image, label = self._scene.at(visit * demo.PERIOD_S + inside_s)
        frame = now_frame(image, number, label)
        if label is not None and visit != self._visit:
            self._visit = int(visit)
            self._arrivals.append((frame.monotonic_s, label))
        return frame

    def close(self) -> None:
        """Nothing is held."""


@dataclass(slots=True)
class _Run:
    """One checkpoint with its window, and what is noted of it."""

    port: int
    seconds: float
    data: Path
    arrivals: list[tuple[float, str]] = field(default_factory=list)
    answers: list[tuple[float, VerdictArrived]] = field(default_factory=list)
    looks: list[tuple[float, float]] = field(default_factory=list)
    encode_ms: list[float] = field(default_factory=list)
    encoded_per_s: list[float] = field(default_factory=list)
    engine: str = ""
    preview_fps: float = 0.0
    stall_p95_ms: float = 0.0
    pressing: bool = False
    pressing_since_s: float = 0.0

    def window_until_the_end(self) -> None:
        """Opens the window on this thread, runs both parts, and closes it."""
        root = theme.open_window(title=TITLE, size=SIZE, minsize=SMALLEST, theme="light")
        settings = replace(ClientSettings(), server_port=self.port, source="demo:", sound=False)
        window = CheckpointWindow(root, settings, start=self._start)
        window.listeners.append(lambda event: self._note(window, event))
        self._after(window, time.monotonic() + _MODELS_S)
        with collected_on_this_thread(root):
            root.mainloop()

    def figures(self) -> dict[str, object]:
        """Everything that was noted, in numbers."""
        in_view = [self._waited_ms(answer_s, verdict) for answer_s, verdict in self.answers]
        waits = sorted(verdict.latency_ms for _, verdict in self.answers)
        seen = sorted(wait for wait in in_view if wait is not None)
        return {
            "encoded_per_s": round(_mean(self.encoded_per_s), 1),
            "preview_fps": round(self.preview_fps, 1),
            "looks_per_s": round(_mean([per_s for per_s, _ in self.looks]), 1),
            "look_ms": round(percentile(sorted(ms for _, ms in self.looks), 0.5), 1),
            "encode_ms": round(percentile(sorted(self.encode_ms), 0.5), 1),
            "engine": self.engine,
            "verdicts": len(self.answers),
            "visits": len(self.arrivals),
            "verdict_p50_ms": round(percentile(waits, 0.5), 1),
            "verdict_p95_ms": round(percentile(waits, 0.95), 1),
            "in_view_p50_ms": round(percentile(seen, 0.5), 1),
            "in_view_p95_ms": round(percentile(seen, 0.95), 1),
            "stall_p95_ms": round(self.stall_p95_ms, 1),
            "wrong": sum(v.display_name not in (None, v.label) for _, v in self.answers),
            "missed": sum(
                v.label == "Grace Hopper" and v.display_name is None for _, v in self.answers
            ),
        }

    def _waited_ms(self, answer_s: float, verdict: VerdictArrived) -> float | None:
        """From the arrival of that person before the answer; None when the scene names nobody."""
        before = [at_s for at_s, label in self.arrivals if label == verdict.label]
        came_s = max((at_s for at_s in before if at_s <= answer_s), default=None)
        return None if came_s is None else (answer_s - came_s) * 1000

    def _start(self, settings: ClientSettings, post: Callable[[ClientEvent], None]) -> Checkpoint:
        parts = Parts(
            open_source=lambda _spec: _Hurried(self.arrivals, lambda: self.pressing),
            identity=Identity(self.data / "identity", settings.checkpoint_id),
            server_data=self.data,
        )
        checkpoint = Checkpoint(settings, post, parts=parts)
        checkpoint.start()
        return checkpoint

    def _after(self, window: CheckpointWindow, until_s: float) -> None:
        """Waits for camera, models and server, then begins."""
        view = window.view
        if view is not None and view.can_identify and view.link.word == "Connected":
            window.root.after(1500, self._begin, window)
        elif time.monotonic() > until_s:
            window.close()
            raise RuntimeError("The checkpoint did not get ready.")
        else:
            window.root.after(50, self._after, window, until_s)

    def _begin(self, window: CheckpointWindow) -> None:
        for noted in (self.arrivals, self.answers, self.looks, self.encode_ms):
            noted.clear()
        window.pump.stalls_ms.clear()
        begun = (window.video.frames, time.monotonic())
        window.root.after(round(self.seconds * 1000), self._press, window, *begun)

    def _press(self, window: CheckpointWindow, frames: int, since_s: float) -> None:
        self.preview_fps = (window.video.frames - frames) / (time.monotonic() - since_s)
        self.stall_p95_ms = window.pump.stall_p95_ms
        self.pressing, self.pressing_since_s = True, time.monotonic()
        window.root.after(round(PRESSED_S * 1000), window.close)

    def _note(self, window: CheckpointWindow, event: ClientEvent) -> None:
        match event:
            case VerdictArrived() if not self.pressing and not event.late:
                self.answers.append((time.monotonic(), event))
            case VisionPace():
                self.engine = event.engine
                self._note_pace(window, event.looks_per_s, event.look_ms)
                if event.encodings_per_s:
                    self.encode_ms.append(event.encode_ms)
                if self.pressing and time.monotonic() - self.pressing_since_s > SETTLED_S:
                    self.encoded_per_s.append(event.encodings_per_s)
            case VisionReport() if self.pressing and window.engine is not None:
                window.engine.identify_now()
            case _:
                pass

    def _note_pace(self, window: CheckpointWindow, per_s: float, cost_ms: float) -> None:
        if not self.pressing and not window.closing:
            self.looks.append((per_s, cost_ms))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


if __name__ == "__main__":
    sys.exit(main())
