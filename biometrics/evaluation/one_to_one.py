"""Verification of two pictures: do they show the same person?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from biometrics.faces import Image
from biometrics.gallery import unit_length
from biometrics.pictures import read_picture
from biometrics.quality import PHOTO, QualityLimits, assess
from biometrics.vision import PhotoRefused, PhotoSample
from biometrics.yardstick import DLIB, Yardstick

THRESHOLD = DLIB.same_person
"""A search among many people needs the smaller limits of `biometrics.identify`."""
ANY_QUALITY = QualityLimits(
    min_size_px=0,
    min_brightness=0,
    max_brightness=255,
    min_sharpness=0,
    max_yaw_deg=90,
    max_cut_off=1,
    max_faces=1,
)
"""Poor pictures are compared all the same, with a word about it; two faces are refused, because
nobody knows which is meant."""

_NOT_MEASURED = (
    "This face model was not calibrated: the limit is a cautious one of other such models. "
    "Calibrate it, or give --threshold."
)


class NotComparable(Exception):  # noqa: N818 - named for what happened
    """Raised when a picture cannot be compared; the text names it and says why."""


class Taker(Protocol):
    """What takes a picture's face: `biometrics.vision.Vision`, or a stand-in."""

    @property
    def yardstick(self) -> Yardstick:
        """What its numbers mean."""
        ...

    def enrol_photo(
        self, image: Image, *, limits: QualityLimits = PHOTO
    ) -> PhotoSample | PhotoRefused:
        """The one face of the picture, or why there is none."""
        ...

    def close(self) -> None:
        """Frees what it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome of one comparison.

    Args:
        distance: Between the unit templates; lower is nearer.
        threshold: Accepted at most.
        warnings: What makes a picture poor, a sentence each.
    """

    distance: float
    threshold: float
    warnings: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the pictures are taken for one person."""
        return self.distance <= self.threshold

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        verdict = "The same person" if self.same else "Not the same person"
        return f"{verdict}: distance {self.distance:.3f}, the limit is {self.threshold:.2f}."

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "same": self.same,
            "distance": round(self.distance, 4),
            "threshold": self.threshold,
            "warnings": list(self.warnings),
            "reason": self.sentence,
        }


def compare(
    left: Path, right: Path, vision: Taker, *, threshold: float | None = None
) -> Comparison:
    """Compares the faces of two pictures.

    Args:
        left: A picture with one face.
        right: Another, in either order.
        vision: Takes the faces.
        threshold: Accepted at most; None for the encoder's own.

    Raises:
        NotComparable: A picture shows no face, or several.
        PictureError: A picture cannot be read.
        EncoderFailed: As the encoder.
    """
    samples, warnings = [], []
    for path in (left, right):
        image = read_picture(path)
        taken = vision.enrol_photo(image, limits=ANY_QUALITY)
        if isinstance(taken, PhotoRefused):
            raise NotComparable(f"{path.name}: {taken.reason}")
        samples.append(unit_length(taken.encoding))
        warnings += [f"{path.name}: {flaw}" for flaw in _flaws(image, taken)]
    distance = float(np.linalg.norm(samples[0] - samples[1]))
    if threshold is None:
        threshold = vision.yardstick.same_person
        if not vision.yardstick.measured:
            warnings.append(_NOT_MEASURED)
    return Comparison(distance, threshold, tuple(warnings))


def _flaws(image: Image, taken: PhotoSample) -> list[str]:
    seen = taken.seen
    judged = assess(image, seen.face, seen.chip, faces_in_view=1, limits=PHOTO)
    return [f"{flaw.sentence()}." for flaw in judged.flaws]
