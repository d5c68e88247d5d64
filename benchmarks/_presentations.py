"""Pictures of faces as attackers hold them before a camera: a card that is turned, a telephone.

Made from photographs by geometry alone: 640x480, the face about 150 pixels wide. They stand in for
attacks nobody here can record; compression, reflections and hands are missing.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Image
from biometrics.geometry import Box

WIDTH, HEIGHT = 640, 480
FACE_PX = 150.0
FOCAL_PX = 700.0
DISTANCE_MM = 600.0
FACE_MM = FACE_PX * DISTANCE_MM / FOCAL_PX
_WALL = 96


def card(picture: Image, box: Box, *, yaw_deg: float, bend_mm: float = math.inf) -> Image:
    """A print held in the hand, turned to the side, before a grey wall.

    Args:
        picture: What is printed; about 2.2 widths of the face are cut out.
        box: The face in it.
        yaw_deg: How far the print is turned, positive to its own left.
        bend_mm: The radius it is bent round, as round a bottle; infinite for flat.
    """
    scale = FACE_MM / box.width
    half = 1.1 * FACE_MM
    angle = math.radians(yaw_deg)
    along = np.linspace(-half, half, 441)  # the print's own columns
    if math.isinf(bend_mm):
        across, depth = along, np.zeros_like(along)
    else:
        across = bend_mm * np.sin(along / bend_mm)
        depth = bend_mm * (np.cos(along / bend_mm) - 1)
    turned = across * math.cos(angle) + depth * math.sin(angle)
    zoom = FOCAL_PX / (DISTANCE_MM + across * math.sin(angle) - depth * math.cos(angle))
    columns = turned * zoom + WIDTH / 2
    # Where the print turns away from the camera, its columns run backwards: they are not seen.
    seen = np.gradient(columns) > 0
    wanted = np.arange(WIDTH)
    places = np.interp(wanted, columns[seen], along[seen], left=np.nan, right=np.nan)
    zooms = np.interp(wanted, columns[seen], zoom[seen])
    rows = (np.arange(HEIGHT)[:, None] - HEIGHT / 2) / zooms
    hidden = np.isnan(places)[None] | (np.abs(rows) > half)
    from_x = np.broadcast_to(np.nan_to_num(places) / scale + box.centre[0], rows.shape)
    from_y = rows / scale + box.centre[1]
    shown = _sampled(picture, np.where(hidden, -9, from_x), np.where(hidden, -9, from_y))
    return np.ascontiguousarray(shown, dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """How a telephone is held and seen.

    Args:
        pitch: Pixels of the camera for one of the screen.
        blur: Of the lens, standard deviation in pixels of the camera.
        tilt_deg: Leaning to the side.
        face_px: Width of the face in the frame. With 150 the edges are out of the frame's reach
            on a screen of `wide`, with 80 they are beside the face.
        wide: Width of the screen, in widths of the face.
        noise: Of the camera, standard deviation in grey levels.
    """

    pitch: float = 0.8
    blur: float = 0.5
    tilt_deg: float = 3.0
    face_px: float = FACE_PX
    wide: float = 2.4
    noise: float = 2.0


def telephone(picture: Image, box: Box, screen: Screen, *, seed: int = 0, fine: int = 4) -> Image:
    """A telephone that shows the picture, with its pixels of three stripes as a camera sees them.

    Args:
        picture: What it shows.
        box: The face in it.
        screen: How it is held.
        seed: Of the noise.
        fine: Samples a pixel of the camera, each way.
    """
    rows, columns = np.mgrid[0 : HEIGHT * fine, 0 : WIDTH * fine].astype(np.float32)
    columns = (columns + 0.5) / fine - WIDTH / 2
    rows = (rows + 0.5) / fine - HEIGHT / 2
    angle = math.radians(screen.tilt_deg)
    leaning = 1 + 0.0002 * columns
    u = (columns * math.cos(angle) + rows * math.sin(angle)) / leaning / screen.pitch
    v = (-columns * math.sin(angle) + rows * math.cos(angle)) / leaning / screen.pitch
    of_picture = box.width * screen.pitch / screen.face_px
    light = _sampled(
        picture,
        (np.floor(u) + 0.5) * of_picture + box.centre[0],
        (np.floor(v) + 0.5) * of_picture + box.centre[1],
    )
    glow = (light.astype(np.float32) / 255) ** 2.2 * _stripes(u, v)
    half = screen.wide * screen.face_px / screen.pitch / 2
    frame = 0.12 * screen.face_px / screen.pitch
    outside = np.abs(u) > half
    glow[outside] = 0.005
    glow[np.abs(u) > half + frame] = (_WALL / 255) ** 2.2
    if screen.blur:
        glow = np.asarray(cv2.GaussianBlur(glow, (0, 0), screen.blur * fine), dtype=np.float32)
    seen = glow.reshape(HEIGHT, fine, WIDTH, fine, 3).mean(axis=(1, 3))
    noise = np.random.default_rng(seed).normal(0, screen.noise, seen.shape)
    grey = np.clip(seen, 0, 1) ** (1 / 2.2) * 255 + noise
    return np.asarray(np.clip(np.round(grey), 0, 255), dtype=np.uint8)


def _stripes(u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of each colour a place on the screen gives off, mean 1: red, green, blue stripes."""
    gap = 0.15
    within, row = (u - np.floor(u)) * 3, v - np.floor(v)
    lit_row = (row > gap / 2) & (row < 1 - gap / 2)
    lit = [lit_row & (within > k + gap) & (within < k + 1 - gap / 2) for k in range(3)]
    mean = (1 - 1.5 * gap) / 3 * (1 - gap)
    return np.stack(lit, axis=2).astype(np.float32) / np.float32(mean)


def _sampled(picture: Image, x: NDArray[np.floating], y: NDArray[np.floating]) -> Image:
    """The picture at these places; the wall's grey outside of it."""
    shown = cv2.remap(
        picture,
        np.ascontiguousarray(x, dtype=np.float32),
        np.ascontiguousarray(y, dtype=np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(_WALL, _WALL, _WALL),
    )
    return np.asarray(shown, dtype=np.uint8)
