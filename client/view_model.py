"""What the checkpoint's window shows at one moment, as plain values: no Tk, no pixels."""

import enum
from dataclasses import dataclass
from typing import Literal

from biometrics.geometry import Box

Tone = Literal["good", "bad", "warn", "info", "neutral"]
"""The meaning of a colour; the theme's palette knows the colours under the same names."""


class Sound(enum.Enum):
    """A sound of `assets/sounds`, by its file name."""

    IDENTIFIED = "identified"
    NOT_ENROLLED = "not-enrolled"
    ATTENTION = "attention"
    SAMPLE_TAKEN = "sample-taken"
    ACTION = "action"


class Action(enum.Enum):
    """What the banner's button does about the state it shows."""

    OPEN_SETTINGS = "Open settings"
    CHOOSE_CAMERA = "Choose another camera"
    TRY_AGAIN = "Try again"
    PLAY_AGAIN = "Play again"
    ENROL = "Enrol a person"
    PAIR = "Pair with a server…"
    PAIR_AGAIN = "Pair again…"


ACTION_ICONS = {
    Action.OPEN_SETTINGS: "gear",
    Action.CHOOSE_CAMERA: "camera-video",
    Action.TRY_AGAIN: "arrow-clockwise",
    Action.PLAY_AGAIN: "arrow-counterclockwise",
    Action.ENROL: "person-plus",
    Action.PAIR: "link-45deg",
    Action.PAIR_AGAIN: "link-45deg",
}


@dataclass(frozen=True, slots=True)
class Banner:
    """The big state line: what is so, why, what to do, and the button that does it.

    Attributes:
        tone: Which colour.
        icon: A Bootstrap icon's name: the state is never told by colour alone.
        headline: The big line.
        reason: One line of reason and next step; may be empty.
        action: The button that mends it, if there is one.
    """

    tone: Tone
    icon: str
    headline: str
    reason: str = ""
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class LinkBadge:
    """The header's link state: icon, word and detail."""

    tone: Tone
    icon: str
    word: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One line of the last results.

    Attributes:
        key: The event's id, or a running number where there was no event.
        time_ms: When it was, milliseconds since the epoch, UTC.
        who: A display name, or a dash.
        result: The outcome in words.
        detail: The time it took, or what was wrong.
        tone: Which colour.
        icon: A Bootstrap icon's name.
    """

    key: str
    time_ms: int
    who: str
    result: str
    detail: str
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class FaceMark:
    """A box on the live picture with the words under it."""

    box: Box
    words: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class StatusBar:
    """The texts of the status bar, left to right.

    Attributes:
        camera: Which, how large its pictures are, and frames a second.
        pace: Looks and encodings a second, and what each costs.
        engine: What encodes.
        queue: Events that wait for the server.
        engine_note: Why it is not the usual engine, a sentence; "" when it is.
        queue_tone: Amber while something waits, red while nothing more can be kept.
        undelivered: How many events the server will never take; "" for none.
    """

    camera: str
    pace: str
    engine: str
    queue: str
    engine_note: str = ""
    queue_tone: Tone = "neutral"
    undelivered: str = ""


@dataclass(frozen=True, slots=True)
class ViewModel:
    """Everything the window shows, apart from the picture itself."""

    banner: Banner
    link: LinkBadge
    status: StatusBar
    marks: tuple[FaceMark, ...]
    results: tuple[ResultRow, ...]
    picture_hint: str
    can_identify: bool
    can_enrol: bool
    enrol_hint: str = ""
    must_sign_in: bool = False
    signed_in: str = ""
