"""Strangers the site has seen, where the administrator allows it: numbers that sharpen verdicts.

A face that resembles many people says less by resembling one more (`biometrics.policy.Cohort`).
Strangers who came by are the best measure of it. They never agreed to anything, so this is off
unless it is switched on; no picture and no name is kept, nobody is kept twice as far as can be
told, at most `MOST` of them, for `KEPT_DAYS` at most; switched off, all are deleted.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding
from biometrics.gallery import Gallery, unit_length
from biometrics.quality import ENROLMENT, flaws_of
from desktop.files import write_atomically
from desktop.logs import log_event
from protocol.text import printable
from security.sealing import Sealer
from server.gallery_files import SetAside
from server.strangers_file import (
    Stranger,
    StrangersInvalid,
    from_bytes,
    read_bytes,
    seal,
    to_bytes,
)

_LOG = logging.getLogger(__name__)

MOST = 2_000
"""The newest so many are kept: 1.4 MB."""
KEPT_DAYS = 90
SAME_VISITOR = 0.31
"""Nearer to one who is kept than this, it is the same visitor. Of 10,000 pairs of different people
one is nearer (lfw-dev), of ten pairs of one person eight are."""
NOT_ENROLLED = 0.34
"""Nearer to somebody enrolled than this, it may be that person, missed. Measured with 420 people
enrolled, 1,000 strangers and 600 visits of the enrolled: five such visits are kept in place of 19
at 0.31, and nine of ten strangers."""
FEWEST_FRAMES = 2
WRITE_EVERY_S = 30.0
"""How often changes are written: a crash costs the strangers of that time."""
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """Everybody kept, the oldest first; replaced as a whole."""

    rows: NDArray[np.float32]
    seen_at_ms: tuple[int, ...]


class Strangers:
    """Keeps strangers' encodings; any thread may call.

    Args:
        path: The file.
        sealer: Seals it.
        encoder: Fingerprint of the encoder in use; encodings of another one are deleted.
        dimensions: Numbers of its encodings.
        allowed: Says whether strangers may be kept.
        kept_days: For how long.
        now_ms: The server's clock, ms since the epoch, UTC.
        believed: Whether that clock is believed; nobody is too old otherwise.
        clock: Seconds that only go forward.
        most: How many are kept.
    """

    def __init__(
        self,
        path: Path,
        sealer: Sealer,
        encoder: str,
        *,
        dimensions: int,
        allowed: Callable[[], bool],
        kept_days: Callable[[], int] = lambda: KEPT_DAYS,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        believed: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST,
    ) -> None:
        self._path = path
        self._sealer = sealer
        self._encoder = encoder
        self._dimensions = dimensions
        self._allowed = allowed
        self._kept_days = kept_days
        self._now_ms = now_ms
        self._believed = believed
        self._clock = clock
        self._most = most
        # The file belongs to who holds _writing, the rest to who holds _changing.
        self._writing = threading.Lock()
        self._changing = threading.Lock()
        self._kept = _nobody()
        self._written: _Kept | None = self._kept
        self._written_s = clock()
        self._gallery: Gallery | None = None

    def __len__(self) -> int:
        return len(self._kept.rows)

    @property
    def rows(self) -> NDArray[np.float32]:
        """The unit encodings, `float32 (n, dimensions)`, read-only; replaced by every change."""
        return self._kept.rows

    def load(self) -> SetAside | None:
        """Reads the file; one that is damaged is set aside and named, and the server goes on."""
        if not self._allowed():
            self._delete_files()
            return None
        with self._writing:
            try:
                data = read_bytes(self._path, self._sealer)
                found = None if data is None else from_bytes(data)
            except StrangersInvalid as error:
                return self._set_aside(str(error))
        if found is None:
            return None
        encoder, strangers = found
        if encoder != self._encoder:
            self._delete_files()
            log_event(_LOG, "strangers_of_another_face_model_deleted", count=len(strangers))
            return None
        # One such row would make every search fail that is held against the strangers.
        if any(len(stranger.encoding) != self._dimensions for stranger in strangers):
            with self._writing:
                return self._set_aside("Its encodings are not as long as this face model's.")
        self._put([(s.encoding, s.seen_at_ms) for s in strangers])
        self._written = self._kept
        return None

    def offer(
        self,
        encoding: Encoding,
        *,
        distance: float | None,
        quality: Mapping[str, float],
        frames: int,
    ) -> bool:
        """Keeps who was just not identified, when it may be and is of use; says whether it was.

        Args:
            encoding: Raw or unit, `float64 (dimensions,)`.
            distance: To the nearest person enrolled; None when there is nobody.
            quality: What was measured; a poor or unmeasured picture is not kept.
            frames: Fused into the encoding.
        """
        if not self._allowed() or frames < FEWEST_FRAMES or len(encoding) != self._dimensions:
            return False
        if distance is not None and distance < NOT_ENROLLED:
            return False
        flaws = flaws_of(quality, ENROLMENT)
        if flaws is None or flaws:
            return False
        unit = unit_length(encoding)
        with self._changing:
            kept = self._kept
            if len(kept.rows) and float((kept.rows @ unit).max()) > _cosine(SAME_VISITOR):
                return False
            rows = [*kept.rows, unit.astype(np.float32)][-self._most :]
            times = (*kept.seen_at_ms, self._now_ms())[-self._most :]
            self._kept = _made(rows, times)
        return True

    def forget(self) -> int:
        """Deletes all of them, in memory and on the disk; returns how many there were.

        Raises:
            OSError: The file cannot be deleted.
        """
        count = len(self)
        self._delete_files()
        log_event(_LOG, "strangers_forgotten", count=count)
        return count

    def tidy(self, gallery: Gallery, *, now: bool = False) -> None:
        """Drops who is too old or enrolled by now, and writes what changed; called every second.

        Args:
            gallery: Who is enrolled.
            now: Write at once, at the end of the program.

        Raises:
            OSError: The file cannot be written or deleted; what is in memory stays.
        """
        if not self._allowed():
            if len(self) or self._path.exists():
                self.forget()
            return
        with self._changing:
            self._kept = self._still_strangers(gallery)
            self._gallery = gallery
        due = now or self._clock() - self._written_s >= WRITE_EVERY_S
        if due and self._written is not self._kept:
            self._write()

    def _still_strangers(self, gallery: Gallery) -> _Kept:
        kept = self._kept
        if not len(kept.rows):
            return kept
        oldest = self._now_ms() - self._kept_days() * _DAY_MS if self._believed() else 0
        stays = np.array([at > oldest for at in kept.seen_at_ms])
        if gallery is not self._gallery and len(gallery):
            cosines = gallery.nearest(kept.rows, 1).cosines[:, 0]
            # Those who were far enough from everybody when they came: somebody came in since.
            stays &= cosines <= _cosine(NOT_ENROLLED)
        if stays.all():
            return kept
        rows = [row for row, stay in zip(kept.rows, stays, strict=True) if stay]
        times = [at for at, stay in zip(kept.seen_at_ms, stays, strict=True) if stay]
        return _made(rows, tuple(times))

    def _put(self, strangers: list[tuple[Encoding, int]]) -> None:
        newest = sorted(strangers, key=lambda pair: pair[1])[-self._most :]
        with self._changing:
            self._kept = _made(
                [row.astype(np.float32) for row, _ in newest], tuple(at for _, at in newest)
            )

    def _write(self) -> None:
        with self._writing:
            kept = self._kept
            strangers = [
                Stranger(row.astype(np.float64), at)
                for row, at in zip(kept.rows, kept.seen_at_ms, strict=True)
            ]
            self._written_s = self._clock()
            if strangers:
                data = seal(to_bytes(self._encoder, strangers), self._sealer)
                write_atomically(self._path, data)
            else:
                self._path.unlink(missing_ok=True)
            self._written = kept

    def _delete_files(self) -> None:
        with self._writing:
            with self._changing:
                self._kept = self._written = _nobody()
            for path in (self._path, *self._leftovers()):
                path.unlink(missing_ok=True)

    def _leftovers(self) -> list[Path]:
        """Damaged files set aside, and what a crash left half-written."""
        name = self._path.name
        return [*self._path.parent.glob(f"{name}.damaged"), *self._path.parent.glob(f".{name}.*")]

    def _set_aside(self, reason: str) -> SetAside:
        """With the file lock held. The damaged file may hold people's numbers: one is kept."""
        aside = self._path.with_name(f"{self._path.name}.damaged")
        with contextlib.suppress(OSError):
            self._path.replace(aside)
        return SetAside(aside, printable(reason, 300))


def _cosine(distance: float) -> float:
    return 1 - distance**2 / 2


def _nobody() -> _Kept:
    return _made([], ())


def _made(rows: list[NDArray[np.float32]], seen_at_ms: tuple[int, ...]) -> _Kept:
    matrix = np.array(rows, dtype=np.float32).reshape(len(rows), -1 if rows else 0)
    matrix.setflags(write=False)
    return _Kept(matrix, seen_at_ms)
