"""Is this face good enough to be encoded? Flaws with numbers, and the cure in words."""

import enum
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Chip, Face, Image, Landmarks


class FlawKind(enum.Enum):
    """What can be wrong with a sample; the value is what logs and the wire say."""

    TOO_SMALL = "too_small"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"
    TURNED_AWAY = "turned_away"
    CUT_OFF = "cut_off"
    SEVERAL_FACES = "several_faces"


_CURES = {
    FlawKind.TOO_SMALL: "Come closer: {measured:.0f} px, {needed:.0f} needed",
    FlawKind.TOO_DARK: "More light needed: brightness {measured:.0f}, {needed:.0f} needed",
    FlawKind.TOO_BRIGHT: "Less light needed: brightness {measured:.0f}, {needed:.0f} at most",
    FlawKind.BLURRED: (
        "Hold still: the picture is blurred, sharpness {measured:.2f}, {needed:.2f} needed"
    ),
    FlawKind.TURNED_AWAY: "Turn towards the camera: {measured:.0f}° away, {needed:.0f}° at most",
    FlawKind.CUT_OFF: (
        "Move to the middle: {measured:.0f} % of the face is outside the picture, "
        "{needed:.0f} % at most"
    ),
    FlawKind.SEVERAL_FACES: (
        "One person at a time, please: {measured:.0f} faces in view, {needed:.0f} at most"
    ),
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a sample: what was measured and what the limit is."""

    kind: FlawKind
    measured: float
    needed: float

    def sentence(self) -> str:
        """What to do about it, with the numbers: "Come closer: 54 px, 80 needed"."""
        return _CURES[self.kind].format(measured=self.measured, needed=self.needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """Where a sample becomes flawed.

    Args:
        min_size_px: Narrowest face box, in pixels of the picture.
        min_brightness: Darkest mean luma of the face, 0 to 255.
        max_brightness: Brightest mean luma of the face, 0 to 255.
        min_sharpness: Least sharpness, see `sharpness`.
        max_yaw_deg: Farthest turn to either side.
        max_cut_off: Largest share (0 to 1) of the face outside the picture.
        max_faces: Most faces of about the same size in view.
    """

    min_size_px: float
    min_brightness: float
    max_brightness: float
    min_sharpness: float
    max_yaw_deg: float
    max_cut_off: float
    max_faces: int


# Where the presets come from: the median distance of a picture's encoding to that of a spoilt copy,
# as unit vectors (a threshold is about 0.3, different people lie 0.57 apart), on lfw-dev.
#   Width:       80 px 0.05, 54 px 0.08, 40 px 0.12, 30 px 0.19
#   Brightness:  74 0.09, 49 0.12, 30 0.18, 17 0.25, 9 0.36; and 185 0.11, 215 0.21, 231 0.29
#   Sharpness:   out of focus by 1 % of the width 0.21: 0.08, by 2 % 0.12: 0.18, by 3 % 0.10: 0.27;
#                moved by 5 % 0.15: 0.10, by 8 % 0.10: 0.20, by 12 % 0.08: 0.32
# Of the 5,298 pictures, the darkest 49 and the brightest 197, LIVE refuses 341, ENROLMENT 284 and
# PHOTO 239: 21 without a face, 203 with several, 20 cut off, 15 turned away, 1 blurred (some have
# two flaws).
LIVE = QualityLimits(
    min_size_px=70,
    min_brightness=30,
    max_brightness=215,
    min_sharpness=0.12,
    max_yaw_deg=30,
    max_cut_off=0.03,
    max_faces=1,
)
"""Someone walking up to a checkpoint."""
ENROLMENT = QualityLimits(
    min_size_px=80,
    min_brightness=40,
    max_brightness=205,
    min_sharpness=0.14,
    max_yaw_deg=35,
    max_cut_off=0.02,
    max_faces=1,
)
"""Guided enrolment before a camera: what is stored is compared for years."""
PHOTO = QualityLimits(
    min_size_px=50,
    min_brightness=30,
    max_brightness=215,
    min_sharpness=0.12,
    max_yaw_deg=40,
    max_cut_off=0.03,
    max_faces=1,
)
"""Enrolment from photographs somebody already has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What was measured on one face, and its flaws, the first to be cured first.

    Args:
        size_px: Width of the face's box.
        brightness: Mean luma of the face, 0 to 255.
        sharpness: See `sharpness`.
        yaw: Degrees turned, positive when the nose points to the right side of the picture.
        cut_off: Share of the face outside the picture, 0 to 1.
        faces_in_view: Faces of about this size in the picture, this one included.
        strength: The detector's own number.
        meter: 0 to 1 for a meter in an enrolment dialog: 1 when every measure is comfortably
            within its limit.
    """

    size_px: float
    brightness: float
    sharpness: float
    yaw: float
    cut_off: float
    faces_in_view: int
    strength: float
    meter: float
    flaws: tuple[Flaw, ...]

    @property
    def usable(self) -> bool:
        """True without flaws."""
        return not self.flaws

    def as_dict(self) -> dict[str, float]:
        """The numbers for the wire and the log, rounded."""
        return {
            "size_px": round(self.size_px, 1),
            "brightness": round(self.brightness, 1),
            "sharpness": round(self.sharpness, 3),
            "yaw": round(self.yaw, 1),
        }


def flaws_of(measures: Mapping[str, float], limits: QualityLimits) -> tuple[Flaw, ...] | None:
    """The flaws of numbers that were measured elsewhere, as `Quality.as_dict` gives them.

    Returns:
        The first to be cured first; None when a measure is missing.
    """
    try:
        size_px, bright = measures["size_px"], measures["brightness"]
        sharp, yaw = measures["sharpness"], measures["yaw"]
    except KeyError:
        return None
    return _flaws(
        (
            (FlawKind.TOO_SMALL, size_px, limits.min_size_px, 1),
            (FlawKind.TOO_DARK, bright, limits.min_brightness, 1),
            (FlawKind.TOO_BRIGHT, bright, limits.max_brightness, -1),
            (FlawKind.TURNED_AWAY, abs(yaw), limits.max_yaw_deg, -1),
            (FlawKind.BLURRED, sharp, limits.min_sharpness, 1),
        )
    )


def _flaws(checks: Iterable[tuple[FlawKind, float, float, int]]) -> tuple[Flaw, ...]:
    """Those measures that are beyond their limit: 1 where too little, -1 where too much is bad."""
    return tuple(
        Flaw(kind, float(measured), float(needed))
        for kind, measured, needed, sign in checks
        if (needed - measured) * sign > 0
    )


def luma(image: Image) -> NDArray[np.float32]:
    """Brightness of each pixel as the eye weighs colours (ITU-R BT.601), 0 to 255."""
    weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
    grey: NDArray[np.float32] = image.astype(np.float32) @ weights
    return grey


_WINDOW = 7
"""Pixels of a chip that are averaged to blur it; odd."""


def sharpness(chip: Chip) -> float:
    """How much detail the face has beyond what a blurred copy of it would keep; 0 to about 1.

    After Crété-Roffet and others, "The blur effect: perception and estimation with a new
    no-reference perceptual blur metric" (2007): blurring a sharp picture takes much of its
    variation between neighbours away, blurring a blurred one takes little. Independent of
    contrast and light. Here the direction that loses less is set against the variation of the
    direction that has more, since a moved face has hardly any along its movement.

    Pictures of lfw-dev: median 0.30, one in 500 below 0.15. Moved by 8 % of the face's width:
    0.10; by 12 %: 0.08; out of focus by a standard deviation of 3 %: 0.10.
    """
    face = luma(chip[30:140, 25:125])
    lost, total = [], []
    for values in (face, face.T):
        summed = np.cumsum(values, axis=0)
        blurred = (summed[_WINDOW:] - summed[:-_WINDOW]) / _WINDOW
        first = _WINDOW // 2 + 1
        variation = np.abs(np.diff(values[first : first + len(blurred)], axis=0))
        kept = np.abs(np.diff(blurred, axis=0))
        total.append(float(variation.sum()))
        lost.append(float(np.maximum(variation - kept, 0).sum()))
    return min(lost) / max(total) if max(total) > 0 else 0.0


def yaw_degrees(landmarks: Landmarks) -> float:
    """How far the face is turned, from where the nose's tip lies between the eyes.

    The tip stands about 0.55 of the distance between the outer corners of the eyes before
    them (adult mean, about 50 of 90 mm), so turning moves it sideways. Good to about 10
    degrees, which is enough to say "turn towards the camera".
    """
    left, right = landmarks[36], landmarks[45]
    across = right - left
    width = float(np.hypot(*across))
    if width == 0:
        return 90.0
    sideways = float((landmarks[30] - (left + right) / 2) @ across) / width
    return math.degrees(math.atan2(sideways, 0.55 * width))


def cut_off_share(face: Face, width: int, height: int) -> float:
    """The share of the face's landmarks that lie outside a picture of that size."""
    x, y = face.landmarks[:, 0], face.landmarks[:, 1]
    outside = (x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)
    return float(outside.mean())


def assess(
    image: Image,
    face: Face,
    chip: Chip,
    *,
    faces_in_view: int,
    limits: QualityLimits = LIVE,
) -> Quality:
    """Measures one face; about 1 ms.

    Args:
        image: The picture the face was found in.
        face: The face.
        chip: Its chip.
        faces_in_view: Faces of about this size in the picture, this one included.
        limits: Where a measure becomes a flaw.
    """
    height, width = image.shape[:2]
    size_px = face.width_px
    bright = float(luma(chip[30:140, 25:125]).mean())
    sharp = sharpness(chip)
    yaw = yaw_degrees(face.landmarks)
    outside = cut_off_share(face, width, height)
    framing = _flaws(
        (
            (FlawKind.SEVERAL_FACES, faces_in_view, limits.max_faces, -1),
            (FlawKind.CUT_OFF, outside * 100, limits.max_cut_off * 100, -1),
        )
    )
    measures = {"size_px": size_px, "brightness": bright, "sharpness": sharp, "yaw": yaw}
    flaws = (*framing, *(flaws_of(measures, limits) or ()))
    return Quality(
        size_px=size_px,
        brightness=bright,
        sharpness=sharp,
        yaw=yaw,
        cut_off=outside,
        faces_in_view=faces_in_view,
        strength=face.strength,
        meter=_meter(size_px, bright, sharp, yaw, limits),
        flaws=flaws,
    )


def _meter(size_px: float, bright: float, sharp: float, yaw: float, limits: QualityLimits) -> float:
    """The worst measure's way from useless (0) over its limit (0.5) to comfortable (1)."""
    parts = (
        _share(size_px, limits.min_size_px),
        _share(bright, limits.min_brightness),
        _share(255 - bright, 255 - limits.max_brightness),
        _share(sharp, limits.min_sharpness),
        1 - _share(abs(yaw), limits.max_yaw_deg),
    )
    return min(1.0, max(0.0, min(parts)))


def _share(measured: float, limit: float) -> float:
    """Half of the measure by its limit; comfortable where there is no limit."""
    return measured / (2 * limit) if limit > 0 else 1.0
