"""Does a face look like a picture of a face? A judgement a frame, and one fused over frames."""

import enum
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from biometrics.faces import Face, Image, require_image
from biometrics.head_turn import slimness
from biometrics.moire import moire_peak, peak_limit
from biometrics.quality import yaw_degrees
from biometrics.screen_border import border_cover

BORDER_LIMIT = 0.65
"""Two edges beside a face that are covered this far are those of a screen or of paper.

People in the clips, median of a clip: 0 to 0.47, single frames up to 0.59. Of 91 pictures of
lfw-dev without a black frame one is above 0.56, and that one shows a printed photograph."""
FLAT_LIMIT = 0.66
"""A face this much narrower than it was, with its nose still in the middle, is a flat picture's.
People in the clips: 0.73 and more; cards turned by 50 degrees and more: 0.59 to 0.75."""
FACING_DEG = 12.0
"""A face whose nose is further aside is turned, and may well be narrow."""
NEEDED = 5
KEPT = 9
"""Frames that are judged before a verdict, and those that it looks back on."""
_REMEMBERED = 100
"""Looks that tell how wide a face usually is."""


class PassiveReason(enum.StrEnum):
    """Why a face is taken for a picture, the strongest cue; empty for a live one."""

    NONE = ""
    MOIRE = "moire"
    BORDER = "border"
    FLAT = "flat"
    MODEL = "model"
    UNSEEN = "unseen"
    """Nothing could be judged: the face is small, and what is round it is out of the picture."""


@dataclass(frozen=True, slots=True)
class Passive:
    """A judgement.

    Args:
        live: Something was judged, and no cue says picture.
        cues: Each cue that could be judged, as a share of its limit: 1 and more says picture.
        reason: Why not live.
    """

    live: bool
    cues: Mapping[str, float]
    reason: PassiveReason


class PassiveCheck(Protocol):
    """Judges one frame by itself. For one thread."""

    @property
    def name(self) -> str:
        """What judges, for the log and reports."""
        ...

    def judge(self, image: Image, face: Face) -> Passive:
        """Whether the face in the frame looks live.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        ...


def judged(cues: Mapping[str, float]) -> Passive:
    """The judgement that follows from cues, each a share of its limit; the strongest is named."""
    if not cues:
        return Passive(live=False, cues={}, reason=PassiveReason.UNSEEN)
    strongest = max(cues, key=cues.__getitem__)
    # A cue that is not a number is no reason to trust: only below its limit is a cue good.
    suspicious = [name for name, share in cues.items() if not share < 1]
    if not suspicious:
        return Passive(live=True, cues=dict(cues), reason=PassiveReason.NONE)
    named = strongest if strongest in suspicious else suspicious[0]
    return Passive(live=False, cues=dict(cues), reason=PassiveReason(named))


class ImageCues:
    """Moiré and borders, from plain image processing; 3 to 5 ms a frame."""

    name = "image cues"

    def judge(self, image: Image, face: Face) -> Passive:
        """Whether the frame shows a screen's pattern in the face, or edges beside it."""
        require_image(image)
        cues = {}
        peak, squares = moire_peak(image, face.box)
        if squares:
            cues[PassiveReason.MOIRE.value] = peak / peak_limit(squares)
        cover = border_cover(image, face.box)
        if cover is not None:
            cues[PassiveReason.BORDER.value] = cover / BORDER_LIMIT
        return judged(cues)


class PassiveTrack:
    """Fuses the judgements of one track: the median of each cue. For one thread.

    One frame is easily wrong: an edge behind a shoulder, a shirt's pattern, noise. It also adds
    a cue of its own: a face that gets narrow without turning is a flat picture that is tilted.
    """

    def __init__(self) -> None:
        self._cues: deque[Mapping[str, float]] = deque(maxlen=KEPT)
        self._slim: deque[float] = deque(maxlen=_REMEMBERED)

    @property
    def verdict(self) -> Passive | None:
        """The fused judgement; None before `NEEDED` frames could be judged."""
        if len(self._cues) < NEEDED:
            return None
        names = {name for cues in self._cues for name in cues}
        return judged(
            {
                name: median(shares)
                for name in sorted(names)
                if len(shares := [cues[name] for cues in self._cues if name in cues]) >= NEEDED
            }
        )

    def afresh(self) -> None:
        """Judges by later frames alone; how narrow the face mostly was is remembered."""
        self._cues.clear()

    def add(self, passive: Passive, face: Face) -> Passive | None:
        """Takes the judgement of one frame; gives the verdict so far, as `verdict`."""
        cues = dict(passive.cues)
        if cues and abs(yaw_degrees(face.landmarks)) <= FACING_DEG:
            self._slim.append(slimness(face.landmarks))
            cues[PassiveReason.FLAT.value] = self._flatness()
        if cues:
            self._cues.append(cues)
        return self.verdict

    def _flatness(self) -> float:
        """How narrow the face is now against how it mostly was; 1 at the limit."""
        usual = median(self._slim)
        narrowed = self._slim[-1] / usual if usual > 0 else 0.0
        return max(0.0, (1 - narrowed) / (1 - FLAT_LIMIT))
