"""Stands for the camera and the models: pictures whose first pixel says who is in them."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Face, Image
from biometrics.geometry import Box
from biometrics.quality import Flaw, FlawKind, Quality, QualityLimits
from biometrics.views import Views
from biometrics.vision import SeenFace, View
from biometrics.yardstick import DLIB
from client.camera.errors import SourceError
from client.camera.frames import Frame
from client.events import ClientEvent
from tests.support import wait_until

E = TypeVar("E")

FINGERPRINT = "fake/chip150/0123456789ab"
BOX = Box(200, 100, 350, 250)
NOBODY = 0
_NOISE = np.random.default_rng()
GRACE, EILEEN, POOR, SEVERAL, BAD_ENCODER, TURNED_LEFT = 10, 20, 30, 40, 50, 11


def picture(who: int, number: int = 0) -> Image:
    """A picture of somebody; two numbers give two different pictures of the same person."""
    image = np.full((480, 640, 3), 100, np.uint8)
    image[0, 0, 0] = who
    image[0, 1] = number % 250
    image[2, :, 0] = number % 251
    return image


def frame(who: int, number: int = 0, *, label: str | None = None) -> Frame:
    """A frame of now."""
    now_s = time.monotonic()
    return Frame(picture(who, number), time.time_ns() // 1_000_000, now_s, label, number)


def direction(who: int) -> NDArray[np.float64]:
    """The raw encoding of somebody: of length 1.4, at right angles to everybody else's."""
    encoding = np.zeros(128)
    encoding[who // 10] = 1.4
    return encoding


def quality(*flaws: Flaw, yaw: float = 0.0) -> Quality:
    """A quality with these flaws."""
    return Quality(
        size_px=150.0,
        brightness=120.0,
        sharpness=0.5,
        yaw=yaw,
        cut_off=0.0,
        faces_in_view=1,
        strength=1.0,
        meter=0.9,
        flaws=flaws,
    )


def seen(who: int, box: Box = BOX) -> SeenFace:
    """The face of a picture."""
    flaws: tuple[Flaw, ...] = ()
    if who == POOR:
        flaws = (Flaw(FlawKind.TOO_SMALL, 54, 80),)
    if who == SEVERAL:
        flaws = (Flaw(FlawKind.SEVERAL_FACES, 2, 1),)
    chip = np.full((150, 150, 3), who, np.uint8)
    yaw = 25.0 if who == TURNED_LEFT else 0.0
    return SeenFace(Face(box, np.zeros((68, 2)), 1.0), chip, quality(*flaws, yaw=yaw))


def view(*who: int) -> View:
    """A view with these faces."""
    faces = tuple(
        seen(each, Box(200 + 220 * index, 100, 350 + 220 * index, 250))
        for index, each in enumerate(who)
    )
    return View(faces, 0 if faces else None, 1.0)


class FakeEyes:
    """Sees who the first pixel names."""

    def __init__(self, *, fails: BaseException | None = None) -> None:
        self.fingerprint = FINGERPRINT
        self.engine = "fake engine"
        self.note = ""
        self.yardstick = DLIB
        self.fails = fails
        self.encoded: list[int] = []
        self.looked: list[int] = []
        self.followed: list[int] = []
        self.boxes: tuple[Box, ...] = ()
        self.limits: QualityLimits | None = None
        self.closed = threading.Event()

    def warm_up(self) -> None:
        """Nothing to load."""
        if self.fails is not None:
            raise self.fails

    def look(self, image: Image, *, limits: QualityLimits | None = None) -> View:
        """One face, two with SEVERAL, none with NOBODY."""
        who = int(image[0, 0, 0])
        self.looked.append(who)
        self.limits = limits
        found = View((), None, 1.0)
        if who != NOBODY:
            found = view(who, EILEEN) if who == SEVERAL else view(who)
        self.boxes = tuple(each.face.box for each in found.faces)
        return found

    def follow(self, image: Image) -> tuple[Box, ...]:
        """The boxes of the last look, 7 px further right with each frame."""
        self.followed.append(int(image[0, 0, 0]))
        self.boxes = tuple(box.moved(7, 0) for box in self.boxes)
        return self.boxes

    def encode(self, seen: SeenFace, views: Views = "probe") -> NDArray[np.float64]:
        """The direction of the person on the chip, with some noise: no two looks are the same."""
        who = int(seen.chip[0, 0, 0])
        self.encoded.append(who)
        if who == BAD_ENCODER:
            raise RuntimeError("the encoder has a fault of its own")
        assert views in ("one", "probe", "sample")
        return direction(who) + _NOISE.normal(scale=2e-3, size=128)

    def close(self) -> None:
        """Notes it."""
        self.closed.set()


class FakeSource:
    """A camera that shows whoever it is told to, 50 pictures a second.

    Faults: `frozen` repeats one picture, `blocked` lets `read()` wait, `error` is raised.
    """

    live = True

    def __init__(self, who: int = GRACE) -> None:
        self.who = who
        self.number = 0
        self.frozen = False
        self.black = False
        self.blocked = threading.Event()
        self.released = threading.Event()
        self.error: SourceError | None = None
        self.opened = 0
        self.closed = 0
        self.open_error: SourceError | None = None

    def open(self, _spec: str) -> "FakeSource":
        """Stands for `open_source`."""
        self.opened += 1
        if self.open_error is not None:
            raise self.open_error
        return self

    def read(self) -> Frame | None:
        """The next frame, or what goes wrong."""
        time.sleep(0.02)
        if self.blocked.is_set():
            self.released.wait(20)
        if self.error is not None:
            raise self.error
        if not self.frozen:
            self.number += 1
        shown = frame(self.who, self.number, label=f"person {self.who}")
        if self.black:
            shown.image[:] = 0
            shown.image[0, 1] = self.number % 250
        return shown

    def close(self) -> None:
        """Counts it."""
        self.closed += 1


class Collector:
    """Takes events from any thread and finds them again."""

    def __init__(self) -> None:
        self.events: list[ClientEvent] = []

    def __call__(self, event: ClientEvent) -> None:
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        """Every event of a kind, in order."""
        return [event for event in list(self.events) if isinstance(event, kind)]

    def wait_for(
        self,
        kind: type[E],
        condition: Callable[[E], bool] = lambda _event: True,
        *,
        timeout_s: float = 6.0,
    ) -> E:
        """The first event of a kind that fits, when it has come."""
        wait_until(
            lambda: any(condition(event) for event in self.of(kind)),
            timeout_s=timeout_s,
            what=f"a fitting {kind.__name__}",
        )
        return next(event for event in self.of(kind) if condition(event))
