"""Devices, streams and clips, through OpenCV's `VideoCapture`: the one module that touches it.

A capture belongs to the thread that opened it. `read()` may block for as long as a driver likes;
who must not wait runs it in a thread of its own (`client.camera.capture`).
"""

import errno
import os
import re
import sys
import time
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np

from client.camera.errors import CameraBusy, CameraLost, CameraMissing, SourceEnded
from client.camera.frames import Frame, Image
from client.camera.grain import grained

DEVICES = Path("/dev")
# FFmpeg's own limits are 30 s each; the camera must be called lost after 3.
OPEN_TIMEOUT_MS = 4000
READ_TIMEOUT_MS = 2500
# A clip without a frame rate in its header (some MJPEG files) is played at this one.
DEFAULT_FPS = 25.0
# Failed reads of a device in a row before it is lost: some webcams miss a picture now and then.
FAILED_READS = 10
FAILED_READ_PAUSE_S = 0.05


def now_frame(image: Image, number: int, label: str | None = None) -> Frame:
    """A frame taken at this moment."""
    return Frame(image, time.time_ns() // 1_000_000, time.monotonic(), label, number)


class DeviceSource:
    """A camera of this computer, `camera:N`.

    Raises:
        CameraMissing: There is no such device.
        CameraBusy: It is there and gives nothing.
    """

    live = True

    def __init__(self, index: int) -> None:
        cv2 = _opencv()
        path = DEVICES / f"video{index}"
        if sys.platform.startswith("linux"):
            _check_device(index, path)
        self._name = f"Camera {index}"
        self._capture = cv2.VideoCapture(index)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._number = 0
        if not self._capture.isOpened() or not self._capture.read()[0]:
            self._capture.release()
            if sys.platform.startswith("linux"):
                raise CameraBusy(
                    f"Camera {index} gives no picture. Another program may be using it: close"
                    " that program, or plug the camera out and in."
                )
            raise CameraMissing(
                f"Camera {index} cannot be opened. Plug it in, allow this program to use cameras"
                " in the system's privacy settings, or choose another one."
            )

    def read(self) -> Frame | None:
        """The next picture, or None when this one failed.

        Raises:
            CameraLost: Several failed in a row.
        """
        for _attempt in range(FAILED_READS):
            good, picture = self._capture.read()
            if good:
                self._number += 1
                return now_frame(_to_rgb(picture), self._number)
            time.sleep(FAILED_READ_PAUSE_S)
        raise CameraLost(f"{self._name} stopped giving pictures. Plug it in again.")

    def close(self) -> None:
        """Gives the device back."""
        self._capture.release()


class StreamSource:
    """A camera of the network, `rtsp://...` or `http://...`.

    Raises:
        CameraMissing: Nothing answers there, or OpenCV cannot read what does.
    """

    live = True

    def __init__(self, address: str) -> None:
        cv2 = _opencv()
        self._shown = without_password(address)
        if not cv2.videoio_registry.hasBackend(cv2.CAP_FFMPEG):
            raise CameraMissing(
                "This installation of OpenCV cannot read network cameras (it has no FFmpeg)."
                " Install the package opencv-python-headless again, or use another camera."
            )
        self._capture = cv2.VideoCapture(
            address,
            cv2.CAP_FFMPEG,
            [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                OPEN_TIMEOUT_MS,
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                READ_TIMEOUT_MS,
            ],
        )
        self._number = 0
        if not self._capture.isOpened():
            self._capture.release()
            raise CameraMissing(
                f"{self._shown} gives no video. Check the address, that the camera is switched on,"
                " and its user name and password."
            )

    def read(self) -> Frame | None:
        """The next picture.

        Raises:
            CameraLost: The stream broke.
        """
        good, picture = self._capture.read()
        if not good:
            raise CameraLost(f"{self._shown} stopped sending. It is tried again every second.")
        self._number += 1
        return now_frame(_to_rgb(picture), self._number)

    def close(self) -> None:
        """Ends the stream."""
        self._capture.release()


class ClipSource:
    """A video file, `file:clip.mp4`, at the pace it was recorded.

    Args:
        path: The file.
        repeat: Whether it starts again at its end.

    Raises:
        CameraMissing: There is no such file, or OpenCV cannot read it.
    """

    live = False

    def __init__(self, path: Path, *, repeat: bool) -> None:
        cv2 = _opencv()
        if not path.is_file():
            raise CameraMissing(f"There is no file {path}. Choose another clip.")
        self._path = path
        self._repeat = repeat
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        rate = float(self._capture.get(cv2.CAP_PROP_FPS)) if self._capture.isOpened() else 0.0
        self._period_s = 1.0 / rate if 1.0 <= rate <= 240.0 else 1.0 / DEFAULT_FPS
        self._number = 0
        self._in_clip = 0
        self._rng = np.random.default_rng()
        self._start_s = time.monotonic()
        if not self._capture.isOpened():
            self._capture.release()
            raise CameraMissing(f"{path} is not a video this program can read. Try an MP4 or AVI.")

    def read(self) -> Frame | None:
        """The next picture when its moment has come; pictures that are too late are skipped.

        Raises:
            SourceEnded: The clip is over and is not repeated.
            CameraLost: Not a single picture of it can be read.
        """
        self._skip_late()
        good, picture = self._capture.read()
        if not good:
            self._begin_again()
            return None
        due_s = self._start_s + self._in_clip * self._period_s
        self._in_clip += 1
        self._number += 1
        shown = grained(_to_rgb(picture), self._rng)
        time.sleep(min(max(due_s - time.monotonic(), 0.0), 1.0))
        return now_frame(shown, self._number)

    def _skip_late(self) -> None:
        behind = int((time.monotonic() - self._start_s) / self._period_s) - self._in_clip
        for _ in range(min(behind, 1000)):
            if not self._capture.grab():
                return
            self._in_clip += 1

    def _begin_again(self) -> None:
        if self._number == 0:
            raise CameraLost(f"No picture of {self._path} can be read. Try another clip.")
        if not self._repeat:
            raise SourceEnded(over(self._path.name))
        cv2 = _opencv()
        self._capture.release()
        self._capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        self._in_clip = 0
        self._start_s = time.monotonic()

    def close(self) -> None:
        """Closes the file."""
        self._capture.release()


def without_password(address: str) -> str:
    """The address without user name, password and query: what may be shown and logged."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


_PLUG_IN = "Plug one in, or choose another one in the settings."


def no_camera(index: int, others: str = "") -> str:
    """Why this camera cannot be opened, and what to do.

    Args:
        index: Which.
        others: Those that are there, as one text.
    """
    cure = f"Choose another one in the settings: {others}." if others else _PLUG_IN
    return f"There is no camera {index}. {cure}"


def over(name: str) -> str:
    """What is said at the end of a clip that is not repeated."""
    return f"{name} is over."


def in_use(index: int) -> str:
    """Why this camera gives nothing to this program."""
    return f"Camera {index} is used by another program. Close that program."


def _check_device(index: int, path: Path) -> None:
    """Asks the system itself, whose answers are clearer than `isOpened() == False`."""
    if not path.exists():
        found = sorted(
            int(name[1])
            for entry in DEVICES.glob("video*")
            if (name := re.fullmatch(r"video(\d+)", entry.name))
        )
        others = ", ".join(f"camera:{number}" for number in found)
        raise CameraMissing(no_camera(index, others))
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise CameraBusy(in_use(index)) from error
        if error.errno in (errno.EACCES, errno.EPERM):
            raise CameraMissing(
                f"This user may not use camera {index}. Add the user to the group video and log in"
                " again."
            ) from error
        raise CameraMissing(f"Camera {index} cannot be opened: {error.strerror}.") from error


def _to_rgb(picture: np.ndarray) -> Image:
    """OpenCV gives BGR, some devices grey."""
    cv2 = _opencv()
    code = cv2.COLOR_GRAY2RGB if picture.ndim == 2 else cv2.COLOR_BGR2RGB
    return cast("Image", cv2.cvtColor(picture, code))


_loaded: Any = None


def _opencv() -> Any:
    """OpenCV, imported when the first source needs it, with its own messages switched off."""
    global _loaded  # noqa: PLW0603 - a module is loaded once
    if _loaded is None:
        os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
        import cv2

        # The environment is too late when something else imported it first.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        _loaded = cv2
    return _loaded
