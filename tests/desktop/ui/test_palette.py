"""Tests of the colours: everything that is written can be read."""

import pytest

from desktop.ui.palette import LOWEST_CONTRAST, PALETTES, TONES, Palette, contrast


@pytest.mark.parametrize("colours", PALETTES.values(), ids=list(PALETTES))
def test_every_text_is_readable_on_every_ground_it_stands_on(colours: Palette) -> None:
    """All pairs of text and ground of a theme have a contrast of at least 4.5 to 1."""
    poor = [
        (what, round(contrast(text, ground), 2))
        for what, text, ground in colours.text_pairs()
        if contrast(text, ground) < LOWEST_CONTRAST
    ]
    assert poor == []


def test_contrast_of_black_and_white_is_the_known_21() -> None:
    """The formula gives 21 for black on white and 1 for a colour on itself, either way round."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#146c43", "#146c43") == pytest.approx(1)


@pytest.mark.parametrize("tone", TONES)
def test_a_tone_has_its_four_colours(tone: str) -> None:
    """Fill, text on it, text of the tone and the soft fill are asked for by the tone's name."""
    colours = PALETTES["light"]
    assert colours.fill(tone) == getattr(colours, tone)  # type: ignore[arg-type]
    assert colours.on(tone) == getattr(colours, f"on_{tone}")  # type: ignore[arg-type]
    assert colours.as_text(tone) == getattr(colours, f"{tone}_text")  # type: ignore[arg-type]
    assert colours.soft(tone) == getattr(colours, f"{tone}_soft")  # type: ignore[arg-type]
