"""How good a sample has to be to be enrolled: off, standard, strict; before a camera, from photos.

| limit | live: off | standard | strict | photos: off | standard | strict |
|---|---|---|---|---|---|---|
| width of the face, px, at least | - | 80 | 120 | - | 50 | 80 |
| brightness, 0 to 255 | - | 40 to 205 | 60 to 190 | - | 30 to 215 | 50 to 195 |
| sharpness, at least | - | 0.14 | 0.18 | - | 0.12 | 0.18 |
| turned, degrees, at most | - | 35 | 28 | - | 40 | 25 |
| outside the picture, %, at most | - | 2 | 0 | - | 3 | 0 |

Several faces in view are refused in every mode: nobody knows which one is meant. The quality where
each measure begins to move encodings stands in `biometrics.quality`; `strict` keeps it to 0.1 of
distance from an unspoilt picture's, where a limit is about 0.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from biometrics.quality import ENROLMENT, PHOTO, QualityLimits

QualityMode = Literal["off", "standard", "strict"]
MODES: tuple[QualityMode, ...] = get_args(QualityMode)
STANDARD: QualityMode = "standard"

ANY_QUALITY = QualityLimits(
    min_size_px=0,
    min_brightness=0,
    max_brightness=255,
    min_sharpness=0,
    max_yaw_deg=90,
    max_cut_off=1,
    max_faces=1,
)


@dataclass(frozen=True, slots=True)
class ModeLimits:
    """The limits of one mode."""

    live: QualityLimits
    photo: QualityLimits


LIMITS: Mapping[QualityMode, ModeLimits] = MappingProxyType(
    {
        "off": ModeLimits(ANY_QUALITY, ANY_QUALITY),
        "standard": ModeLimits(ENROLMENT, PHOTO),
        "strict": ModeLimits(
            live=QualityLimits(
                min_size_px=120,
                min_brightness=60,
                max_brightness=190,
                min_sharpness=0.18,
                max_yaw_deg=28,
                max_cut_off=0.0,
                max_faces=1,
            ),
            photo=QualityLimits(
                min_size_px=80,
                min_brightness=50,
                max_brightness=195,
                min_sharpness=0.18,
                max_yaw_deg=25,
                max_cut_off=0.0,
                max_faces=1,
            ),
        ),
    }
)


def mode_of(word: str | None) -> QualityMode:
    """The mode of that word; standard for none or one that is not known."""
    return next((mode for mode in MODES if mode == word), STANDARD)
