"""How fast newcomers may knock, before a handshake costs anything: by address and all together.

A handshake takes 1 to 2 ms of the processor and nobody is known before it, so what counts is the
address. Where a paired checkpoint was welcomed lately has an allowance of its own, wide enough for
a whole grid behind one address; everybody else shares a narrow one. Who is turned away is closed
without a word, and tries again by itself (`client.backoff`).
"""

import ipaddress
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from desktop.logs import log_event

_LOG = logging.getLogger(__name__)

KNOWN_S = 7 * 24 * 3600.0
"""An address is known for so long after a checkpoint of it was last here: over holidays."""

MOST_ADDRESSES = 4096
"""Addresses kept of each kind, the longest unused make room: as many as checkpoints can be set."""

QUIET_S = 60.0
"""A burst is over when nobody was turned away for so long."""

MANY = 50
"""Turned away in one burst, it is a flood and shown: no few checkpoints that try again at their
pace come to that."""

_OWN = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many handshakes flow in a second; so many are there after a quiet time."""

    per_second: float
    at_once: float


STRANGER = Allowance(5.0, 20.0)
"""Of an address that is not known. Twenty checkpoints behind it are in at once, and with the first
welcome it is known."""

STRANGERS = Allowance(40.0, 200.0)
"""Of all such together: 4 to 8 % of a processor. Five hundred checkpoints with an address each are
in within 30 s."""

CHECKPOINT = Allowance(50.0, 1000.0)
"""Of an address with checkpoints: five hundred behind it come back at once (F14), and once more."""

CHECKPOINTS = Allowance(100.0, 2000.0)
"""Of all such together: 20 % of a processor when every one of them is flooded."""


@dataclass(slots=True)
class _Bucket:
    allowance: Allowance
    filled_s: float
    tokens: float = field(init=False)
    turned_away: int = 0

    def __post_init__(self) -> None:
        self.tokens = self.allowance.at_once

    def fill(self, now_s: float) -> float:
        """Lets in what flowed meanwhile; how full it is then."""
        flowed = (now_s - self.filled_s) * self.allowance.per_second
        self.tokens = min(self.allowance.at_once, self.tokens + flowed)
        self.filled_s = now_s
        return self.tokens / self.allowance.at_once

    def take(self) -> bool:
        """Takes one, if there is one."""
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


@dataclass(slots=True)
class _Burst:
    began_s: float
    latest_s: float
    count: int = 0
    told: int = 0


class Knocks:
    """Counts who knocks. Any thread may call.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        now_s = clock()
        self._strangers: OrderedDict[str, _Bucket] = OrderedDict()
        self._known: OrderedDict[str, _Bucket] = OrderedDict()
        self._seen_s: dict[str, float] = {}
        self._all = {False: _Bucket(STRANGERS, now_s), True: _Bucket(CHECKPOINTS, now_s)}
        self._burst: _Burst | None = None
        self._most_from = ""

    def enter(self, address: str) -> bool:
        """Whether somebody of that address may shake hands now; counted, whatever the answer.

        Of what is left for all, addresses that hardly knocked may take everything and the others
        half: a few that knock without end keep nobody out who comes for the first time.
        """
        place = place_of(address)
        with self._lock:
            now_s = self._clock()
            known = place in _OWN or now_s - self._seen_s.get(place, -KNOWN_S) < KNOWN_S
            bucket = self._bucket(place, now_s, known=known)
            together = self._all[known]
            seldom = bucket.fill(now_s) >= 0.5
            enough = together.fill(now_s) >= 0.5 or seldom
            # The address pays also when there is nothing left for it.
            if bucket.take() and enough and together.take():
                return True
            bucket.turned_away += 1
            if self._burst is None:
                self._burst = _Burst(now_s, now_s)
            self._burst.latest_s = now_s
            self._burst.count += 1
            return False

    def welcome(self, address: str) -> None:
        """A paired checkpoint of that address is here, or was until now."""
        place = place_of(address)
        with self._lock:
            self._seen_s.pop(place, None)
            self._seen_s[place] = self._clock()
            while len(self._seen_s) > MOST_ADDRESSES:
                del self._seen_s[next(iter(self._seen_s))]

    def forget(self, address: str) -> None:
        """A checkpoint of that address was shut out: the address is as any other."""
        with self._lock:
            self._seen_s.pop(place_of(address), None)

    def look(self) -> str | None:
        """What to tell while there is a flood, else None; called every second.

        Logs when a burst begins and when it has ended. The sentence changes seldom, with its
        number: that is one of 50, 100, 1,000 and so on.
        """
        with self._lock:
            burst = self._burst
            if burst is None:
                return None
            begins, over = not burst.told, self._clock() - burst.latest_s >= QUIET_S
            before, burst.told = burst.told, _rounded(burst.count)
            if burst.told != before:
                self._most_from = self._most_turned_away()
            where, count = self._most_from, burst.count
            seconds = round(burst.latest_s - burst.began_s, 1)
            if over:
                self._burst = None
                for bucket in (*self._strangers.values(), *self._known.values()):
                    bucket.turned_away = 0
        if begins:
            log_event(_LOG, "turning_away", level=logging.WARNING, most_from=where)
        if over:
            log_event(
                _LOG,
                "turned_away",
                level=logging.WARNING,
                connections=count,
                seconds=seconds,
                most_from=where,
            )
            return None
        if count < MANY:
            return None
        cure = "Look at what runs there, or keep it out with a firewall."
        if where in _OWN:  # no firewall stands in between
            where, cure = "this computer", "Look at which program does it, and end it."
        return (
            f"At least {burst.told:,} connections came too fast and were turned away, most of "
            f"them from {where}. Checkpoints at other addresses are served. {cure}"
        )

    def _bucket(self, place: str, now_s: float, *, known: bool) -> _Bucket:
        buckets = self._known if known else self._strangers
        bucket = buckets.get(place)
        if bucket is None:
            bucket = buckets[place] = _Bucket(CHECKPOINT if known else STRANGER, now_s)
            if len(buckets) > MOST_ADDRESSES:
                buckets.popitem(last=False)
        buckets.move_to_end(place)
        return bucket

    def _most_turned_away(self) -> str:
        both = (*self._known.items(), *self._strangers.items())
        return max(both, key=lambda each: each[1].turned_away)[0]


def place_of(address: str) -> str:
    """What counts as one address: of IPv6 the network of 64 bits, which one computer has whole."""
    if ":" not in address:
        return address
    found = ipaddress.IPv6Address(address.partition("%")[0])
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    if found.is_loopback:
        return str(found)
    return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))


def _rounded(count: int) -> int:
    """The highest of 1, 50, 100, 1,000 and so on that is not above it."""
    if count < 2 * MANY:
        return MANY if count >= MANY else 1
    return int(10 ** (len(str(count)) - 1))
