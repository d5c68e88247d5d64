"""The colours of both themes, each text on its ground at a contrast of at least 4.5 to 1."""

import dataclasses
from typing import Literal

ThemeName = Literal["light", "dark"]
Tone = Literal["good", "bad", "warn", "info", "neutral"]
TONES: tuple[Tone, ...] = ("good", "bad", "warn", "info", "neutral")


@dataclasses.dataclass(frozen=True, slots=True)
class Palette:
    """Hex colours of the theme now.

    `good`, `bad`, `warn`, `info` and `neutral` are fills; `on_...` is the text on such a fill,
    `..._text` the same meaning as text on `ground` or `surface`, and `..._soft` a pale fill
    that carries `text`, `muted` and `..._text`.
    `faint` is for what cannot be used now, which need not reach the contrast of text.
    """

    name: ThemeName
    ground: str
    surface: str
    rail: str
    stripe: str
    text: str
    muted: str
    line: str
    faint: str
    accent: str
    on_accent: str
    accent_text: str
    select: str
    good: str
    on_good: str
    good_text: str
    good_soft: str
    bad: str
    on_bad: str
    bad_text: str
    bad_soft: str
    warn: str
    on_warn: str
    warn_text: str
    warn_soft: str
    info: str
    on_info: str
    info_text: str
    info_soft: str
    neutral: str
    on_neutral: str
    neutral_text: str
    neutral_soft: str

    def fill(self, tone: Tone) -> str:
        """The strong fill of a tone."""
        return str(getattr(self, tone))

    def on(self, tone: Tone) -> str:
        """The text on the strong fill of a tone."""
        return str(getattr(self, f"on_{tone}"))

    def as_text(self, tone: Tone) -> str:
        """A tone as text on the ground, a surface or its own soft fill."""
        return str(getattr(self, f"{tone}_text"))

    def soft(self, tone: Tone) -> str:
        """The pale fill of a tone."""
        return str(getattr(self, f"{tone}_soft"))


LIGHT = Palette(
    name="light",
    ground="#f4f6f8",
    surface="#ffffff",
    rail="#e9edf1",
    stripe="#f8f9fb",
    text="#212529",
    muted="#535c65",
    line="#d3d9df",
    faint="#8a929a",
    accent="#0a58ca",
    on_accent="#ffffff",
    accent_text="#0a4fb5",
    select="#d6e4fa",
    good="#146c43",
    on_good="#ffffff",
    good_text="#11603b",
    good_soft="#dcf2e6",
    bad="#b02a37",
    on_bad="#ffffff",
    bad_text="#a02430",
    bad_soft="#fbe4e6",
    warn="#ffc107",
    on_warn="#212529",
    warn_text="#6f4b00",
    warn_soft="#fff1c9",
    info="#0a58ca",
    on_info="#ffffff",
    info_text="#0a4fb5",
    info_soft="#e0ebfc",
    neutral="#5c636a",
    on_neutral="#ffffff",
    neutral_text="#495057",
    neutral_soft="#e6eaee",
)

DARK = Palette(
    name="dark",
    ground="#1a1d21",
    surface="#23282d",
    rail="#14171a",
    stripe="#272c32",
    text="#f1f3f5",
    muted="#adb5bd",
    line="#3b4249",
    faint="#7c858e",
    accent="#2563d9",
    on_accent="#ffffff",
    accent_text="#8ab8ff",
    select="#23406e",
    good="#1f7a4d",
    on_good="#ffffff",
    good_text="#6fdca5",
    good_soft="#173526",
    bad="#bf3545",
    on_bad="#ffffff",
    bad_text="#ff9aa3",
    bad_soft="#432126",
    warn="#ffc933",
    on_warn="#212529",
    warn_text="#ffd257",
    warn_soft="#3f3412",
    info="#2563d9",
    on_info="#ffffff",
    info_text="#8ab8ff",
    info_soft="#1c3052",
    neutral="#545c64",
    on_neutral="#ffffff",
    neutral_text="#c3cad1",
    neutral_soft="#2e343a",
)

PALETTES: dict[ThemeName, Palette] = {"light": LIGHT, "dark": DARK}
