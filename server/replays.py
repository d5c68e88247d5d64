"""Replays: the very numbers of an earlier event under another event's id (R3).

A camera never gives the same numbers twice: a capture that comes again was recorded and sent again.
What is remembered of a probe is a keyed digest, never the encoding, in a table of fixed size.
"""

import hashlib
import struct
import threading
import time
from collections.abc import Callable, Sequence

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
        # Begun once: to take a key in is a third of a short digest.
        self._begun = [hashlib.blake2b(digest_size=DIGEST_BYTES, key=key) for key in keys]
        self._now_s = now_s
        self._lock = threading.Lock()
        self._sets = sets
        # Made whole at once: the server's memory does not grow with the events.
        self._probes = np.full((sets, WAYS), 0, dtype=np.uint64)
        self._events = np.full((sets, WAYS), 0, dtype=np.uint64)
        self._times = np.full((sets, WAYS), -np.inf)
        self._unkept = bytearray()

    def digest(self, probe: Encoding) -> bytes:
        """What is remembered of a probe, 16 bytes that say nothing without the key."""
        return self.digests(probe[np.newaxis])[0]

    def digests(self, probes: Encoding) -> list[bytes]:
        """The digests of several probes, `(n, dimensions)`: the same that each has alone."""
        # As `np.round` does it, in half the time; + 0.0 makes a zero of a negative zero: their
        # bytes differ.
        rounded = np.rint(unit_lengths(probes) * _SCALE) / _SCALE + 0.0
        data = rounded.astype("<f8", copy=False).tobytes()
        size = 8 * probes.shape[1]
        return [self._keyed(data[at : at + size], DIGEST_BYTES) for at in range(0, len(data), size)]

    def again(self, digests: Sequence[bytes], event_ids: Sequence[str]) -> list[bool]:
        """Notes the probes of events, one after the other; True where another event had the same.

        The same event again (an answer was lost) is no replay. The first event keeps the probe.
        """
        now_s = self._now_s()
        records = b"".join(
            # Keyed too: whoever could choose an id that looks like the first's would pass for it.
            RECORD.pack(digest[:8], digest[8:], self._keyed(event_id.encode(), EVENT_BYTES), now_s)
            for digest, event_id in zip(digests, event_ids, strict=True)
        )
        seen = np.frombuffer(records, dtype=_RECORDS)
        rows = (seen["low"] & np.uint64(self._sets - 1)).astype(np.intp)
        # The second of two in one row has to see what the first one left there.
        apart = len(set(rows.tolist())) == len(rows)
        parts = [slice(None)] if apart else [slice(at, at + 1) for at in range(len(rows))]
        with self._lock:
            return [again for part in parts for again in self._noted(seen[part], rows[part], now_s)]

    def take_unkept(self) -> bytes:
        """The records of probes seen since the last call, one after the other, for the disk."""
        with self._lock:
            records = bytes(self._unkept)
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

    def _noted(self, seen: NDArray[np.void], rows: NDArray[np.intp], now_s: float) -> list[bool]:
        """Whether other events had these probes, each of a row of its own; new ones are noted."""
        times = self._times[rows]
        known = self._probes[rows] == seen["high"][:, np.newaxis]
        known &= now_s - times <= REMEMBERED_S
        new = ~known.any(axis=1)
        fresh = seen[new]
        oldest = rows[new], times[new].argmin(axis=1)
        self._probes[oldest] = fresh["high"]
        self._events[oldest] = fresh["event"]
        self._times[oldest] = now_s
        self._unkept += fresh.tobytes()
        del self._unkept[: -_MOST_UNKEPT * RECORD.size]
        first = self._events[rows, known.argmax(axis=1)]
        again: list[bool] = (~new & (first != seen["event"])).tolist()
        return again

    def _keyed(self, data: bytes, size: int) -> bytes:
        for begun in self._begun:
            digest = begun.copy()
            digest.update(data)
            data = digest.digest()[:size]
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
