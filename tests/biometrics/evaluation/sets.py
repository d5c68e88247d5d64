"""Small sets of pictures and stand-ins: a face is found where the picture is coloured."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from biometrics.evaluation.acquire import Acquired, Acquisition
from biometrics.evaluation.document import Document, Listing, Plot, Section, Table
from biometrics.evaluation.looking import Looker, ThreadLooker
from biometrics.evaluation.samples import Sample
from biometrics.evaluation.store import Seen
from biometrics.faces import Chip, Detection, Encoding, Image, Landmarks
from biometrics.geometry import Box
from tests.biometrics.support import FakeEncoder, frontal_landmarks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GREY = (128, 128, 128)


class ColourDetector:
    """One face in the middle of every picture that is not grey all over; two where it is blue."""

    def detect(self, image: Image) -> list[Detection]:
        middle = image.reshape(-1, 3).astype(int).mean(axis=0)
        if np.ptp(middle) < 8:
            return []
        height, width = image.shape[:2]
        box = Box(width // 4, height // 4, 3 * width // 4, 3 * height // 4)
        beside = [Detection(Box(0, 0, 20, 20), 0.5)] if middle[2] > middle[:2].max() else []
        return [Detection(box, 1.0), *beside]


class WholeAligner:
    """The chip is the whole picture, shrunk."""

    def landmarks(self, image: Image, box: Box) -> Landmarks:
        return frontal_landmarks(box)

    def chip(self, image: Image, landmarks: Landmarks) -> Chip:
        return np.asarray(Pillow.fromarray(image).resize((150, 150)), dtype=np.uint8)

    def second_chip(self, image: Image, box: Box) -> Chip:
        return self.chip(image, frontal_landmarks(box))


class ColourEncoder(FakeEncoder):
    """Encodes a chip as its colours left and right, so pictures of a colour lie together."""

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        rows = super().encode(chips) * 0
        for row, chip in zip(rows, chips, strict=True):
            row[:3] = chip.reshape(-1, 3).mean(axis=0) / 255
            row[3:6] = chip[:75].reshape(-1, 3).mean(axis=0) / 255
        return rows


def looker() -> ThreadLooker:
    """Finds faces by colour."""
    return ThreadLooker(lambda: Looker((ColourDetector(),), WholeAligner()))


def paint(
    path: Path, colour: tuple[int, int, int], *, seed: int = 0, size: tuple[int, int] = (80, 80)
) -> Path:
    """A picture of about that colour, different for every seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).normal(0, 12, (*size, 3))
    pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    Pillow.fromarray(pixels).save(path)
    return path


COLOURS = {
    "Ann": (200, 40, 40),
    "Bob": (40, 200, 40),
    "Cem": (200, 200, 40),
    "Dee": (200, 120, 40),
}


def small_set(folder: Path, *, pictures: int = 3) -> Path:
    """Four people of one colour each, in LFW's layout."""
    for name, colour in COLOURS.items():
        for number in range(1, pictures + 1):
            paint(folder / name / f"{name}_{number:04d}.png", colour, seed=number)
    return folder


def item(name: str, number: int, encoding: Sequence[float] | None, *, faces: int = 1) -> Acquired:
    """A picture that was looked at, with the same encoding for chip and mirror."""
    shown = f"{name}/{number}"
    row: Encoding | None = None if encoding is None else np.asarray(encoding, dtype=np.float64)
    seen = Seen(
        sha256=hashlib.sha256(shown.encode()).digest(),
        picture_hash=int.from_bytes(hashlib.sha256(shown.encode()).digest()[:8], "big"),
        width=80,
        height=60,
        faces=0 if row is None else faces,
        brightness=100.0,
        sharpness=0.3,
        face_px=40.0,
        yaw=3.0,
        straight=row,
        fused=row,
    )
    return Acquired(Sample(Path(shown), shown, name), seen)


def acquisition(*items: Acquired) -> Acquisition:
    """Pictures as if they had been looked at now."""
    return Acquisition(items, len(items), 1.0, {"read": 0.1, "encode": 0.5}, 2)


def small_document() -> Document:
    """A report with one of everything, which is soon drawn."""

    def draw(axes: "Axes") -> None:
        axes.plot([0, 1], [0, 1])

    section = Section(
        title="Part",
        sentences=("A sentence.",),
        tables=(Table("Table", ("a", "b"), (("1", "2"),), "A note."),),
        plots=(Plot("Plot", "plot", draw),),
        listings=(Listing("Files", 3, ("x.jpg",)),),
    )
    return Document(title="Small", summary=("In short.",), sections=(section,))


def at(degrees: float) -> list[float]:
    """A direction in the plane: two of them lie 2 sin(half the angle) apart."""
    angle = np.radians(degrees)
    return [float(np.cos(angle)), float(np.sin(angle))]
