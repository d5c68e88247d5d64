"""Tells a working camera from a frozen or dark one by its pictures alone. Pure: no clock.

OpenCV goes on returning the last picture of some cameras after they are unplugged. A real sensor
has noise: two pictures in a row are never the same to the last bit, so a repeated picture is no new
picture, is never looked at for faces, and becomes a fault when nothing else comes.
"""

import zlib
from dataclasses import dataclass

from client.camera.frames import Frame, Image
from client.events import CameraState

FROZEN_AFTER_S = 2.0
BLACK_AFTER_S = 2.0
# Mean grey level of 255. A covered webcam gives 0 to 3, a dark room with a lamp above 10.
BLACK_LEVEL = 4.0
# After a gap this long the first picture may have waited in the driver's buffer: it is not of now.
STALE_GAP_S = 1.0


@dataclass(frozen=True, slots=True)
class Use:
    """What one picture is good for.

    Attributes:
        show: It is new: the preview shows it.
        look: It is of now and there is light: faces are looked for in it.
    """

    show: bool
    look: bool


class Health:
    """Judges the pictures of one opened source, in order.

    Args:
        live: Whether the source is a device. A clip or a folder may repeat or be dark on purpose.
        after: Fingerprint of the last picture before the source was opened again: a frozen camera
            must not pass for a mended one.
    """

    def __init__(self, *, live: bool = True, after: int | None = None) -> None:
        self._live = live
        self.last_print = after
        self._last_s: float | None = None
        self._new_since_s = 0.0
        self._light_since_s = 0.0
        self.state = CameraState.STARTING

    def judge(self, frame: Frame) -> Use:
        """What the frame is good for; `state` is up to date afterwards."""
        now_s = frame.monotonic_s
        if not self._live:
            self.state = CameraState.OK
            return Use(show=True, look=True)
        first = self._last_s is None
        gap_s = 0.0 if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        if first:
            self._new_since_s = self._light_since_s = now_s
        new = self._is_new(frame.image)
        if new:
            self._new_since_s = now_s
        dark = is_black(frame.image)
        if not dark:
            self._light_since_s = now_s
        self.state = self._state(now_s)
        return Use(show=new, look=new and not dark and gap_s <= STALE_GAP_S)

    def _is_new(self, image: Image) -> bool:
        found = fingerprint(image)
        new = found != self.last_print
        self.last_print = found
        return new

    def _state(self, now_s: float) -> CameraState:
        if now_s - self._light_since_s >= BLACK_AFTER_S:
            return CameraState.BLACK
        if now_s - self._new_since_s >= FROZEN_AFTER_S:
            return CameraState.FROZEN
        return CameraState.OK


def fingerprint(image: Image) -> int:
    """The same number for the same picture; looks at every second line, about 0.1 ms at 640x480."""
    return zlib.crc32(image[::2].tobytes())


def is_black(image: Image) -> bool:
    """Whether there is practically no light in the picture (a sample of its pixels)."""
    return float(image[::8, ::8].mean()) < BLACK_LEVEL
