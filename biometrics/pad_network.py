"""A network of the user's own that tells live faces from pictures: a MiniFASNet-style ONNX file.

Such networks look at a square round the face, somewhat or much larger than it, and answer one
number a class, of which one class is live. The files do not say which, how large the square is,
or how they want their pixels: `recipe_for` guesses from the size of the input and the file's name
what the two usual families want, and every part can be given instead.
"""

import enum
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Face, Image, require_image
from biometrics.geometry import Box
from biometrics.network_file import may_begin
from biometrics.onnx_session import RuntimeRefused, open_session, run
from biometrics.passive_liveness import Passive, PassiveReason, judged

MOST_BYTES = 200 << 20
"""The usual ones have 0.6 to 2 MB; one this large would stall every frame."""
LIMIT = 0.5
"""Taken for a picture from this share of not being live on."""
SIDES_PX = range(32, 513)
_CROP_IN_NAME = re.compile(r"(?<![\d.])([1-9](?:\.\d+)?)_(?:\d+x)?(\d{2,3})(?!\d)")
"""The usual names tell it: "2.7_80x80_MiniFASNetV2", "AntiSpoofing_print-replay_1.5_128"."""


class PadRefused(RuntimeError):  # noqa: N818 - named for what happened
    """Raised when a file is no network that judges faces; the message is for the operator."""


class Pixels(enum.StrEnum):
    """How a network wants its pixels: order of colours, and 0 to 1 or 0 to 255."""

    RGB_1 = "rgb-1"
    RGB_255 = "rgb-255"
    BGR_1 = "bgr-1"
    BGR_255 = "bgr-255"


@dataclass(frozen=True, slots=True, kw_only=True)
class PadRecipe:
    """How to ask a network.

    Args:
        live_class: Which of its answers is the live one, from 0.
        crop: Side of the square it sees, in sides of the face's box.
        pixels: How it wants them.
    """

    live_class: int
    crop: float
    pixels: Pixels


SILENT_FACE = PadRecipe(live_class=1, crop=2.7, pixels=Pixels.BGR_255)
"""Input 80x80, three classes: the "Silent-Face" family."""
PRINT_REPLAY = PadRecipe(live_class=0, crop=1.5, pixels=Pixels.RGB_1)
"""Input 128x128, live first: live, print, replay, or live and not."""


def recipe_for(side_px: int, name: str) -> PadRecipe:
    """What a network with this input and file name usually wants."""
    family = SILENT_FACE if side_px == 80 else PRINT_REPLAY
    found = _CROP_IN_NAME.search(name)
    if found and int(found[2]) == side_px:
        return replace(family, crop=float(found[1]))
    return family


class OnnxPad:
    """A network from a file as a `PassiveCheck`. The file is read and tried at once.

    Args:
        path: The ONNX file.
        live_class, crop, pixels: As in `PadRecipe`; None for what `recipe_for` guesses.
        threads: As `open_session`.

    Raises:
        PadRefused: The file cannot be read or is no such network; the message says why.
    """

    def __init__(
        self,
        path: Path,
        *,
        live_class: int | None = None,
        crop: float | None = None,
        pixels: Pixels | None = None,
        threads: int | None = None,
    ) -> None:
        model = _read(path)
        try:
            self._session: Any = open_session(model, threads=threads)
            self._into, self._side_px = _input(self._session)
        except RuntimeRefused as error:
            raise PadRefused(f"{path.name} is no liveness network: {error}.") from error
        usual = recipe_for(self._side_px, path.stem)
        self.recipe = PadRecipe(
            live_class=usual.live_class if live_class is None else live_class,
            crop=usual.crop if crop is None else crop,
            pixels=usual.pixels if pixels is None else pixels,
        )
        if not 1 <= self.recipe.crop <= 10:
            raise PadRefused(f"The square round the face is 1 to 10 of its sides, not {crop}.")
        self.name = path.name
        grey = np.full((self._side_px, self._side_px, 3), 128, dtype=np.uint8)
        classes = len(self._shares(grey))
        if not 0 <= self.recipe.live_class < classes:
            raise PadRefused(
                f"{path.name} answers {classes} classes, 0 to {classes - 1}: "
                f"class {self.recipe.live_class}, which should be the live one, is not among them."
            )

    def judge(self, image: Image, face: Face) -> Passive:
        """Whether the network takes the face for live; about 5 ms.

        Raises:
            PadRefused: The network failed, or its answer is not finite.
            ValueError: Not an RGB picture of bytes.
        """
        require_image(image)
        square = square_round(image, face.box, self.recipe.crop)
        shrinks = square.shape[0] > self._side_px
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        sized = cv2.resize(square, (self._side_px, self._side_px), interpolation=how)
        live = float(self._shares(np.asarray(sized, dtype=np.uint8))[self.recipe.live_class])
        return judged({PassiveReason.MODEL.value: (1 - live) / LIMIT})

    def _shares(self, picture: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The share of each class, together 1."""
        pixels = picture.astype(np.float32)
        if self.recipe.pixels in (Pixels.BGR_1, Pixels.BGR_255):
            pixels = pixels[:, :, ::-1]
        if self.recipe.pixels in (Pixels.RGB_1, Pixels.BGR_1):
            pixels = pixels / np.float32(255)
        planes = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        try:
            answer = np.asarray(run(self._session, **{self._into: planes}), dtype=np.float64)
        except (RuntimeRefused, TypeError, ValueError) as error:
            raise PadRefused(f"{self.name} cannot be used: {error}.") from error
        if answer.ndim != 2 or answer.shape[0] != 1 or not 2 <= answer.shape[1] <= 16:
            raise PadRefused(
                f"{self.name} is no liveness network: for one face it answers {answer.shape}, "
                "not one row with a number a class."
            )
        if not np.isfinite(answer).all():
            raise PadRefused(f"{self.name} gave numbers that are none.")
        row: NDArray[np.float64] = answer[0]
        if (row >= 0).all() and abs(float(row.sum()) - 1) < 1e-3:
            return row
        powers = np.exp(row - row.max())
        shares: NDArray[np.float64] = powers / powers.sum()
        return shares


def square_round(image: Image, box: Box, crop: float) -> Image:
    """The square with the box in its middle, `crop` times as large; black outside the picture."""
    side = max(1, round(crop * max(box.width, box.height)))
    left, top = round(box.centre[0] - side / 2), round(box.centre[1] - side / 2)
    height, width = image.shape[:2]
    inside = Box(left, top, left + side, top + side).clipped(width, height)
    square = np.zeros((side, side, 3), dtype=np.uint8)
    if inside is not None:
        rows = slice(inside.top - top, inside.bottom - top)
        square[rows, inside.left - left : inside.right - left] = image[
            inside.top : inside.bottom, inside.left : inside.right
        ]
    return square


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise PadRefused(f"{path.name} is larger than any liveness network.")
        model = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise PadRefused(f"The liveness network {path.name} cannot be read: {reason}.") from error
    if not may_begin(model):
        raise PadRefused(f"{path.name} is no liveness network: it is no ONNX file.")
    return model


def _input(session: Any) -> tuple[str, int]:
    """The name of the network's input, and the side of the square it takes.

    Raises:
        RuntimeRefused: It takes something else.
    """
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
        raise RuntimeRefused("it does not take one picture of floats")
    count, colours, height, width = inputs[0].shape
    fits = isinstance(height, int) and height == width and height in SIDES_PX
    if not fits or colours != 3 or (isinstance(count, int) and count != 1):
        raise RuntimeRefused(f"it takes {inputs[0].shape}, not one square colour picture")
    return str(inputs[0].name), int(height)
