"""Remembers for a year which enrolments somebody came from who was deleted.

Deleting is not erasing: the history keeps the name. When the person is erased later, nobody is left
to read the enrolments of, and one that a checkpoint sends again would enrol them anew. What is kept
is the id and keyed digests, sealed; an erasure takes them into its receipt (`server/receipts.py`).
"""

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from desktop.files import write_atomically
from desktop.logs import log_event
from desktop.scrubbing import scrub
from security.sealing import SealBroken, Sealer

_LOG = logging.getLogger(__name__)
NAME = "deleted.sealed"
KEPT_MS = 365 * 86_400_000
"""As long as a receipt at least; a checkpoint keeps no enrolment longer than its window is open."""
MOST = 10_000
"""People remembered, the latest: 3 MB."""
ABOUT = b"deletions"

_DAMAGED = ".damaged"

_Kept = dict[str, tuple[int, tuple[str, ...]]]


class Deletions:
    """The file; one thread at a time calls.

    Args:
        path: Made with the first deletion.
        sealer: Seals it.
    """

    def __init__(self, path: Path, sealer: Sealer) -> None:
        self._path = path
        self._sealer = sealer

    def note(self, subject_id: str, enrolments: Iterable[str], now_ms: int) -> None:
        """Remembers a person who is about to be deleted.

        Args:
            subject_id: Who.
            enrolments: Digests of the enrolments that their templates came from.
            now_ms: The server's clock, ms since the epoch, UTC.

        Raises:
            OSError: The disk refused.
        """
        kept = self._load()
        before = kept.pop(subject_id, (0, ()))[1]
        kept[subject_id] = (now_ms, tuple(sorted({*before, *enrolments})))
        self._write(_not_before(kept, now_ms - KEPT_MS))

    def all(self) -> dict[str, tuple[str, ...]]:
        """Digests of the enrolments of everybody who was deleted and is remembered, by id.

        Raises:
            OSError: The file cannot be read.
        """
        return {subject_id: digests for subject_id, (_ms, digests) in self._load().items()}

    def forget(self, *subject_ids: str) -> None:
        """Forgets people: the receipt has it from now on.

        Raises:
            OSError: The disk refused.
        """
        kept = self._load()
        left = {one: what for one, what in kept.items() if one not in subject_ids}
        if left != kept:
            self._write(left)

    def tidy(self, now_ms: int) -> None:
        """Forgets who was deleted more than a year ago.

        Raises:
            OSError: The disk refused.
        """
        kept = self._load()
        left = _not_before(kept, now_ms - KEPT_MS)
        if left != kept:
            self._write(left)

    def _write(self, kept: _Kept) -> None:
        if not kept:
            scrub(self._path)
            return
        data = json.dumps([[who, ms, list(digests)] for who, (ms, digests) in kept.items()])
        write_atomically(self._path, self._sealer.seal(data.encode("ascii"), ABOUT))

    @property
    def lost(self) -> str:
        """What somebody has to look at, as long as a damaged file lies there; else empty."""
        if not self._aside.exists():
            return ""
        return (
            f"{self._path} was damaged and is kept as {self._aside.name}. If somebody who was "
            "deleted before is erased now, a checkpoint that sends their enrolment again brings "
            f"them back. If a backup has the file, put it in its place; then remove {self._aside}."
        )

    @property
    def _aside(self) -> Path:
        return self._path.with_name(f"{self._path.name}{_DAMAGED}")

    def _load(self) -> _Kept:
        """What is kept, the oldest first. A damaged file is set aside; one at most is kept.

        Raises:
            OSError: The file cannot be read: it may be whole.
        """
        try:
            rows = json.loads(self._sealer.unseal(self._path.read_bytes(), ABOUT))
            return {str(who): (int(ms), tuple(map(str, digests))) for who, ms, digests in rows}
        except FileNotFoundError:
            return {}
        except (SealBroken, ValueError, TypeError) as error:
            self._path.replace(self._aside)
            log_event(
                _LOG,
                "deletions_damaged",
                level=logging.ERROR,
                reason=str(error),
                set_aside=self._aside.name,
            )
            return {}


def _not_before(kept: _Kept, ms: int) -> _Kept:
    late = [(who, one) for who, one in kept.items() if one[0] >= ms]
    return dict(late[-MOST:])
