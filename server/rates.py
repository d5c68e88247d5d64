"""How fast one checkpoint may ask: a token bucket for each checkpoint and kind of request.

A limit of its own for everybody, so that one that floods takes nothing from the others. Being
limited is a matter of pace and no punishment: the request may be sent again after the time named,
and whoever is told so too often is told more slowly (`PAUSE_S`).
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

IDENTIFY = "identify"
BURST_S = 2.0
"""A bucket holds what flows in in so long: after a quiet time as much may come at once."""

FEWEST = 100.0
"""A bucket holds at least so many, whatever flows in."""

ENROL_PER_SECOND = 1.0
"""Somebody has to stand there and agree; what enrols from a list has a hundred at once. Each is two
records in the audit log, refused ones too."""

SIGN_IN_PER_SECOND = 1.0
"""Somebody types a password. One that is looked at costs a tenth of a second and 64 MiB."""

REST_PER_SECOND = 20.0
"""Heartbeats come every two seconds, challenges once a person."""

REFUSED = "refused"
"""Messages whose fields are not those of their kind. They flow as `REST_PER_SECOND`: no checkpoint
of ours sends any, and before it is refused a message has to be read."""

# Kinds that share no bucket: a flood of reports keeps nobody from being identified.
_APART = frozenset({IDENTIFY, "report", "enrol", "sign_in", REFUSED})
_REST = "rest"
_PER_SECOND = {
    "enrol": ENROL_PER_SECOND,
    "sign_in": SIGN_IN_PER_SECOND,
    REFUSED: REST_PER_SECOND,
    _REST: REST_PER_SECOND,
}
"""Of the others the settings say it."""

REFUSED_BYTES = 4096
"""So many of a refused message take one token more."""

LEAST_WAIT_S = 0.1
"""Nobody is asked to come back sooner: by then a few tokens are there, not one."""

PAUSE_S = 0.25
"""Longest time a refusal is held back. A flood is so answered at its bucket's pace, while
everything behind it waits in the flooding peer's own socket."""

MOST_CHECKPOINTS = 4096
"""Buckets kept, the longest unused make room: as many checkpoints as the settings can allow."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_s: float


class Rates:
    """Counts requests of each checkpoint. Any thread may call.

    Args:
        per_second: How many identifications and reports one checkpoint may send, each, as the
            settings say now.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, per_second: Callable[[], float], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, dict[str, _Bucket]] = OrderedDict()

    def take(self, checkpoint_id: str, kind: str, tokens: int = 1) -> float:
        """Takes tokens for a request of that kind.

        Returns:
            0.0 when there were so many; else how long it takes until there are, in seconds.
        """
        group = kind if kind in _APART else _REST
        rate = _PER_SECOND.get(group) or self._per_second()
        holds = max(FEWEST, rate * BURST_S)
        now_s = self._clock()
        with self._lock:
            bucket = self._bucket(checkpoint_id, group, holds, now_s)
            bucket.tokens = min(holds, bucket.tokens + (now_s - bucket.filled_s) * rate)
            bucket.filled_s = now_s
            if bucket.tokens >= tokens:
                bucket.tokens -= tokens
                return 0.0
            return (tokens - bucket.tokens) / rate

    def take_refused(self, checkpoint_id: str, size: int) -> float:
        """The same for a message that is refused, by its size in bytes."""
        return self.take(checkpoint_id, REFUSED, 1 + size // REFUSED_BYTES)

    def _bucket(self, checkpoint_id: str, group: str, holds: float, now_s: float) -> _Bucket:
        own = self._buckets.get(checkpoint_id)
        if own is None:
            own = self._buckets[checkpoint_id] = {}
            if len(self._buckets) > MOST_CHECKPOINTS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(checkpoint_id)
        bucket = own.get(group)
        if bucket is None:
            bucket = own[group] = _Bucket(holds, now_s)
        return bucket


def come_back_ms(wait_s: float) -> int:
    """What a checkpoint that has to wait so long is told, in milliseconds."""
    return max(1, round(max(wait_s, LEAST_WAIT_S) * 1000))


def pause_s(wait_s: float) -> float:
    """How long the refusal itself is held back, in seconds."""
    return min(wait_s, PAUSE_S)
