"""`demo:`, something real to see without a camera: people walk in, stand before it, and leave.

The scene is a function of the seed and the time alone, but for a noise of one level, so that a demo
that is started again is no replay to the server (`client.camera.grain`). Every visit lasts 4 s, of
which the first and the last half second are walking; then the doorway is empty for 1.5 s.
"""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from client.camera.frames import Frame, Image
from client.camera.grain import grained
from client.camera.opencv import now_frame
from client.camera.portraits import PORTRAITS, Cutout, cut_out, named

WIDTH, HEIGHT, FPS = 640, 480, 30.0
VISIT_S, WALK_S, EMPTY_S = 4.0, 0.5, 1.5
PERIOD_S = VISIT_S + EMPTY_S
# Width of the face as the HOG detector boxes it: near enough to be asked about, with room to move.
FACE_PX = (140.0, 172.0)
NOISE_LEVEL = 2.5
BLUR_SIGMA = 0.7
_NOISE_MEAN = 16


@dataclass(frozen=True, slots=True)
class Visit:
    """How one person comes, stands and goes; drawn from the seed and the visit's number."""

    cutout: Cutout
    from_left: bool
    scale: float
    centre_x: float
    top_y: float
    sway_px: float
    sway_s: float
    tilt_deg: float
    light: float
    warmth: float


class DemoScene:
    """Draws the scene at any time.

    Args:
        keys: Who visits, in turn.
        seed: Another seed is another way of moving, standing and lighting.

    Raises:
        CameraMissing: There is no such portrait.
    """

    def __init__(self, keys: tuple[str, ...], *, seed: int = 0) -> None:
        import cv2

        self._cv2: Any = cv2
        self._seed = seed
        self._people = tuple(cut_out(named(key)) for key in keys)
        rng = np.random.default_rng((seed, 1))
        self._background = _lobby(cv2)
        tall, wide = HEIGHT + 64, WIDTH + 64
        noise = rng.normal(_NOISE_MEAN, NOISE_LEVEL, (tall, wide, 3))
        self._noise = np.clip(np.rint(noise), 0, 255).astype(np.uint8)
        self._visit: tuple[int, Visit] | None = None

    def at(self, time_s: float) -> tuple[Image, str | None]:
        """The picture, RGB (480, 640, 3), and the name of the person whose face is in it."""
        number, inside_s = divmod(time_s, PERIOD_S)
        image = self._background
        label = None
        light, warmth, speed = 1.0, 0.0, 0.0
        if inside_s < VISIT_S:
            visit = self._visit_of(int(number))
            placed, speed = _placed(visit, inside_s)
            image = self._with_person(visit.cutout, placed)
            if _face_in_view(visit.cutout, placed):
                label = visit.cutout.portrait.name
            light, warmth = visit.light, visit.warmth
        return self._as_camera(image, time_s, light, warmth, speed), label

    def _visit_of(self, number: int) -> Visit:
        if self._visit is None or self._visit[0] != number:
            self._visit = (number, self._draw_visit(number))
        return self._visit[1]

    def _draw_visit(self, number: int) -> Visit:
        rng = np.random.default_rng((self._seed, 2, number))
        cutout = self._people[number % len(self._people)]
        return Visit(
            cutout=cutout,
            from_left=bool(rng.integers(2)),
            scale=float(rng.uniform(*FACE_PX)) / cutout.portrait.face_px,
            centre_x=WIDTH / 2 + float(rng.uniform(-60, 60)),
            top_y=float(rng.uniform(120, 150)),
            sway_px=float(rng.uniform(1.5, 4.0)),
            sway_s=float(rng.uniform(2.2, 3.6)),
            tilt_deg=float(rng.uniform(-2.5, 2.5)),
            light=float(rng.uniform(0.85, 1.08)),
            warmth=float(rng.uniform(-5.0, 5.0)),
        )

    def _with_person(self, cutout: Cutout, placed: npt.NDArray[np.float64]) -> Image:
        """The person over the background: colours are multiplied by the cover already."""
        cv2 = self._cv2
        size = (WIDTH, HEIGHT)
        colour = cv2.warpAffine(cutout.colour, placed, size)
        cover = cv2.warpAffine(cutout.cover, placed, size)
        behind = cv2.multiply(self._background, cv2.bitwise_not(cover), scale=1 / 255)
        mixed: Image = cv2.add(colour, behind)
        return mixed

    def _as_camera(
        self, image: Image, time_s: float, light: float, warmth: float, speed: float
    ) -> Image:
        """Blur of the lens and of the walk, light with a slow flicker, noise of the sensor."""
        cv2 = self._cv2
        soft = cv2.GaussianBlur(image, (3, 3), BLUR_SIGMA)
        reach = int(speed / FPS * 0.5) | 1  # the shutter is open half of the time
        if reach > 1:
            soft = cv2.blur(soft, (reach, 1))
        frame = int(time_s * FPS)
        x, y = (frame * 37 + frame // 7) % 64, (frame * 23 + frame // 11) % 64
        noise = self._noise[y : y + HEIGHT, x : x + WIDTH]
        gain = light * (1.0 + 0.015 * math.sin(time_s * 1.7))
        lit = cv2.addWeighted(soft, gain, noise, 1.0, -_NOISE_MEAN)
        result: Image = cv2.add(lit, (max(warmth, 0.0), 0.0, max(-warmth, 0.0), 0.0))
        return result


def _placed(visit: Visit, inside_s: float) -> tuple[npt.NDArray[np.float64], float]:
    """The affine transform (2, 3) of the portrait into the frame, and speed in pixels a second."""
    portrait = visit.cutout.portrait
    left, top, right, bottom = portrait.face
    away = WIDTH / 2 + 0.62 * visit.cutout.colour.shape[1] * visit.scale
    side = -1.0 if visit.from_left else 1.0
    if inside_s < WALK_S:
        share = inside_s / WALK_S
        offset, slope = side * away * (1 - share) ** 2, 2 * (1 - share)
    elif inside_s > VISIT_S - WALK_S:
        share = (inside_s - VISIT_S + WALK_S) / WALK_S
        offset, slope = -side * away * share**2, 2 * share
    else:
        offset, slope = 0.0, 0.0
    phase = 2 * math.pi * inside_s / visit.sway_s
    centre_x = visit.centre_x + offset + visit.sway_px * math.sin(phase)
    centre_y = visit.top_y + (bottom - top) / 2 * visit.scale
    centre_y += 0.6 * visit.sway_px * math.sin(phase * 1.3) + 5.0 * slope * math.sin(inside_s * 14)
    scale = visit.scale * (1.0 + 0.012 * math.sin(phase * 0.7))
    angle = math.radians(visit.tilt_deg + 0.8 * math.sin(phase * 0.9))
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    from_x, from_y = (left + right) / 2, (top + bottom) / 2
    placed = np.array(
        [
            [cos, -sin, centre_x - cos * from_x + sin * from_y],
            [sin, cos, centre_y - sin * from_x - cos * from_y],
        ]
    )
    return placed, abs(slope * away / WALK_S)


def _face_in_view(cutout: Cutout, placed: npt.NDArray[np.float64]) -> bool:
    left, top, right, bottom = cutout.portrait.face
    corners = np.array([[left, right, right, left], [top, top, bottom, bottom], [1, 1, 1, 1]])
    x, y = placed @ corners
    return bool(x.min() >= 0 and x.max() < WIDTH and y.min() >= 0 and y.max() < HEIGHT)


def _lobby(cv2: Any) -> Image:
    """A wall with a window's light, a door, a picture and a plant, out of focus."""
    wall = np.linspace(206, 168, WIDTH)[None, :, None] * np.array([0.96, 0.95, 0.90])
    image = np.repeat(wall, HEIGHT, axis=0).astype(np.uint8)
    cv2.rectangle(image, (0, 400), (WIDTH, HEIGHT), (128, 112, 96), -1)
    cv2.rectangle(image, (0, 392), (WIDTH, 402), (222, 220, 214), -1)
    cv2.rectangle(image, (455, 70), (598, 470), (120, 92, 66), -1)
    cv2.rectangle(image, (468, 84), (585, 470), (142, 110, 80), -1)
    cv2.circle(image, (484, 290), 6, (210, 190, 120), -1)
    cv2.rectangle(image, (40, 60), (170, 170), (235, 240, 244), -1)
    cv2.rectangle(image, (50, 70), (160, 160), (176, 205, 226), -1)
    cv2.line(image, (105, 70), (105, 160), (235, 240, 244), 5)
    for angle in range(-60, 61, 15):
        tip = (70 + int(70 * math.sin(math.radians(angle))), 330 - 40 - abs(60 - abs(angle)))
        cv2.line(image, (70, 372), tip, (74, 112, 66), 9)
    cv2.rectangle(image, (46, 366), (94, 430), (150, 96, 70), -1)
    blurred: Image = cv2.GaussianBlur(image, (0, 0), 4.0)
    return blurred


class DemoSource:
    """The scene thirty times a second, as a camera gives it.

    Args:
        names: Keys with commas between; empty shows everybody in turn.
        seed: See `DemoScene`.

    Raises:
        CameraMissing: There is no such portrait.
    """

    live = True

    def __init__(self, names: str = "", *, seed: int = 0) -> None:
        keys = tuple(name for name in names.split(",") if name.strip())
        self._scene = DemoScene(keys or tuple(each.key for each in PORTRAITS), seed=seed)
        self._rng = np.random.default_rng()
        self._start_s = time.monotonic()
        self._next = 0

    def read(self) -> Frame | None:
        """The frame that is due next; frames that are too late are left out."""
        late = int((time.monotonic() - self._start_s) * FPS)
        number = max(self._next, late)
        self._next = number + 1
        due_s = self._start_s + number / FPS
        time.sleep(max(due_s - time.monotonic(), 0.0))
        image, label = self._scene.at(number / FPS)
        return now_frame(grained(image, self._rng), number, label)

    def close(self) -> None:
        """Nothing is held."""
