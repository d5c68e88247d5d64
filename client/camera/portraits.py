"""The two public-domain portraits that matplotlib and scikit-image ship, cut out for the demo.

Grace Hopper: `matplotlib/mpl-data/sample_data/grace_hopper.jpg` (U.S. Navy, public domain).
Eileen Collins: `skimage/data/astronaut.png` (NASA, public domain). Both packages are only asked
where they are installed, never imported: that would take a second.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from client.camera.errors import CameraMissing
from client.camera.frames import Image

FEATHER_PX = 3.0


@dataclass(frozen=True, slots=True)
class Portrait:
    """Where a portrait is found and what of it is the person.

    Attributes:
        key: As the source names it, `demo:KEY`.
        name: As the person is called.
        package: The package that ships the picture.
        path: Inside the package.
        outline: The person's outline in pixels of the picture, drawn by hand, clockwise.
        face: Left, top, right, bottom of the face (brow to chin, ear to ear) in its pixels.
        face_px: Width that the detector finds at scale 1, in pixels (HOG, measured).
    """

    key: str
    name: str
    package: str
    path: str
    outline: tuple[tuple[int, int], ...]
    face: tuple[int, int, int, int]
    face_px: int


def _points(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((int(x), int(y)) for x, y in (pair.split(",") for pair in text.split()))


PORTRAITS = (
    Portrait(
        key="grace-hopper",
        name="Grace Hopper",
        package="matplotlib",
        path="mpl-data/sample_data/grace_hopper.jpg",
        outline=_points(
            "10,600 28,500 46,402 60,380 120,354 188,327 192,305 174,280 162,252 154,206 "
            "160,168 160,148 153,120 157,95 179,84 181,70 202,49 255,26 308,34 342,60 "
            "353,85 366,91 370,130 364,155 375,186 373,210 358,258 360,284 340,306 330,318 "
            "346,336 400,353 460,376 490,397 500,430 506,500 511,600"
        ),
        face=(155, 132, 380, 338),
        face_px=215,
    ),
    Portrait(
        key="eileen-collins",
        name="Eileen Collins",
        package="skimage",
        path="data/astronaut.png",
        outline=_points(
            "18,512 22,420 32,330 46,276 72,251 112,236 124,218 116,192 126,167 158,152 "
            "186,153 184,138 174,119 158,102 157,76 167,52 192,32 230,17 261,24 283,43 "
            "296,70 298,95 287,116 276,127 268,145 258,176 288,193 303,225 302,243 330,258 "
            "350,290 359,332 361,420 340,512"
        ),
        face=(170, 62, 284, 190),
        face_px=97,
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A person without what stood behind.

    Attributes:
        portrait: Whose.
        colour: RGB, uint8, multiplied by the cover already.
        cover: uint8, the same shape: 255 where the person is, 0 where not, soft at the edge.
    """

    portrait: Portrait
    colour: Image
    cover: npt.NDArray[np.uint8]


def named(key: str) -> Portrait:
    """The portrait of that key or name.

    Raises:
        CameraMissing: There is none.
    """
    wanted = key.strip().lower().replace(" ", "-").replace("_", "-")
    for portrait in PORTRAITS:
        if portrait.key == wanted:
            return portrait
    known = ", ".join(portrait.key for portrait in PORTRAITS)
    raise CameraMissing(f"The demo has no portrait {key.strip()!r}. It has: {known}.")


def find(portrait: Portrait) -> Path:
    """The picture's file.

    Raises:
        CameraMissing: The package that ships it is not installed.
    """
    spec = importlib.util.find_spec(portrait.package)
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / portrait.path
    if path is None or not path.is_file():
        raise CameraMissing(
            f"The portrait of {portrait.name} is not installed. Install the requirements again:"
            " pip install -r requirements.txt"
        )
    return path


def cut_out(portrait: Portrait) -> Cutout:
    """Reads the portrait and cuts the person out of it.

    Raises:
        CameraMissing: The picture is not there or cannot be read.
    """
    import cv2

    path = find(portrait)
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise CameraMissing(f"The picture {path.name} of {portrait.name} cannot be read.")
    cover = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(cover, [np.array(portrait.outline, np.int32)], (255,))
    cover = cv2.GaussianBlur(cover, (0, 0), FEATHER_PX).astype(np.uint8)
    cover3 = cv2.cvtColor(cover, cv2.COLOR_GRAY2RGB).astype(np.uint8)
    colour = cv2.multiply(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), cover3, scale=1 / 255)
    return Cutout(portrait, colour.astype(np.uint8), cover3)
