"""How fast the vision thread works: looks and encodings a second, and what each costs."""

import statistics
from dataclasses import dataclass, field

from client.events import VisionPace

PERIOD_S = 1.0
"""Figures are of the last whole second, as the camera's frames a second are."""


@dataclass(slots=True)
class _Count:
    """One kind of work: how often in this second, and its times in ms."""

    per_s: float = 0.0
    cost_ms: float = 0.0
    times_ms: list[float] = field(default_factory=list)

    def close(self, seconds: float) -> None:
        """Ends a period. The cost is the median; that of the last work done stays."""
        self.per_s = len(self.times_ms) / seconds
        if self.times_ms:
            self.cost_ms = statistics.median(self.times_ms)
        self.times_ms.clear()


class Pace:
    """Counts, and says once a second what came of it. For the vision thread.

    Args:
        now_s: `time.monotonic()` of the beginning.
    """

    def __init__(self, now_s: float) -> None:
        self._since_s = now_s
        self._looks = _Count()
        self._encodings = _Count()
        self._engine = ("", "")

    def looked(self, cost_ms: float) -> None:
        """A frame was searched for faces, and they were judged."""
        self._looks.times_ms.append(cost_ms)

    def encoded(self, cost_ms: float) -> None:
        """A face was encoded, in all the views it is encoded in."""
        self._encodings.times_ms.append(cost_ms)

    def at(self, now_s: float, *, engine: str, note: str) -> VisionPace | None:
        """The figures when a second is over or the engine is another one, else None.

        Args:
            now_s: `time.monotonic()`.
            engine: What encodes.
            note: Why it is not the usual engine, or "".
        """
        passed_s = now_s - self._since_s
        replaced = self._engine != (engine, note)
        if passed_s < PERIOD_S and not replaced:
            return None
        if passed_s >= PERIOD_S:
            self._looks.close(passed_s)
            self._encodings.close(passed_s)
            self._since_s = now_s
        self._engine = (engine, note)
        return VisionPace(
            looks_per_s=round(self._looks.per_s, 1),
            look_ms=round(self._looks.cost_ms, 1),
            encodings_per_s=round(self._encodings.per_s, 1),
            encode_ms=round(self._encodings.cost_ms, 1),
            engine=engine,
            note=note,
        )
