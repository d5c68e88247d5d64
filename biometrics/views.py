"""Which views of one face are encoded and fused: its cuts, one turned a little, their mirrors.

The encoder answers a little differently to each way of cutting the same face; the mean of several
answers errs less than any of them. Measured on lfw-dev, pairs of the four folds told apart: the
68-point chip and its mirror 98.92 %, with the five-point cut and its mirror 99.29 %; more cuts
(larger, smaller, shifted, on another detector's box) gain nothing that could be told from chance.
The turned copy lowers misses in a search (7.7 to 7.0 % at FPIR 0.3 %) for a third more time.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from biometrics.faces import Chip, mirrored

Views = Literal["one", "probe", "sample"]
"""The chip alone, those of a frame of a probe, or those of a sample."""
TURN_DEGREES = 4.0


def probe_views(cuts: Sequence[Chip]) -> list[Chip]:
    """Every cut, straight and mirrored: for a frame, where several frames are fused anyway."""
    return [view for cut in cuts for view in (cut, mirrored(cut))]


def sample_views(cuts: Sequence[Chip]) -> list[Chip]:
    """The same and the first cut turned: for what is stored, and for photographs."""
    return probe_views([*cuts, _turned(cuts[0])])


def _turned(chip: Chip) -> Chip:
    """The chip turned about its middle; its edge pixels fill the corners."""
    import cv2

    height, width = chip.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), TURN_DEGREES, 1.0)
    turned = cv2.warpAffine(chip, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(turned, dtype=np.uint8)
