"""Verification of two pictures: do they show the same person?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from biometrics.faces import Image
from biometrics.gallery import Gallery, Person, Template
from biometrics.pictures import read_picture
from biometrics.quality import PHOTO, QualityLimits, assess
from biometrics.quality_modes import ANY_QUALITY
from biometrics.verify import VerificationPolicy, fit_verification, verify
from biometrics.vision import PhotoRefused, PhotoSample
from biometrics.yardstick import Yardstick

TARGET_FMR = 0.001
"""Of a thousand pairs of strangers one is taken for one person, at most; the limit follows."""

_NOBODY = Gallery.of((), "picture")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The outcome of one comparison.

    Args:
        distance: Between the unit templates; lower is nearer.
        threshold: Accepted at most.
        same: Whether the pictures are taken for one person.
        policy: What the threshold followed from; None where it was given.
        warnings: What makes a picture poor, a sentence each.
    """

    distance: float
    threshold: float
    same: bool
    policy: VerificationPolicy | None = None
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        verdict = "The same person" if self.same else "Not the same person"
        text = f"{verdict}: distance {self.distance:.3f}, the limit is {self.threshold:.3f}"
        if self.policy is None:
            return f"{text}."
        return (
            f"{text}, at which about {10_000 * self.policy.fmr:.3g} of 10,000 strangers are taken "
            f"for the person, and {1000 * self.policy.fnmr:.0f} of 1000 people not for themselves."
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found: dict[str, Any] = {
            "same": self.same,
            "distance": round(self.distance, 4),
            "threshold": round(self.threshold, 4),
            "warnings": list(self.warnings),
            "reason": self.sentence,
        }
        if self.policy is not None:
            found["target_fmr"] = self.policy.target
            found["expected_fmr"] = round(self.policy.fmr, 7)
            found["expected_fmr_interval"] = [round(s, 7) for s in self.policy.fmr_interval]
            found["expected_fnmr"] = round(self.policy.fnmr, 4)
        return found


def compare(
    left: Path,
    right: Path,
    vision: Taker,
    *,
    target_fmr: float = TARGET_FMR,
    threshold: float | None = None,
) -> Comparison:
    """Compares the faces of two pictures, each taken as a person's only sample.

    Args:
        left: A picture with one face.
        right: Another, in either order.
        vision: Takes the faces.
        target_fmr: The share of strangers accepted, at most; the limit follows from it. With a
            network of the user's own no target is known: its own limit counts.
        threshold: A limit in its place.

    Raises:
        NotComparable: A picture shows no face, or several.
        PictureError: A picture cannot be read.
        EncoderFailed: As the encoder.
        ValueError: The target is out of range.
    """
    encodings, warnings = [], []
    for path in (left, right):
        image = read_picture(path)
        taken = vision.enrol_photo(image, limits=ANY_QUALITY)
        if isinstance(taken, PhotoRefused):
            raise NotComparable(f"{path.name}: {taken.reason}")
        encodings.append(taken.encoding)
        warnings += [f"{path.name}: {flaw}" for flaw in _flaws(image, taken)]
    if vision.yardstick.own and threshold is None:
        threshold = vision.yardstick.same_person
        if not vision.yardstick.measured:
            warnings.append(_NOT_MEASURED)
    fitted = fit_verification(_NOBODY, target_fmr)
    person = Person(
        subject_id="picture",
        display_name="the same person",
        templates=(Template(encoding=encodings[1], sample_id="picture", encoder="picture"),),
    )
    verdict = verify(encodings[0], person, fitted.policy)
    if threshold is None:
        return Comparison(
            distance=verdict.distance,
            threshold=verdict.threshold,
            same=verdict.same,
            policy=fitted,
            warnings=tuple(warnings),
        )
    return Comparison(
        distance=verdict.distance,
        threshold=threshold,
        same=verdict.distance <= threshold,
        warnings=tuple(warnings),
    )


def _flaws(image: Image, taken: PhotoSample) -> list[str]:
    seen = taken.seen
    judged = assess(image, seen.face, seen.chip, faces_in_view=1, limits=PHOTO)
    return [f"{flaw.sentence()}." for flaw in judged.flaws]
