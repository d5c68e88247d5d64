"""Replays: the very numbers of an earlier event under another event's id (R3).

A camera never gives the same numbers twice: a capture that comes again was recorded and sent again.
What is remembered of a probe is a keyed digest, never the encoding, in a table of fixed size.
"""

import hashlib
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding
from biometrics.gallery import unit_lengths

REMEMBERED_S = 24 * 3600.0
"""How long a probe is remembered, unless newer ones need its place."""

SETS = 1 << 16
WAYS = 8
"""Together 524,288 probes, the newest of all checkpoints: a day at six a second."""

DIGITS = 4
"""Of a unit vector's numbers that count. Two looks at one face differ by 0.01 and more in most of
their 128 numbers; a replay in another scale, or with its last bits changed, does not."""

_SCALE = 10.0**DIGITS

DIGEST_BYTES = 16
EVENT_BYTES = 8

RECORD = struct.Struct("<8s8s8sd")
"""As a probe is kept on the disk: its digest in two halves, its event's, the time in seconds."""

_RECORDS = np.dtype([("low", "<u8"), ("high", "<u8"), ("event", "<u8"), ("at_s", "<f8")])
"""The same, for many at once."""

_MOST_UNKEPT = 100_000


class Replays:
    """Remembers probes of all checkpoints. Any thread may call.

    Args:
        keys: Of the digests, 32 bytes each; another key has other digests. More than one after the
            key was renewed: each makes a digest of the digest before.
        now_s: The server's clock, seconds since the epoch.
        sets: Size of the table, a power of two.
    """

    def __init__(
        self,
        *keys: bytes,
        now_s: Callable[[], float] = time.time,
        sets: int = SETS,
    ) -> None:
        self._keys = keys
        self._now_s = now_s
        self._lock = threading.Lock()
        self._sets = sets
        # Made whole at once: the server's memory does not grow with the events.
        self._probes = np.full((sets, WAYS), 0, dtype=np.uint64)
        self._events = np.full((sets, WAYS), 0, dtype=np.uint64)
        self._times = np.full((sets, WAYS), -np.inf)
        self._unkept: deque[bytes] = deque(maxlen=_MOST_UNKEPT)

    def digest(self, probe: Encoding) -> bytes:
        """What is remembered of a probe, 16 bytes that say nothing without the key."""
        return self.digests(probe[np.newaxis])[0]

    def digests(self, probes: Encoding) -> list[bytes]:
        """The digests of several probes, `(n, dimensions)`: the same that each has alone."""
        # As `np.round` does it, in half the time; + 0.0 makes a zero of a negative zero: their
        # bytes differ.
        rounded = np.rint(unit_lengths(probes) * _SCALE) / _SCALE + 0.0
        return [
            self._keyed(row.tobytes(), DIGEST_BYTES) for row in rounded.astype("<f8", copy=False)
        ]

    def again(self, digest: bytes, event_id: str) -> bool:
        """Notes the probe of an event; True when another event had the very same.

        The same event again (an answer was lost) is no replay. The first event keeps the probe.
        """
        now_s = self._now_s()
        # Keyed too: whoever could choose an id that looks like the first one's would pass for it.
        event = self._keyed(event_id.encode(), EVENT_BYTES)
        with self._lock:
            first = self._first(digest, event, now_s, now_s)
            if first is None:
                self._unkept.append(RECORD.pack(digest[:8], digest[8:], event, now_s))
        return first is not None and first != event

    def take_unkept(self) -> bytes:
        """The records of probes seen since the last call, one after the other, for the disk."""
        with self._lock:
            records = b"".join(self._unkept)
            self._unkept.clear()
        return records

    def remember(self, records: bytes) -> int:
        """Takes the records of an earlier run, oldest first; returns how many were young enough.

        A last record that was cut off is left out.
        """
        now_s = self._now_s()
        found = np.frombuffer(records[: len(records) - len(records) % RECORD.size], dtype=_RECORDS)
        with np.errstate(invalid="ignore"):
            young = found[(found["at_s"] <= now_s) & (now_s - found["at_s"] <= REMEMBERED_S)]
        with self._lock:
            self._put_in(young, now_s)
        return len(young)

    def _put_in(self, young: NDArray[np.void], now_s: float) -> None:
        """All at once: half a million one by one would keep a server from being ready in time."""
        known = now_s - self._times <= REMEMBERED_S
        rows = np.concatenate([known.nonzero()[0], (young["low"] & np.uint64(self._sets - 1))])
        rows = rows.astype(np.int64)
        probes = np.concatenate([self._probes[known], young["high"]])
        events = np.concatenate([self._events[known], young["event"]])
        times = np.concatenate([self._times[known], young["at_s"]])
        # A probe is in the records again after it was pushed out: the newest counts. Of a row's
        # probes the newest have a place.
        order = np.lexsort((-times, probes, rows))
        same = (np.diff(rows[order]) == 0) & (np.diff(probes[order]) == 0)
        order = order[np.concatenate([[True], ~same])] if len(order) else order
        order = order[np.lexsort((-times[order], rows[order]))]
        row = rows[order]
        way = np.arange(len(row)) - np.searchsorted(row, row)
        order, row, way = order[way < WAYS], row[way < WAYS], way[way < WAYS]
        self._times.fill(-np.inf)
        self._probes[row, way] = probes[order]
        self._events[row, way] = events[order]
        self._times[row, way] = times[order]

    def _first(self, digest: bytes, event: bytes, at_s: float, now_s: float) -> bytes | None:
        """The event that had this probe before; None, and noted, when there was none."""
        row = int.from_bytes(digest[:8], "little") & (self._sets - 1)
        probe = int.from_bytes(digest[8:], sys.byteorder)
        # Eight numbers: as a list they are looked through sooner than numpy has begun.
        probes, times = self._probes[row].tolist(), self._times[row].tolist()
        for way, other in enumerate(probes):
            if other == probe and now_s - times[way] <= REMEMBERED_S:
                return bytes(self._events[row, way].tobytes())
        oldest = times.index(min(times))
        self._probes[row, oldest] = probe
        self._events[row, oldest] = int.from_bytes(event, sys.byteorder)
        self._times[row, oldest] = at_s
        return None

    def _keyed(self, data: bytes, size: int) -> bytes:
        for key in self._keys:
            data = keyed(data, key)[:size]
        return data


def keyed(data: bytes, key: bytes) -> bytes:
    """A digest of 16 bytes."""
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES, key=key).digest()


def rekeyed(records: bytes, key: bytes) -> bytes:
    """Records as they are once `key` has come to the keys before it; what was cut off is left out.

    So the same captures are still known, and whoever has the keys before alone cannot tell which.
    """
    whole = records[: len(records) - len(records) % RECORD.size]
    return b"".join(
        RECORD.pack(
            (digest := keyed(low + high, key))[:8],
            digest[8:],
            keyed(event, key)[:EVENT_BYTES],
            at_s,
        )
        for low, high, event, at_s in RECORD.iter_unpack(whole)
    )
