"""Stand-ins for detectors and encoders, made-up encodings, and the portraits packages ship."""

import importlib.util
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.encode import EncoderFailed
from biometrics.faces import ChipLayout, Detection, Encoding, Face, Image
from biometrics.gallery import Person, Template, unit_length
from biometrics.geometry import Box
from biometrics.quality import Quality

ENCODER = "made-up"


def package_file(package: str, *parts: str) -> Path:
    """A file of an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations))).joinpath(*parts)


HOPPER = package_file("matplotlib", "mpl-data", "sample_data", "grace_hopper.jpg")
COLLINS = package_file("skimage", "data", "astronaut.png")


def asked_beside(encode: Callable[[], object]) -> tuple[threading.Thread, list[EncoderFailed]]:
    """A thread that is at it already, and how the encoder failed there, once it did."""
    caught: list[EncoderFailed] = []

    def ask() -> None:
        try:
            encode()
        except EncoderFailed as error:
            caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    return asking, caught


class FakeDetector:
    """Finds what it is told to, and counts how often it was asked."""

    def __init__(self, *boxes: Box) -> None:
        self.boxes = boxes
        self.asked = 0
        self.near: tuple[Box, ...] = ()

    def detect(self, image: Image, near: Sequence[Box] = ()) -> list[Detection]:
        self.asked += 1
        self.near = tuple(near)
        return [Detection(box, 1.0) for box in self.boxes]


class FakeEncoder:
    """Encodes a chip as its mean colour, so that mirrors and order can be told."""

    fingerprint = ENCODER
    dimensions = 128
    engine = "made-up engine"
    note = ""
    layout: ChipLayout = "dlib-150"

    def __init__(self) -> None:
        self.encoded = 0
        self.closed = False

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        self.encoded += len(chips)
        rows = np.zeros((len(chips), self.dimensions))
        rows[:, 0] = [chip[:, :75].mean() / 128 for chip in chips]
        rows[:, 1] = [chip[:, 75:].mean() / 128 + 0.01 for chip in chips]
        return rows

    def close(self) -> None:
        self.closed = True


def frontal_landmarks(box: Box, *, nose_shift: float = 0.0) -> NDArray[np.float64]:
    """68 points inside the box, with eyes level and the nose's tip between them.

    `nose_shift` moves the tip sideways, in distances of the outer corners of the eyes.
    """
    points = np.tile(np.array(box.centre), (68, 1))
    eyes_y = box.top + 0.4 * box.height
    points[36] = (box.left + 0.2 * box.width, eyes_y)
    points[45] = (box.left + 0.8 * box.width, eyes_y)
    points[30] = (box.centre[0] + nose_shift * 0.6 * box.width, box.centre[1])
    return points


def made_face(box: Box, *, nose_shift: float = 0.0) -> Face:
    """A face of made-up landmarks."""
    return Face(box, frontal_landmarks(box, nose_shift=nose_shift), 1.0)


def good_quality(size_px: float = 120.0) -> Quality:
    """A quality without flaws."""
    return Quality(
        size_px=size_px,
        brightness=120.0,
        sharpness=0.4,
        yaw=2.0,
        cut_off=0.0,
        faces_in_view=1,
        strength=1.5,
        meter=0.8,
        flaws=(),
    )


class MadeUpPeople:
    """Encodings spread as dlib's are: a common part, a part of the person, and noise.

    Set so that different people lie about 0.57 apart as unit vectors, and single pictures of
    one person about 0.27, as measured on lfw-dev; raw lengths are about 1.4.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._common = self._direction()

    def _direction(self) -> Encoding:
        values = self._random.normal(size=128)
        unit: Encoding = values / np.linalg.norm(values)
        return unit

    def person(self) -> Encoding:
        """Where somebody's pictures lie round; unit length."""
        mean = 0.91 * self._common + 0.40 * self._direction()
        unit: Encoding = mean / np.linalg.norm(mean)
        return unit

    def picture(self, person: Encoding, noise: float = 0.19) -> Encoding:
        """The raw encoding of one picture of them."""
        raw: Encoding = 1.4 * (person + noise * self._direction())
        return raw


def made_person(subject_id: str, *encodings: Encoding, name: str | None = None) -> Person:
    """A person enrolled with these encodings."""
    return Person(
        subject_id=subject_id,
        display_name=name or subject_id.title(),
        templates=tuple(
            Template(encoding=encoding, sample_id=f"{subject_id}-{index}", encoder=ENCODER)
            for index, encoding in enumerate(encodings)
        ),
    )


DIMENSIONS = 128
_CENTRE = np.eye(DIMENSIONS)[0]


class Population:
    """Made-up people as near to each other as dlib's: directions round one centre.

    Strangers lie 0.46 +- 0.06 from their nearest of 400, pictures of one person 0.25 apart.
    """

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)

    def person(self) -> Encoding:
        """Somebody: 24 directions carry who they are, so that neighbours are common."""
        who = np.zeros(DIMENSIONS)
        who[1:25] = self.chance.normal(size=24) * 0.125
        return unit_length(_CENTRE + who)

    def picture(self, person: Encoding) -> Encoding:
        """A raw encoding of theirs."""
        noise = self.chance.normal(size=DIMENSIONS) * 0.19 / np.sqrt(DIMENSIONS)
        return unit_length(person + noise) * 1.4

    def people(self, means: Sequence[Encoding], samples: int = 3) -> list[Person]:
        """Everybody enrolled with that many samples."""
        return [
            made_person(f"p{number}", *[self.picture(mean) for _ in range(samples)])
            for number, mean in enumerate(means)
        ]
