"""Turns of the head to one side, against how the face stood when it looked at the camera.

A flat picture that is turned gets narrower and keeps the nose between the eyes; a head's nose moves
sideways long before the head looks narrow. So a turn is measured by the nose, and one at which the
face is far too narrow for what its nose says is none.
"""

import math
from collections.abc import Sequence
from statistics import median

import numpy as np

from biometrics.challenge import Action
from biometrics.faces import Landmarks
from biometrics.quality import yaw_degrees

TURN_DEG = 18.0
"""A turn begins this far from straight. People who turn their heads in the clips reach 19 to 43;
those who look straight stay within 5, small and noisy faces within 10. Twelve photographs as flat
cards, turned by up to 55 degrees either way, reach 14 at most."""
STRAIGHT_DEG = 8.0
"""Within this of where it began, a face looks straight again."""
MOST_AWAY_DEG = 20.0
"""A face further from the camera than this does not look at it, whatever its owner thinks."""
FLAT_SHARE = 0.82
"""A face narrower than this share of what its turn explains is a flat picture's. Where a turn
begins, heads in the clips have 0.85 to 1.2 of it (mean of two looks); cards turned so far that
their nose is off by 10 degrees and more have 0.6 to 0.8."""
_LOOKS = 2
"""A single look beyond the limit is noise of the landmarks."""


def slimness(landmarks: Landmarks) -> float:
    """The distance of the eyes' outer corners by that from between them to the chin; 0 for none.

    Scales with the cosine of a turn to the side, for a flat picture and a head alike, and does not
    depend on size or on the head leaning over.
    """
    right, left = landmarks[36], landmarks[45]
    height = float(np.linalg.norm(landmarks[8] - (right + left) / 2))
    return float(np.linalg.norm(left - right)) / height if height > 0 else 0.0


class TurnWatch:
    """Says to which side a head is turned. For one thread.

    Args:
        straight: The landmarks of looks at the camera.

    Raises:
        ValueError: There are none.
    """

    def __init__(self, straight: Sequence[Landmarks]) -> None:
        if not straight:
            raise ValueError("a turn is measured against looks at the camera, got none")
        self._straight_deg = median(map(yaw_degrees, straight))
        self._slim = median(map(slimness, straight))
        self._side: Action | None = None
        self._shares: list[float] = []
        self.away_deg = 0.0

    @property
    def straight(self) -> bool:
        """The last look was straight."""
        return abs(self.away_deg) <= STRAIGHT_DEG

    @property
    def flat(self) -> bool:
        """The turn under way is that of a flat picture. Asked when a turn has just begun."""
        return bool(self._shares) and median(self._shares) < FLAT_SHARE

    def see(self, landmarks: Landmarks) -> Action | None:
        """Takes one look; gives the side while the head is turned that way.

        The camera's picture is not a mirror: the person's own left is its right side, to which
        the nose points when the yaw is positive.
        """
        self.away_deg = yaw_degrees(landmarks) - self._straight_deg
        side = None
        if abs(self.away_deg) >= TURN_DEG:
            side = Action.TURN_LEFT if self.away_deg > 0 else Action.TURN_RIGHT
        if side is not self._side:
            self._shares.clear()
        self._side = side
        if side is None:
            return None
        self._shares.append(self._narrowed(landmarks))
        return side if len(self._shares) >= _LOOKS else None

    def _narrowed(self, landmarks: Landmarks) -> float:
        """How wide the face still is, as a share of what its turn explains."""
        explained = self._slim * math.cos(math.radians(self.away_deg))
        return slimness(landmarks) / explained if explained > 0 else 0.0
