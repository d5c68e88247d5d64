"""Tests of the colours: everything that is written can be read."""

import pytest

from desktop.ui.palette import PALETTES, TONES, Palette

# WCAG 2.2, success criterion 1.4.3 (AA) for text of ordinary size.
LOWEST_CONTRAST = 4.5


def contrast(first: str, second: str) -> float:
    """The contrast of two hex colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_pairs(colours: Palette) -> list[tuple[str, str, str]]:
    """Every text a palette puts on every ground: (what, text colour, ground colour)."""
    pairs = [("on_accent", colours.on_accent, colours.accent)]
    plain = ("ground", "surface", "rail", "stripe", "select")
    for text in ("text", "muted", "accent_text"):
        pairs += [(f"{text}/{on}", getattr(colours, text), getattr(colours, on)) for on in plain]
    for tone in TONES:
        word, soft = colours.as_text(tone), colours.soft(tone)
        pairs.append((f"on_{tone}", colours.on(tone), colours.fill(tone)))
        pairs += [(f"{tone}_text/{on}", word, getattr(colours, on)) for on in plain]
        pairs.append((f"{tone}_text/{tone}_soft", word, soft))
        pairs.append((f"text/{tone}_soft", colours.text, soft))
        pairs.append((f"muted/{tone}_soft", colours.muted, soft))
    return pairs


@pytest.mark.parametrize("colours", PALETTES.values(), ids=list(PALETTES))
def test_every_text_is_readable_on_every_ground_it_stands_on(colours: Palette) -> None:
    """All pairs of text and ground of a theme have a contrast of at least 4.5 to 1."""
    poor = [
        (what, round(contrast(text, ground), 2))
        for what, text, ground in text_pairs(colours)
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
