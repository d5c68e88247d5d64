"""Small recordings to judge: portraits as videos, and what surrounds them."""

from pathlib import Path

import cv2
import numpy as np

from biometrics.faces import Image
from biometrics.geometry import Box

FACE = Box(110, 70, 210, 170)
"""Where every recording here has its face, if any: pictures of 320x300."""


def framed(picture: Image, box: Box) -> Image:
    """The picture moved and scaled so that its face lies in `FACE`."""
    scale = FACE.width / box.width
    move = [FACE.centre[0] - box.centre[0] * scale, FACE.centre[1] - box.centre[1] * scale]
    matrix = np.array([[scale, 0, move[0]], [0, scale, move[1]]], dtype=np.float64)
    moved = cv2.warpAffine(picture, matrix, (320, 300), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)


def bordered(picture: Image) -> Image:
    """The same with a frame on either side of the face, as that of a telephone: dark and bright."""
    shown = picture.copy()
    shown[:, 52:62] = shown[:, 258:268] = 15
    shown[:, 42:52] = shown[:, 268:278] = 235
    return shown


def write_video(path: Path, pictures: list[Image], *, fps: float = 15.0) -> Path:
    """A video of these frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height))
    for picture in pictures:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def write_picture(path: Path, picture: Image) -> Path:
    """A PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return path
