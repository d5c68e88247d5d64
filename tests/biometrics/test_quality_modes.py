"""The three modes: each stricter than the one before, and those the document says."""

from dataclasses import fields

import pytest

from biometrics import quality_modes
from biometrics.quality import ENROLMENT, PHOTO, QualityLimits
from biometrics.quality_modes import LIMITS, MODES, mode_of
from protocol.messages import QUALITY_MODES


def _strictness(limits: QualityLimits) -> list[float]:
    """Larger is stricter, in every place."""
    signs = {"max_brightness": -1, "max_yaw_deg": -1, "max_cut_off": -1, "max_faces": -1}
    return [signs.get(f.name, 1) * getattr(limits, f.name) for f in fields(limits)]


@pytest.mark.parametrize("kind", ["live", "photo"])
def test_each_is_stricter_than_the_one_before(kind: str) -> None:
    """In every measure; several faces are refused in all."""
    off, standard, strict = (_strictness(getattr(LIMITS[mode], kind)) for mode in MODES)
    assert all(a <= b <= c for a, b, c in zip(off, standard, strict, strict=True))
    assert all(getattr(LIMITS[mode], kind).max_faces == 1 for mode in MODES)
    assert off != standard != strict


def test_standard_is_what_was_measured() -> None:
    """The limits of `biometrics.quality`."""
    assert (LIMITS["standard"].live, LIMITS["standard"].photo) == (ENROLMENT, PHOTO)


def test_the_words_are_those_of_the_wire() -> None:
    """And a word that is not known is standard."""
    assert MODES == QUALITY_MODES
    assert [mode_of(word) for word in ("off", "strict", "??", None)] == [
        "off",
        "strict",
        "standard",
        "standard",
    ]


def test_the_table_says_what_is_so() -> None:
    """Each number of the table in the module's text."""
    text = quality_modes.__doc__ or ""
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("|")}
    for kind, first in (("live", 2), ("photo", 5)):
        for place, mode in enumerate(("off", "standard", "strict")):
            limits = getattr(LIMITS[mode], kind)
            said = {
                "width of the face, px, at least": f"{limits.min_size_px:g}",
                "brightness, 0 to 255": f"{limits.min_brightness:g} to {limits.max_brightness:g}",
                "sharpness, at least": f"{limits.min_sharpness:g}",
                "turned, degrees, at most": f"{limits.max_yaw_deg:g}",
                "outside the picture, %, at most": f"{100 * limits.max_cut_off:g}",
            }
            for name, number in said.items():
                cell = rows[name].split("|")[first + place].strip()
                assert cell == ("-" if mode == "off" else number), (name, kind, mode)
