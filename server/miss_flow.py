"""How many misses of one checkpoint count within ten minutes, wherever they are.

Places make room for each other (`server/misses.py`). Whoever could miss as often as they like would
fill all of them anew, and have each try forgotten before the next one.
"""

from dataclasses import dataclass

FLOWN_OFF_IN_S = 600.0
"""What a flow holds when it is full has flown off after so long."""

MOST = 2000
"""Misses at once, and in ten minutes: twelve thousand strangers an hour at one door, where a busy
one has a thousand. With `MOST_TOLD_LATE`: what two checkpoints miss in twenty minutes does not fill
the places (`server.misses.PLACES`)."""

MOST_TOLD_LATE = 40
"""Events of which the checkpoint said that the person was told before, and that are answered with a
name all the same: a full outbox has thousands, of which nobody reads the answers."""

_MOST_KEPT = 4096
"""Checkpoints: as many as the settings can allow."""


@dataclass(slots=True)
class _Flow:
    level: float
    at_s: float
    told: bool = False


class Flows:
    """A leaky bucket for each checkpoint; one thread at a time.

    Args:
        most: How much it holds.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._flows: dict[str, _Flow] = {}

    def spent(self, checkpoint_id: str, now_s: float) -> bool:
        """Whether nothing more goes in now.

        Args:
            checkpoint_id: Whose.
            now_s: Seconds since the epoch; a clock that is set back lets nothing flow off.
        """
        flow = self._flows.get(checkpoint_id)
        full = self._most - 1
        # Level by level it only sinks: hardly ever need it be known how far.
        return flow is not None and flow.level > full and self._level(flow, now_s) > full

    def add(self, checkpoint_id: str, now_s: float) -> bool:
        """Puts one in; True when it is full by that, the first time since it was half empty."""
        flow = self._flows.get(checkpoint_id)
        if flow is None:
            if len(self._flows) >= _MOST_KEPT:
                del self._flows[min(self._flows, key=lambda one: self._flows[one].at_s)]
            flow = self._flows[checkpoint_id] = _Flow(0.0, now_s)
        level = self._level(flow, now_s)
        if level < self._most / 2:
            flow.told = False
        flow.level, flow.at_s = level + 1, now_s
        if flow.told or flow.level <= self._most - 1:
            return False
        flow.told = True
        return True

    def _level(self, flow: _Flow, now_s: float) -> float:
        flown = max(0.0, now_s - flow.at_s) * self._most / FLOWN_OFF_IN_S
        return max(0.0, flow.level - flown)
