"""Misses round one face: whoever tries to feel the way to somebody's template is held up (R6).

An attack on a template by yes and no asks again and again near one place: it needs hundreds of
misses there. A door sees many strangers instead, each somewhere else. So misses are counted by
place, for each checkpoint and over all, and only a place where too many came is closed for a time,
to hits as to misses: its answers say nothing. Everybody else is served as always. Somebody with a
role may open what is held up, for so few more tries that a person can be enrolled and a template
not be found; how often that was done is remembered.

A place is known by a sketch, the signs of the probe's products with secret random directions. The
share of signs in which two sketches differ is the angle between the probes; without the key, which
belongs to the server, a sketch is no face.
"""

import hashlib
import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding
from server.held_up import FLOODED, MORE_TRIES, HeldUp
from server.miss_flow import MOST, Flows

PER_CHECKPOINT = 20
"""Misses at one place and checkpoint that close it: four times what somebody unlucky has."""

OVER_ALL = 30
"""At one place over all checkpoints; it is closed then at those that had a part in it."""

FREE = 2.0
"""Of each checkpoint that do not count over all: among the strangers of twenty doors some look
alike, and none comes often to each."""

FORGOTTEN_IN_S = 600.0
"""One miss is forgotten in ten minutes: six an hour go on for ever."""

HELD_UP = 6
"""So many misses beyond a limit are counted: a place opens an hour after the last try."""

OPENINGS_KEPT_S = 86_400.0
"""So long it is remembered that a place was opened, since the last time."""

NEAR = 0.32
"""Distance between unit probes of one place. Pictures of one person lie about 0.25 apart. Of a
thousand people of lfw-dev two lie 0.56 apart, the nearest two or three of somebody's within 0.35,
and 43 of one's within 0.4: at 0.38 the first strangers among them would find their place closed."""

Sketch = NDArray[np.uint64]
"""Signs of a probe, `(BITS // 64,)`."""

PLACES = 8192
BITS = 512
_KEPT_LEVEL = 2.5
_STEP_S = 1.0
"""In which a 600th of a miss is forgotten."""
_MOST_CHECKPOINTS = 64
_VERSION = 1


@dataclass(slots=True)
class _Place:
    """Misses at one place, for each checkpoint, as they were at `at_s`; openings by hand.

    Attributes:
        most: Of the checkpoint that had the most.
        over_all: Of all that tried more than a little.
    """

    at_s: float
    by_checkpoint: dict[str, float] = field(default_factory=dict)
    opened: int = 0
    opened_at_s: float = 0.0
    most: float = field(init=False)
    over_all: float = field(init=False)

    def __post_init__(self) -> None:
        self._sum_up()

    def _sum_up(self) -> None:
        levels = self.by_checkpoint.values()
        self.most = max(levels, default=0.0)
        self.over_all = sum(level - FREE for level in levels if level > FREE)

    def forget(self, now_s: float) -> None:
        """Lets time pass, in steps of `_STEP_S`."""
        if 0.0 <= now_s - self.at_s < _STEP_S:
            return
        gone = max(0.0, now_s - self.at_s) / FORGOTTEN_IN_S
        self.at_s = now_s
        self.by_checkpoint = {
            name: level - gone for name, level in self.by_checkpoint.items() if level > gone
        }
        if now_s > self.opened_at_s + OPENINGS_KEPT_S:
            self.opened = 0
        self._sum_up()

    def add(self, checkpoint_id: str) -> None:
        """One more miss."""
        level = self.by_checkpoint.pop(checkpoint_id, 0.0)
        if len(self.by_checkpoint) >= _MOST_CHECKPOINTS:
            del self.by_checkpoint[min(self.by_checkpoint, key=self.by_checkpoint.__getitem__)]
        self.by_checkpoint[checkpoint_id] = min(level + 1, PER_CHECKPOINT + HELD_UP)
        self._sum_up()

    def closed(self, checkpoint_id: str) -> bool:
        """Whether nobody is named here, at this checkpoint."""
        level = self.by_checkpoint.get(checkpoint_id, 0.0)
        return _reached(level, PER_CHECKPOINT) or (level > 0 and _reached(self.over_all, OVER_ALL))

    def open(self, now_s: float) -> None:
        """Lets `MORE_TRIES` through, wherever it is closed, and remembers that it was done.

        Over all they are four more at most: what is left above `FREE` is shared by all.
        """
        shared = FREE + (OVER_ALL - MORE_TRIES) / max(len(self.by_checkpoint), 1)
        most = min(PER_CHECKPOINT - MORE_TRIES, shared)
        self.by_checkpoint = {name: min(level, most) for name, level in self.by_checkpoint.items()}
        self.opened += 1
        self.opened_at_s = now_s
        self._sum_up()

    def wait_s(self, checkpoint_id: str) -> float:
        """How long it stays closed to this checkpoint when nobody tries: in misses, rounded up."""
        later, tens = _Place(0.0, self.by_checkpoint), 0
        while later.closed(checkpoint_id):
            later.forget(later.at_s + FORGOTTEN_IN_S)
            tens += 1
        return tens * FORGOTTEN_IN_S

    @property
    def remembered_until_s(self) -> float:
        """When nothing is left of it, whatever comes."""
        openings = self.opened_at_s + OPENINGS_KEPT_S if self.opened else 0.0
        return max(self.at_s + self.most * FORGOTTEN_IN_S, openings)

    @property
    def hot(self) -> bool:
        """Whether it is closed for anybody."""
        return _reached(self.most, PER_CHECKPOINT) or _reached(self.over_all, OVER_ALL)


class Misses:
    """Counts misses by place. Any thread may call.

    Args:
        key: Draws the secret directions.
        dimensions: Numbers of the encoder's encodings.
        now_s: The server's clock, seconds since the epoch: what is kept outlives the process.
        places: How many are remembered; those with the fewest and oldest misses make room.
    """

    def __init__(
        self,
        key: bytes,
        dimensions: int,
        *,
        now_s: Callable[[], float] = time.time,
        places: int = PLACES,
    ) -> None:
        drawn = np.random.default_rng(int.from_bytes(hashlib.sha256(key + b"misses").digest()))
        self._directions = drawn.normal(size=(BITS, dimensions)).astype(np.float32)
        self._mark = hashlib.sha256(self._directions.tobytes()).hexdigest()[:16]
        self._near_bits = round(BITS * 2 * np.arcsin(NEAR / 2) / np.pi)
        self._now_s = now_s
        self._lock = threading.Lock()
        # A column a place: adding eight rows is many times faster than adding along each.
        self._sketches = np.zeros((BITS // 64, places), dtype=np.uint64)
        self._ranks = np.zeros(places)  # who makes room: the least; see _rank
        self._used = 0  # of the rows, from the first on
        self._flows = Flows(MOST)
        self._places: list[_Place | None] = [None] * places
        self._hot: list[int] = []
        # When each checkpoint was last looked at with so many places closed, and what was found.
        self._flooded_at: dict[str, tuple[float, bool]] = {}
        self._changed = False

    def sketches(self, probes: Encoding) -> NDArray[np.uint64]:
        """The sketches of several probes, `(n, dimensions)`: a row each."""
        signs = probes.astype(np.float32) @ self._directions.T > 0
        return np.packbits(signs, axis=1).view(np.uint64)

    @property
    def any_closed(self) -> bool:
        """Whether there is a place that is closed to anybody; else none needs a sketch."""
        return bool(self._hot)

    def closed(self, sketch: Sketch, checkpoint_id: str) -> bool:
        """Whether this probe lies where too many misses were, for this checkpoint."""
        return self.closed_to(sketch[np.newaxis], [checkpoint_id])[0]

    def closed_to(self, sketches: NDArray[np.uint64], checkpoint_ids: Sequence[str]) -> list[bool]:
        """`closed` of several, each at its checkpoint."""
        now_s = self._now_s()
        with self._lock:
            found = [self._flooded(checkpoint_id, now_s) for checkpoint_id in checkpoint_ids]
            # Only these turn anybody away: the others need not be compared with.
            hot = self._hot[:]
            near = self._apart(sketches, hot) <= self._near_bits
            for number, place in zip(*(at.tolist() for at in near.nonzero()), strict=True):
                if self._at(hot[place], now_s).closed(checkpoint_ids[number]):
                    found[number] = True
            return found

    def spent(self, checkpoint_id: str) -> bool:
        """Whether this checkpoint misses more often than a door does: nobody is named there."""
        return bool(self.spent_of({checkpoint_id}))

    def spent_of(self, checkpoint_ids: set[str]) -> set[str]:
        """Those of several that are `spent`."""
        now_s = self._now_s()
        with self._lock:
            return {each for each in checkpoint_ids if self._flows.spent(each, now_s)}

    def missed(self, sketch: Sketch, checkpoint_id: str) -> bool:
        """Counts a miss; True when by it a place is closed to this checkpoint, or it is `spent`."""
        now_s = self._now_s()
        with self._lock:
            nothing_told = self._flooded(checkpoint_id, now_s) or self._flows.spent(
                checkpoint_id, now_s
            )
            if nothing_told and self._row_near(sketch) is None:
                return False  # and no other place makes room for it
            spent = self._flows.add(checkpoint_id, now_s)
            row = self._row_for(sketch, now_s)
            place = self._at(row, now_s)
            before = place.closed(checkpoint_id)
            place.add(checkpoint_id)
            self._rank(row, place)
            closed = place.closed(checkpoint_id) and not before
            if place.hot and row not in self._hot:
                self._hot.append(row)
            if closed:
                self._flooded_at.clear()
            self._changed = self._changed or place.most >= _KEPT_LEVEL
            return closed or spent

    def held_up(self, checkpoint_id: str) -> HeldUp:
        """What this checkpoint gets no answers to now."""
        now_s = self._now_s()
        with self._lock:
            return _held_up(self._closed_to(checkpoint_id, now_s), checkpoint_id)

    def open(self, checkpoint_id: str) -> HeldUp:
        """Opens what is held up at this checkpoint for a few more tries, here and elsewhere.

        Returns:
            What was held up; `opened` counts this time.
        """
        now_s = self._now_s()
        with self._lock:
            closed = self._closed_to(checkpoint_id, now_s)
            held = _held_up(closed, checkpoint_id)
            for row, place in closed:
                place.open(now_s)
                self._rank(row, place)
                self._hot.remove(row)
                self._changed = True
            self._flooded_at.clear()
            return replace(held, opened=held.opened + 1) if closed else held

    def to_bytes(self) -> bytes | None:
        """What has to outlive this process; None when nothing changed since the last time."""
        now_s = self._now_s()
        with self._lock:
            if not self._changed:
                return None
            self._changed = False
            kept = [
                {
                    "sketch": self._sketches[:, row].tobytes().hex(),
                    "at_s": place.at_s,
                    "by_checkpoint": place.by_checkpoint,
                    "opened": place.opened,
                    "opened_at_s": place.opened_at_s,
                }
                for row, place in enumerate(self._places)
                if place is not None and (self._at(row, now_s).most >= _KEPT_LEVEL or place.opened)
            ]
        document = {"version": _VERSION, "directions": self._mark, "places": kept}
        return json.dumps(document).encode()

    def from_bytes(self, data: bytes) -> int:
        """Takes the places of an earlier run; returns how many.

        Those of another key or face model say nothing here and are left out.

        Raises:
            ValueError: It is not what `to_bytes` gives.
        """
        document = json.loads(data)
        try:
            if document["version"] != _VERSION or document["directions"] != self._mark:
                return 0
            found = [_read(item) for item in document["places"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"It is no file of misses ({error!r}).") from error
        with self._lock:
            found = found[-len(self._places) :]
            self._used = max(self._used, len(found))
            for row, (sketch, place) in enumerate(found):
                self._sketches[:, row] = sketch
                self._places[row] = place
                self._rank(row, place)
                if place.hot:
                    self._hot.append(row)
        return len(found)

    # With the lock held.

    def _row_for(self, sketch: Sketch, now_s: float) -> int:
        """The nearest place there is; else a new one, in the stead of the least."""
        near = self._row_near(sketch)
        if near is not None:
            return near
        row = int(self._ranks.argmin())
        self._used = max(self._used, row + 1)
        self._sketches[:, row] = sketch
        self._places[row] = _Place(now_s)
        if row in self._hot:
            self._hot.remove(row)
        return row

    def _row_near(self, sketch: Sketch) -> int | None:
        """The nearest place that the sketch lies in."""
        if not self._used:
            return None
        apart = self._apart(sketch, slice(self._used))
        row = int(apart.argmin())
        return row if apart[row] <= self._near_bits else None

    def _apart(self, sketches: NDArray[np.uint64], rows: slice | list[int]) -> NDArray[np.uint16]:
        """In how many signs each sketch differs from that of each of these places."""
        differing = np.bitwise_count(self._sketches[:, rows] ^ sketches[..., np.newaxis])
        apart: NDArray[np.uint16] = differing.sum(axis=-2, dtype=np.uint16)
        return apart

    def _flooded(self, checkpoint_id: str, now_s: float) -> bool:
        if len(self._hot) < FLOODED:
            return False
        # Not for each probe: it looks at every closed place.
        looked_s, flooded = self._flooded_at.get(checkpoint_id, (-math.inf, False))
        if not 0.0 <= now_s - looked_s < _STEP_S:
            flooded = len(self._closed_to(checkpoint_id, now_s)) >= FLOODED
            self._flooded_at[checkpoint_id] = now_s, flooded
        return flooded

    def _closed_to(self, checkpoint_id: str, now_s: float) -> list[tuple[int, _Place]]:
        rows = [(row, self._at(row, now_s)) for row in list(self._hot)]
        return [(row, place) for row, place in rows if place.closed(checkpoint_id)]

    def _at(self, row: int, now_s: float) -> _Place:
        place = self._places[row]
        assert place is not None, "only rows in use are asked for"
        place.forget(now_s)
        if row in self._hot and not place.hot:
            self._hot.remove(row)
        return place

    def _rank(self, row: int, place: _Place) -> None:
        # The soonest forgotten makes room first.
        self._ranks[row] = place.remembered_until_s


def _held_up(closed: Sequence[tuple[int, _Place]], checkpoint_id: str) -> HeldUp:
    return HeldUp(
        len(closed),
        max((place.wait_s(checkpoint_id) for _, place in closed), default=0.0),
        max((place.opened for _, place in closed), default=0),
    )


def _reached(level: float, limit: int) -> bool:
    """So many misses, of which less than one is forgotten: each begins to be at once."""
    return level > limit - 1


def _read(item: dict[str, object]) -> tuple[Sketch, _Place]:
    """A place as `to_bytes` wrote it.

    Raises:
        ValueError: It is none.
    """
    sketch = np.frombuffer(bytes.fromhex(str(item["sketch"])), dtype=np.uint64)
    shares, at_s = item["by_checkpoint"], item["at_s"]
    # What an earlier version wrote has no openings.
    opened, opened_at_s = item.get("opened", 0), item.get("opened_at_s", 0.0)
    if len(sketch) != BITS // 64 or not isinstance(shares, dict):
        raise ValueError("A place has no sketch.")
    numbers = [at_s, opened, opened_at_s, *shares.values()]
    if not all(isinstance(n, float | int) and 0 <= n < 1e12 for n in numbers):
        raise ValueError("A place has no plausible count.")
    levels = {str(name): float(level) for name, level in shares.items()}
    return sketch, _Place(float(str(at_s)), levels, int(str(opened)), float(str(opened_at_s)))
