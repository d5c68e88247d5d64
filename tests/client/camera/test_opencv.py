"""Tests of devices, network cameras and clips, with a network camera of our own."""

import errno
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from client.camera import opencv
from client.camera.errors import CameraBusy, CameraLost, CameraMissing, SourceEnded
from client.camera.opencv import ClipSource, DeviceSource, StreamSource, without_password
from tests.client.camera.mjpeg_server import MjpegServer


@pytest.fixture
def camera() -> Iterator[MjpegServer]:
    """A network camera."""
    server = MjpegServer()
    yield server
    server.stop()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Ten pictures at 20 a second, each lighter than the one before."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (64, 48))
    for number in range(10):
        writer.write(np.full((48, 64, 3), 20 + 20 * number, np.uint8))
    writer.release()
    return path


def read_to_end(source: StreamSource | ClipSource, levels: list[int] | None = None) -> None:
    """Reads until the source raises; notes how light each picture is."""
    for _ in range(300):
        frame = source.read()
        if frame is not None and levels is not None:
            levels.append(int(frame.image.mean()))


def test_mjpeg_over_http_gives_rgb_pictures(camera: MjpegServer) -> None:
    """The dot is yellow: red and green, no blue."""
    source = StreamSource(camera.address)
    frames = [source.read() for _ in range(5)]
    source.close()
    last = frames[-1]
    assert last is not None
    assert last.image.shape == (120, 160, 3)
    red, _green, blue = (int(last.image[:, :, channel].max()) for channel in range(3))
    assert red > 200
    assert blue < red - 40
    assert abs(time.monotonic() - last.monotonic_s) < 2


def test_f12_a_network_camera_that_hangs_up_is_lost(camera: MjpegServer) -> None:
    """F12: the stream ends, the sentence names the camera."""
    source = StreamSource(camera.address)
    assert source.read() is not None
    camera.broken.set()
    with pytest.raises(CameraLost, match="stopped sending"):
        read_to_end(source)
    source.close()


def test_f12_a_network_camera_that_falls_silent_is_lost_within_three_seconds(
    camera: MjpegServer,
) -> None:
    """F12: FFmpeg alone would wait for 30 s."""
    source = StreamSource(camera.address)
    assert source.read() is not None
    camera.silent.set()
    start_s = time.monotonic()
    with pytest.raises(CameraLost):
        read_to_end(source)
    source.close()
    assert time.monotonic() - start_s < 3.5


def test_no_network_camera_there_is_said_without_the_password() -> None:
    """The address is wrong."""
    with pytest.raises(CameraMissing) as caught:
        StreamSource("http://user:secret@127.0.0.1:9/x")
    assert "127.0.0.1:9" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_page_that_is_no_video_is_refused(camera: MjpegServer) -> None:
    """The server answers 404."""
    with pytest.raises(CameraMissing, match="gives no video"):
        StreamSource(camera.address.replace("/video", "/nothing"))


def test_opencv_without_ffmpeg_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """When OpenCV cannot, a sentence says so."""
    monkeypatch.setattr(cv2.videoio_registry, "hasBackend", lambda _backend: False)
    with pytest.raises(CameraMissing, match="FFmpeg"):
        StreamSource("rtsp://127.0.0.1/x")


def test_a_clip_plays_at_its_own_pace_and_ends(clip: Path) -> None:
    """Ten pictures at 20 a second take half a second."""
    source = ClipSource(clip, repeat=False)
    start_s = time.monotonic()
    levels: list[int] = []
    with pytest.raises(SourceEnded, match=r"clip\.avi is over"):
        read_to_end(source, levels)
    took_s = time.monotonic() - start_s
    source.close()
    assert levels == sorted(levels)
    assert 0.35 < took_s < 3.0


def test_a_clip_is_repeated_when_asked(clip: Path) -> None:
    """After the lightest picture comes the darkest again."""
    source = ClipSource(clip, repeat=True)
    levels = [int(frame.image.mean()) for _ in range(25) if (frame := source.read()) is not None]
    source.close()
    assert any(later < earlier - 60 for earlier, later in itertools.pairwise(levels))


def test_a_clip_skips_pictures_that_are_too_late(clip: Path) -> None:
    """A slow reader sees the picture of now, not a queue."""
    source = ClipSource(clip, repeat=False)
    first = source.read()
    source._start_s -= 0.25
    second = source.read()
    source.close()
    assert first is not None
    assert second is not None
    assert int(second.image.mean()) - int(first.image.mean()) > 60


def test_missing_devices_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence offers the cameras that are there."""
    (tmp_path / "video2").touch()
    (tmp_path / "video-controls").touch()
    monkeypatch.setattr(opencv, "DEVICES", tmp_path)
    monkeypatch.setattr(opencv.sys, "platform", "linux")
    with pytest.raises(CameraMissing, match=r"no camera 0.*camera:2"):
        DeviceSource(0)


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (errno.EBUSY, CameraBusy, "another program"),
        (errno.EACCES, CameraMissing, "group video"),
        (errno.ENODEV, CameraMissing, "cannot be opened"),
    ],
)
def test_f12_busy_forbidden_and_dead_devices_are_told_apart(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    kind: type[Exception],
    text: str,
) -> None:
    """F12: the system's own answer decides."""

    def fail(*_args: object) -> int:
        raise OSError(code, os.strerror(code))

    (tmp_path / "video0").touch()
    monkeypatch.setattr(opencv, "DEVICES", tmp_path)
    monkeypatch.setattr(opencv.sys, "platform", "linux")
    monkeypatch.setattr(opencv.os, "open", fail)
    with pytest.raises(kind, match=text):
        DeviceSource(0)


class FakeCapture:
    """A device that gives pictures until told otherwise."""

    def __init__(self, *_args: object) -> None:
        self.good = True
        self.released = False

    def set(self, *_args: object) -> None:
        """Takes any property."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Always: OpenCV says so of busy cameras too."""
        return True

    def read(self) -> tuple[bool, np.ndarray]:
        """A grey picture, as some infrared cameras give."""
        return self.good, np.full((48, 64), 90, np.uint8)

    def release(self) -> None:
        """Notes it."""
        self.released = True


def test_f12_a_device_that_opens_and_gives_nothing_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F12: another program has the stream."""
    capture = FakeCapture()
    capture.good = False
    (tmp_path / "video0").touch()
    monkeypatch.setattr(opencv, "DEVICES", tmp_path)
    monkeypatch.setattr(opencv.sys, "platform", "linux")
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_args: capture)
    with pytest.raises(CameraBusy, match="Another program"):
        DeviceSource(0)
    assert capture.released


def test_f12_a_device_that_stops_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F12: one failed read is nothing, ten in a row are."""
    capture = FakeCapture()
    (tmp_path / "video0").touch()
    monkeypatch.setattr(opencv, "DEVICES", tmp_path)
    monkeypatch.setattr(opencv.sys, "platform", "linux")
    monkeypatch.setattr(opencv, "FAILED_READ_PAUSE_S", 0.001)
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_args: capture)
    source = DeviceSource(0)
    frame = source.read()
    assert frame is not None
    assert frame.image.shape == (48, 64, 3)
    capture.good = False
    with pytest.raises(CameraLost, match="stopped"):
        source.read()
    source.close()
    assert capture.released


def test_addresses_are_shown_without_what_is_secret() -> None:
    """User, password and query go."""
    assert without_password("http://a:b@h:80/p?q=1") == "http://h:80/p"
