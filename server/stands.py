"""How far each store of the data has come, noted in the audit log: an older copy is noticed by it.

A file can be put back together with everything beside it that would tell. The audit log cannot,
for checkpoints keep its heads. So it notes, when something has changed, the number of the newest
change of the list of people and of the history, and the digest of each small file. A list that
ends before the noted number, or a file that the log knows as an earlier one, was put back.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from database.errors import DatabaseProblem
from desktop.logs import log_event
from server.audit import SYSTEM, Audit, AuditProblem
from server.data_folder import DataFolder
from server.stand_records import (
    ACTIONS,
    BY_HAND,
    CHANGED_BY,
    GONE,
    NOTED,
    PUT_BACK,
    SETTINGS,
    Known,
    Stand,
    changed_by_hand,
    free_in,
    known_in,
    sentences,
    went_back,
)

_LOG = logging.getLogger(__name__)
_EVERY_S = 10.0
"""Many changes one after the other, as of an import, are one record in this time."""


def files_of(folder: DataFolder) -> dict[str, Path]:
    """The stores that are one small file each."""
    return {
        "accounts": folder.accounts,
        "checkpoints": folder.devices,
        "authority": folder.authority,
        "vault": folder.vault,
        "consent texts": folder.consent_texts,
        SETTINGS: folder.settings,
    }


def stand_of(path: Path) -> Stand | None:
    """The digest of a small file; None when it is not there.

    Raises:
        OSError: It cannot be read.
    """
    try:
        return Stand(mark=hashlib.sha256(path.read_bytes()).hexdigest()[:32])
    except FileNotFoundError:
        return None


class Stands:
    """Notes how far the stores are, and looks whether one went back. Any thread may call.

    Args:
        audit: Where it is noted.
        files: The stores that are a file each, by name.
        alarm: Called with a sentence when something was put back while it was in use.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        audit: Audit,
        files: Mapping[str, Path],
        *,
        alarm: Callable[[str], None] = lambda _sentence: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._alarm = alarm
        self._clock = clock
        self._audit = audit
        self._files = files
        self._guard = threading.RLock()
        # Guarded by _guard.
        self._counted: dict[str, Callable[[], Stand | None]] = {}
        self._lazily: set[str] = set()
        self._stamps: dict[str, tuple[tuple[int, int, int], Stand]] = {}
        self._known: dict[str, list[Known]] | None = None
        self._put_back: dict[str, str] = {}
        self._by_hand = ""
        self._next_s = self._clock() + _EVERY_S

    @property
    def put_back(self) -> tuple[str, ...]:
        """What was put back and not accepted yet, as sentences; known after `look`."""
        with self._guard:
            return tuple(self._put_back.values())

    @property
    def by_hand(self) -> str:
        """A sentence, when `look` saw that somebody else wrote the settings; said once."""
        return self._by_hand

    def watch(self, name: str, reader: Callable[[], Stand | None], *, lazily: bool = False) -> None:
        """From now on another store is noted.

        Args:
            name: Of the store.
            reader: Says how far it is; None when it is not there.
            lazily: It changes all the time, and is noted along with others and at the end.
        """
        with self._guard:
            self._counted[name] = reader
            if lazily:
                self._lazily.add(name)

    def look(self) -> tuple[str, ...]:
        """At a start: compares the stores with what is noted, and notes how they are now.

        Returns:
            What was put back and not accepted yet, as sentences.

        Raises:
            AuditProblem: The log cannot be read or written.
        """
        with self._guard:
            self._known = None
            self._judge(lazily=True)
            return tuple(self._put_back.values())

    def note(self, *, lazily: bool = False) -> None:
        """Writes a record when a store has changed; a full disk does not stop anything.

        Args:
            lazily: Also when nothing changed but what changes all the time.
        """
        told: list[str] = []
        with self._guard:
            self._next_s = self._clock() + _EVERY_S
            try:
                told = self._judge(lazily=lazily)
            except AuditProblem as problem:
                log_event(_LOG, "stands_not_noted", level=logging.WARNING, reason=str(problem))
        for sentence in told:
            log_event(_LOG, "data_put_back", level=logging.ERROR, sentence=sentence)
            self._alarm(sentence)

    def tick(self) -> None:
        """As `note`, now and then; called every second."""
        if self._clock() >= self._next_s:
            self.note()

    def accepted(self) -> tuple[str, ...]:
        """Takes everything as it is, which the caller writes down; what was put back till then.

        Raises:
            AuditProblem: The log cannot be written.
        """
        with self._guard:
            before = tuple(self._put_back.values())
            self._put_back = {}
            self._write(self._now(lazily=True))
            return before

    # From here on with _guard held.

    def _judge(self, *, lazily: bool) -> list[str]:
        """Writes what was put back, and how the stores are now; sentences that are new."""
        if self._known is None:
            entries = self._audit.entries(ACTIONS)
            self._known, self._put_back = known_in(entries), sentences(entries)
        now = self._now(lazily=lazily)
        changed = self._changed(now)
        if not changed:
            return []
        free = frozenset[str]()
        if not CHANGED_BY.keys().isdisjoint(changed):
            entries = self._audit.entries(ACTIONS)
            free = free_in(entries, self._known)
        told: list[str] = []
        for name, sentence in went_back(self._known, now, free).items():
            if self._put_back.get(name) != sentence:
                self._audit.record(PUT_BACK, SYSTEM, name, {"what": sentence})
                self._put_back[name] = sentence
                told.append(sentence)
        by_hand = "" if SETTINGS in free else changed_by_hand(self._known, now.get(SETTINGS))
        if by_hand:
            self._audit.record(BY_HAND, SYSTEM, SETTINGS)
            told.append(by_hand)
        self._by_hand = by_hand
        self._write({**now, **self._now(lazily=True)})
        return told

    def _now(self, *, lazily: bool) -> dict[str, Stand | None]:
        now = {name: self._of_file(name, path) for name, path in self._files.items()}
        for name, reader in self._counted.items():
            if lazily or name not in self._lazily:
                try:
                    now[name] = reader()
                except DatabaseProblem as problem:
                    now[name] = self._unknown(name, str(problem))
        return now

    def _of_file(self, name: str, path: Path) -> Stand | None:
        try:
            there = path.stat()
            stamp = (there.st_mtime_ns, there.st_size, there.st_ino)
            kept = self._stamps.get(name)
            if kept is not None and kept[0] == stamp:
                return kept[1]
            stand = stand_of(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            return self._unknown(name, str(error))
        if stand is not None:
            self._stamps[name] = stamp, stand
        return stand

    def _unknown(self, name: str, why: str) -> Stand | None:
        """As noted: who needs the store says what is wrong, it was not put back by that."""
        log_event(_LOG, "stand_unknown", level=logging.WARNING, store=name, reason=why)
        return self._noted.get(name)

    def _changed(self, now: Mapping[str, Stand | None]) -> dict[str, Stand | None]:
        """What is another than noted.

        Not what was put back: the newer stand is expected till somebody accepts the older one.
        """
        noted = self._noted
        return {
            name: stand
            for name, stand in now.items()
            if noted.get(name) != stand and name not in self._put_back
        }

    @property
    def _noted(self) -> dict[str, Stand | None]:
        """The newest of what is known."""
        known = self._known or {}
        return {name: stands[-1].stand for name, stands in known.items()}

    def _write(self, now: Mapping[str, Stand | None]) -> None:
        changed = self._changed(now)
        if not changed:
            return
        details = {name: GONE if stand is None else stand.text() for name, stand in changed.items()}
        first = self._audit.head is None
        head = self._audit.record(NOTED, SYSTEM, details=details)
        known = {} if self._known is None else self._known
        for name, stand in changed.items():
            one = Known(head.sequence, time.time_ns() // 1_000_000, stand)
            known.setdefault(name, []).append(one)
        self._known = known
        if first:  # that there is a log stands in vault.json from now on
            self._write(self._now(lazily=False))
