"""Turns of the head to one side, against how the face stood when it looked at the camera."""

from statistics import median

from biometrics.challenge import Action

TURN_DEG = 15.0
"""A turn begins this far from straight. People who turn on purpose reach 17 to 40 in the clips;
those who look straight stay within 5, small and noisy faces within 10."""
STRAIGHT_DEG = 8.0
"""Within this of where it began, a face looks straight again."""
MOST_AWAY_DEG = 20.0
"""A face further from the camera than this does not look at it, whatever its owner thinks."""
_LOOKS = 2
"""A single look beyond the limit is noise of the landmarks."""


class TurnWatch:
    """Says to which side a head is turned. For one thread.

    Args:
        straight_yaw: Yaw of the looks at the camera, in degrees, as `quality.yaw_degrees`.

    Raises:
        ValueError: There are none.
    """

    def __init__(self, straight_yaw: list[float]) -> None:
        if not straight_yaw:
            raise ValueError("a turn is measured against looks at the camera, got none")
        self._straight_deg = median(straight_yaw)
        self._side: Action | None = None
        self._looks = 0
        self.away_deg = 0.0

    @property
    def straight(self) -> bool:
        """The last look was straight."""
        return abs(self.away_deg) <= STRAIGHT_DEG

    def see(self, yaw: float) -> Action | None:
        """Takes the yaw of one look; gives the side while the head is turned that way.

        The camera's picture is not a mirror: the person's own left is its right side, to which
        the nose points when the yaw is positive.
        """
        self.away_deg = yaw - self._straight_deg
        side = None
        if abs(self.away_deg) >= TURN_DEG:
            side = Action.TURN_LEFT if self.away_deg > 0 else Action.TURN_RIGHT
        self._looks = self._looks + 1 if side is self._side else 1
        self._side = side
        return side if self._looks >= _LOOKS else None
