"""Pictures made worse in known steps: light, pose, blur, noise, occlusion, small size."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Image
from biometrics.geometry import Box

VERSION = 1
"""Part of the key of what is kept: raised when a change is drawn otherwise."""
SMALL_PX = 40
"""Width of the face in small pictures: half of what the detector's window needs."""
_NOISE = 20.0
_SHADE = 0.35

Change = Callable[[Image, Box], Image]
"""The picture and its face's box in; another picture out, the same every time."""


def dark(image: Image, _box: Box) -> Image:
    """A quarter of the light."""
    return _bytes(image.astype(np.float32) * 0.25)


def bright(image: Image, _box: Box) -> Image:
    """Twice the light: bright places burn out."""
    return _bytes(image.astype(np.float32) * 2.0)


def side_light(image: Image, box: Box) -> Image:
    """The left edge of the face at a third of the light, the right edge unchanged."""
    across = (np.arange(image.shape[1], dtype=np.float32) - box.left) / max(1, box.width)
    light = _SHADE + (1 - _SHADE) * np.clip(across, 0, 1)
    return _bytes(image * light[None, :, None])


def turned(image: Image, box: Box) -> Image:
    """A flat face turned by about 30 degrees: a stand-in for pose, milder than a real turn."""
    import cv2

    height, width = image.shape[:2]
    x, y = box.centre
    half_w, half_h = box.width / 2, box.height / 2
    corners = [(x - half_w, y - half_h), (x + half_w, y - half_h)]
    corners += [(x + half_w, y + half_h), (x - half_w, y + half_h)]
    # cos 30 of the width; the near edge grows and the far one shrinks as at three face widths.
    near, far, narrow = 1.09, 0.92, 0.87
    moved = [(x - narrow * half_w, y - near * half_h), (x + narrow * half_w, y - far * half_h)]
    moved += [(x + narrow * half_w, y + far * half_h), (x - narrow * half_w, y + near * half_h)]
    matrix = cv2.getPerspectiveTransform(
        np.array(corners, dtype=np.float32), np.array(moved, dtype=np.float32)
    )
    warped = cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, dtype=np.uint8)


def tilted(image: Image, box: Box) -> Image:
    """The head leant by 20 degrees."""
    import cv2

    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(box.centre, 20, 1.0)
    leant = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(leant, dtype=np.uint8)


def blurred(image: Image, box: Box) -> Image:
    """Out of focus: a Gaussian of 2 % of the face's width."""
    import cv2

    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(0.3, 0.02 * box.width)), dtype=np.uint8)


def noisy(image: Image, _box: Box) -> Image:
    """Noise of a standard deviation of 20 of 255 on every number."""
    chance = np.random.default_rng(0)
    return _bytes(image + chance.normal(0, _NOISE, image.shape))


def masked(image: Image, box: Box) -> Image:
    """The lower 45 % of the face behind a plain mask."""
    return _covered(image, box, 0.55, 1.0)


def sunglasses(image: Image, box: Box) -> Image:
    """A dark bar over the eyes."""
    return _covered(image, box, 0.18, 0.42, shade=20)


def small(image: Image, box: Box) -> Image:
    """The whole picture shrunk until the face is 40 px wide."""
    import cv2

    factor = min(1.0, SMALL_PX / max(1, box.width))
    size = (max(40, round(image.shape[1] * factor)), max(40, round(image.shape[0] * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


CHANGES: dict[str, Change] = {
    "a quarter of the light": dark,
    "twice the light": bright,
    "light from the side": side_light,
    "turned 30 degrees (flat)": turned,
    "leant 20 degrees": tilted,
    "blurred by 2 %": blurred,
    "noise of 20": noisy,
    "mask over mouth and nose": masked,
    "bar over the eyes": sunglasses,
    "face 40 px wide": small,
}
"""By their names in reports."""


def _covered(image: Image, box: Box, top: float, bottom: float, *, shade: int = 200) -> Image:
    height, width = image.shape[:2]
    inside = box.clipped(width, height)
    covered = image.copy()
    if inside is None:
        return covered
    first = max(0, round(box.top + top * box.height))
    last = max(0, round(box.top + bottom * box.height))
    covered[first:last, inside.left : inside.right] = shade
    return covered


def _bytes(values: NDArray[np.floating]) -> Image:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
