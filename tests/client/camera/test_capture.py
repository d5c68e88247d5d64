"""Tests of the camera's threads: lost, busy, frozen, black, hanging, and back again (F12)."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from client.camera.capture import Camera, Timing, silent
from client.camera.errors import CameraBusy, CameraLost, CameraMissing, SourceEnded
from client.camera.frames import Frame
from client.events import CameraState, CameraStatus, Fault
from desktop.mailbox import Slot
from tests.client.fakes import Collector, FakeSource
from tests.support import wait_until

Make = Callable[[FakeSource], Camera]


class Bench:
    """A camera with its slots and its events."""

    def __init__(self, source: FakeSource, timing: Timing | None = None) -> None:
        self.source = source
        self.posted = Collector()
        self.preview: Slot[Frame] = Slot()
        self.frames: Slot[Frame] = Slot()
        self.camera = Camera(
            "camera:0",
            preview=self.preview,
            frames=self.frames,
            post=self.posted,
            opener=source.open,
            timing=timing,
        )
        self.camera.start()

    def wait(self, state: CameraState, *, timeout_s: float = 6.0) -> CameraStatus:
        """The newest status when it is this one."""
        wait_until(lambda: self.camera.state is state, timeout_s=timeout_s, what=state.value)
        return self.posted.of(CameraStatus)[-1]

    def end(self) -> None:
        """Closes; everything is gone in 2 s."""
        self.source.released.set()
        self.camera.close()
        wait_until(lambda: not self.camera.alive, timeout_s=2.0, what="the end of the threads")


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A camera that works, with the usual times."""
    made = Bench(FakeSource())
    made.wait(CameraState.OK)
    yield made
    made.end()


def test_a_working_camera_gives_frames_to_both_slots_and_its_rate(bench: Bench) -> None:
    """Starting, ok, and once a second how many frames."""
    wait_until(lambda: bench.frames.take() is not None)
    wait_until(lambda: bench.preview.take() is not None)
    status = bench.posted.wait_for(CameraStatus, lambda status: status.fps > 20)
    assert (status.width, status.height, status.source) == (640, 480, "camera:0")
    states = [status.state for status in bench.posted.of(CameraStatus)]
    assert states[:2] == [CameraState.STARTING, CameraState.OK]


def test_f12_a_hanging_read_is_lost_in_three_seconds_and_back_in_five(bench: Bench) -> None:
    """F12: `read()` blocks; no stale frame comes when it returns, and the camera is opened anew."""
    hung_s = time.monotonic()
    bench.source.blocked.set()
    bench.wait(CameraState.LOST, timeout_s=3.0)
    assert time.monotonic() - hung_s <= 3.0
    bench.frames.take()
    back_s = time.monotonic()
    bench.source.blocked.clear()
    bench.source.released.set()
    bench.wait(CameraState.OK, timeout_s=5.0)
    assert time.monotonic() - back_s <= 5.0
    assert bench.source.opened >= 2


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize(
    ("spec", "beginning", "cure"),
    [
        ("camera:2", "Camera 2 ", "cable"),
        ("rtsp://guard:secret@gate.example/1", "rtsp://gate.example/1 ", "network"),
        ("file:films/clip.mp4", "clip.mp4 ", "disk"),
        ("folder:films/faces", "faces ", "disk"),
        ("demo:", "The pictures ", "started again"),
    ],
)
def test_a_silent_source_is_told_by_its_kind(
    spec: str, beginning: str, cure: str, *, opened: bool
) -> None:
    """A file has no cable; no password and no folder's path is shown."""
    sentence = silent(spec, opened=opened)
    assert sentence.startswith(beginning)
    assert cure in sentence
    assert ("any more" in sentence or "further" in sentence or "stopped" in sentence) or not opened
    assert "secret" not in sentence
    assert "/home" not in sentence


def test_f12_a_frozen_camera_is_told_gives_nothing_to_look_at_and_comes_back(bench: Bench) -> None:
    """F12: OpenCV goes on returning the last frame of an unplugged camera."""
    bench.source.frozen = True
    wait_until(lambda: bench.frames.take() is None)
    frozen_s = time.monotonic()
    status = bench.wait(CameraState.FROZEN, timeout_s=3.0)
    assert time.monotonic() - frozen_s <= 3.0
    assert "one picture" in status.sentence
    opened = bench.source.opened
    wait_until(lambda: bench.source.opened > opened, what="opening again")
    assert bench.camera.state is CameraState.FROZEN
    assert bench.frames.take() is None
    bench.source.frozen = False
    bench.wait(CameraState.OK, timeout_s=5.0)
    wait_until(lambda: bench.frames.take() is not None)


def test_f12_an_unplugged_camera_is_lost_and_found_again(bench: Bench) -> None:
    """F12: reading fails, opening says there is none, until it is plugged in."""
    bench.source.open_error = CameraMissing("There is no camera 0.")
    bench.source.error = CameraLost("Camera 0 stopped.")
    status = bench.wait(CameraState.LOST, timeout_s=3.0)
    assert status.sentence == "Camera 0 stopped."
    bench.posted.wait_for(CameraStatus, lambda status: status.sentence == "There is no camera 0.")
    assert bench.camera.state is CameraState.LOST
    bench.source.error = bench.source.open_error = None
    bench.wait(CameraState.OK, timeout_s=5.0)


def test_f12_a_covered_lens_is_black_and_shown(bench: Bench) -> None:
    """F12: the preview goes on, nothing is looked for."""
    bench.source.black = True
    status = bench.wait(CameraState.BLACK, timeout_s=3.0)
    assert "Uncover" in status.sentence
    bench.frames.take()
    bench.preview.take()
    wait_until(lambda: bench.preview.take() is not None)
    assert bench.frames.take() is None
    bench.source.black = False
    bench.wait(CameraState.OK)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (CameraMissing("There is no camera 0."), CameraState.MISSING),
        (CameraBusy("It is used."), CameraState.BUSY),
    ],
)
def test_f12_missing_and_busy_cameras_are_told_apart_and_tried_again(
    error: CameraMissing | CameraBusy, state: CameraState
) -> None:
    """F12: and `retry_now` does not wait for the second to pass."""
    source = FakeSource()
    source.open_error = error
    bench = Bench(source, Timing(again_s=30.0))
    status = bench.wait(state)
    assert status.sentence == str(error)
    source.open_error = None
    bench.camera.retry_now()
    bench.wait(CameraState.OK)
    bench.end()


def test_an_opener_that_hangs_is_given_up_and_no_more_than_two_are_left_behind() -> None:
    """A driver that never answers costs two threads, not one a second."""
    never = threading.Event()
    opened: list[str] = []

    def hang(spec: str) -> FakeSource:
        opened.append(spec)
        never.wait(20)
        return FakeSource()

    posted = Collector()
    camera = Camera(
        "camera:0",
        preview=Slot(),
        frames=Slot(),
        post=posted,
        opener=hang,
        timing=Timing(open_s=0.1, again_s=0.05, step_s=0.02, end_s=0.2),
    )
    camera.start()
    posted.wait_for(CameraStatus, lambda status: status.state is CameraState.LOST)
    wait_until(lambda: len(opened) == 2)
    wait_until(lambda: len(camera._left) == 2 and camera._reader is None)
    assert len(opened) == 2
    camera.close()
    wait_until(lambda: not camera.alive, timeout_s=2.0)
    never.set()


def test_a_driver_that_raises_anything_is_a_fault_and_tried_again() -> None:
    """The traceback goes into the fault, a sentence to the person."""
    source = FakeSource()
    bench = Bench(source, Timing(again_s=0.1))
    bench.wait(CameraState.OK)
    source.error = RuntimeError("select timeout")  # type: ignore[assignment]
    fault = bench.posted.wait_for(Fault)
    assert "RuntimeError" in fault.detail
    bench.wait(CameraState.LOST)
    source.error = None
    bench.wait(CameraState.OK)
    bench.end()


def test_the_end_of_a_clip_is_no_fault_and_is_not_tried_again() -> None:
    """Until somebody asks."""
    source = FakeSource()
    bench = Bench(source, Timing(again_s=0.05, step_s=0.02))
    bench.wait(CameraState.OK)
    source.error = SourceEnded("clip.mp4 is over.")
    bench.wait(CameraState.ENDED)
    opened = source.opened
    wait_until(lambda: bench.camera._ended)
    assert source.opened == opened
    source.error = None
    bench.camera.retry_now()
    bench.wait(CameraState.OK)
    bench.end()


def test_another_source_takes_over(bench: Bench) -> None:
    """The old one is given back, the status names the new one."""
    bench.camera.change_source("camera:1")
    bench.posted.wait_for(CameraStatus, lambda status: status.source == "camera:1")
    bench.wait(CameraState.OK)
    wait_until(lambda: bench.source.closed >= 1)


def test_closing_while_a_read_hangs_takes_less_than_two_seconds() -> None:
    """The thread that hangs in the driver is left behind."""
    bench = Bench(FakeSource())
    bench.wait(CameraState.OK)
    bench.source.blocked.set()
    bench.camera.close()
    assert bench.camera.alive, "closing waited for it"
    wait_until(lambda: not bench.camera.alive, timeout_s=2.0)
    bench.source.released.set()
