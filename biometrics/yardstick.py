"""What the numbers of one encoder mean: how long encodings are, and which distance is near.

Distances of two networks have nothing in common: 0.4 is far for dlib's and the same picture twice
for an ArcFace-style one. Whatever judges a distance asks the yardstick of its encoder.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from biometrics.calibration import Calibration, CalibrationUnusable, beside
from biometrics.consensus import SAME_FACE, SAME_VISIT
from biometrics.encode import Encoder, EncoderFailed
from biometrics.identify import PLAUSIBLE_NORM
from biometrics.policy import DEFAULT_POLICY, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """One encoder's. All distances are between unit encodings.

    Args:
        dimensions: Numbers of an encoding.
        norms: Least and largest length of a raw fused one.
        same_face: Largest distance of one frame from the mean of those before.
        same_visit: Largest distance between two probes of one visit.
        samples_agree: Largest distance of one sample of an enrolment from the mean of the others.
        same_person: Largest distance of two pictures that `verify` takes for one person.
        enrolled_already: Says whether somebody who is to be enrolled is in the gallery.
        own: Whether it is a network of the user's own.
        calibration: What was learnt about such a network; None for nothing.
    """

    dimensions: int
    norms: tuple[float, float]
    same_face: float
    same_visit: float
    samples_agree: float
    same_person: float
    enrolled_already: Policy
    own: bool = False
    calibration: Calibration | None = None

    @property
    def measured(self) -> bool:
        """Whether the distances were measured with this very network."""
        return not self.own or self.calibration is not None


DLIB = Yardstick(
    dimensions=128,
    norms=PLAUSIBLE_NORM,
    same_face=SAME_FACE,
    same_visit=SAME_VISIT,
    samples_agree=0.40,
    same_person=0.38,
    enrolled_already=DEFAULT_POLICY,
)
"""dlib's network. `samples_agree`: on 233 people of LFW with pictures years apart, one sample
against one other, 2 % of the genuine are farther and 0.3 % of strangers are nearer; samples of one
sitting are nearer still. `same_person`: for one stranger in a thousand, every pair of lfw-dev
(13,974,283 of two people, 57,470 of one), mirrored unit templates (55533b28a958): FMR 0.1 % at
0.381, where 3.1 % of the pairs of one person are missed. At 0.339 the FMR is 0.01 % and 13.3 % are
missed. How to measure it again: docs/evaluation.md."""

UNIT_NORMS = (0.5, 1.01)
"""Of encodings of length 1: means of several looks at one face are a little shorter (0.95 to 1.00
for a chip and its mirror, 5,228 faces), 0.7 where two are as far apart as strangers."""


def usual(dimensions: int) -> Yardstick:
    """For an ArcFace-style network that nobody has measured: guards only, no names follow from it.

    Measured with one such network of 128 numbers on lfw-dev (13.6 million pairs of two people,
    57,398 of one): nearer than 1.20 are 0.6 % of strangers and 99.3 % of pairs of one person,
    nearer than 1.08 are 0.01 % and 97.6 %. Networks of 512 numbers put strangers farther apart.
    """
    return Yardstick(
        dimensions=dimensions,
        norms=UNIT_NORMS,
        same_face=1.20,
        same_visit=1.08,
        samples_agree=1.18,
        same_person=1.08,
        enrolled_already=Policy(threshold=1.0, margin=0.0),
        own=True,
    )


def calibrated(dimensions: int, calibration: Calibration) -> Yardstick:
    """For a network with its calibration."""
    same_face, samples_agree, same_person, same_visit = calibration.near
    return replace(
        usual(dimensions),
        same_face=same_face,
        same_visit=same_visit,
        samples_agree=samples_agree,
        same_person=same_person,
        enrolled_already=Policy(threshold=same_visit, margin=0.0),
        calibration=calibration,
    )


def yardstick_of(encoder: Encoder, network: Path | None = None) -> Yardstick:
    """That of an encoder.

    Args:
        encoder: Opened.
        network: The file of a network of the user's own, whose calibration may lie beside it.

    Raises:
        EncoderFailed: The calibration there is damaged, or another network's.
    """
    if encoder.layout == "dlib-150":
        return DLIB
    try:
        found = None if network is None else Calibration.read(beside(network), encoder.fingerprint)
    except CalibrationUnusable as error:
        raise EncoderFailed(str(error)) from error
    return usual(encoder.dimensions) if found is None else calibrated(encoder.dimensions, found)
