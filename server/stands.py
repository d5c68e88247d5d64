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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from database.errors import DatabaseProblem
from desktop.logs import log_event
from server.audit import ALLOWED, SYSTEM, Audit, AuditProblem
from server.audit_records import Entry
from server.data_folder import DataFolder
from server.permissions import Action

_LOG = logging.getLogger(__name__)
NOTED = "data as they stand"
PUT_BACK = "data were put back"
BY_HAND = "settings were changed by hand"
ACCEPT = "accept people"
"""In a record of `Action.RESTORE`: what was put back is taken as it is."""

PEOPLE, HISTORY, SETTINGS = "people", "history", "settings"
_CHANGED_BY: Mapping[str, tuple[str, ...]] = {
    "authority": (),
    "vault": (Action.MANAGE_KEYS,),
    SETTINGS: (Action.CHANGE_SETTINGS,),
}
"""By what these are changed alone: another one is told, not only an older one.

All others are newer than what is noted for a moment after each change, and after a crash.
"""
_ACTIONS = (NOTED, PUT_BACK, Action.RESTORE, Action.MANAGE_KEYS, Action.CHANGE_SETTINGS)
_EVERY_S = 10.0
"""Many changes one after the other, as of an import, are one record in this time."""
_GONE = "gone"
_WORDS = {
    PEOPLE: "The list of people",
    HISTORY: "The history",
    "accounts": "The file of accounts (keys/accounts.sealed)",
    "checkpoints": "The file of paired checkpoints (keys/devices.sealed)",
    "authority": "The server's certificate authority (keys/authority.sealed)",
    "vault": "keys/vault.json",
    "consent texts": "consent-texts.json",
    SETTINGS: "server-settings.json",
}


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a store is: the number of its newest change, or 0, and a digest, or nothing."""

    number: int = 0
    mark: str = ""

    def text(self) -> str:
        """As a record has it."""
        return f"{self.number} {self.mark}"

    @classmethod
    def parse(cls, text: str) -> "Stand | None":
        """Reads `text()` again; None for a store that was gone."""
        number, _, mark = text.partition(" ")
        return None if number == _GONE else cls(int(number), mark)


@dataclass(frozen=True, slots=True)
class Known:
    """A stand that the log knows, and the record that has it."""

    record: int
    at_ms: int
    stand: Stand | None


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
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        audit: Audit,
        files: Mapping[str, Path],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._audit = audit
        self._files = files
        self._guard = threading.RLock()
        # Guarded by _guard.
        self._counted: dict[str, Callable[[], Stand | None]] = {}
        self._lazily: set[str] = set()
        self._stamps: dict[str, tuple[tuple[int, int, int], Stand]] = {}
        self._noted: dict[str, Stand | None] | None = None
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
            entries = self._audit.entries(_ACTIONS)
            known = known_in(entries)
            self._noted = {name: stands[-1].stand for name, stands in known.items()}
            now = self._now(lazily=True)
            self._put_back = _sentences(entries)
            free = free_in(entries, known)
            for name, sentence in went_back(known, now, free).items():
                if self._put_back.get(name) != sentence:
                    self._audit.record(PUT_BACK, SYSTEM, name, {"what": sentence})
                    self._put_back[name] = sentence
            by_hand = SETTINGS not in free
            self._by_hand = _changed_by_hand(known, now.get(SETTINGS)) if by_hand else ""
            if self._by_hand:
                self._audit.record(BY_HAND, SYSTEM, SETTINGS)
            self._write(now)
            return tuple(self._put_back.values())

    def note(self, *, lazily: bool = False) -> None:
        """Writes a record when a store has changed; a full disk does not stop anything.

        Args:
            lazily: Also when nothing changed but what changes all the time.
        """
        with self._guard:
            self._next_s = self._clock() + _EVERY_S
            try:
                if self._noted is None:
                    entries = self._audit.entries(_ACTIONS)
                    self._noted = {
                        name: stands[-1].stand for name, stands in known_in(entries).items()
                    }
                    self._put_back = _sentences(entries)
                now = self._now(lazily=lazily)
                if self._changed(now):
                    self._write({**now, **self._now(lazily=True)})
            except AuditProblem as problem:
                log_event(_LOG, "stands_not_noted", level=logging.WARNING, reason=str(problem))

    def tick(self) -> None:
        """As `note`, now and then; called every second."""
        if self._clock() >= self._next_s:
            self.note()

    def accepted(self) -> tuple[str, ...]:
        """Takes everything as it is, which the caller writes down; what was put back till then."""
        with self._guard:
            before = tuple(self._put_back.values())
            self._put_back = {}
            return before

    # From here on with _guard held.

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
        return None if self._noted is None else self._noted.get(name)

    def _changed(self, now: Mapping[str, Stand | None]) -> dict[str, Stand | None]:
        """What is another than noted.

        Not what was put back: the newer stand is expected till somebody accepts the older one.
        """
        noted = self._noted or {}
        return {
            name: stand
            for name, stand in now.items()
            if name not in self._put_back and noted.get(name) != stand
        }

    def _write(self, now: Mapping[str, Stand | None]) -> None:
        changed = self._changed(now)
        if not changed:
            return
        details = {
            name: _GONE if stand is None else stand.text() for name, stand in changed.items()
        }
        first = self._audit.head is None
        self._audit.record(NOTED, SYSTEM, details=details)
        self._noted = {**(self._noted or {}), **changed}
        if first:  # that there is a log stands in vault.json from now on
            self._write(self._now(lazily=False))


def known_in(entries: Iterable[Entry]) -> dict[str, list[Known]]:
    """What the log knows of each store, the newest last.

    Since the newest restore of a backup, which is in the log like everything: with it the stores
    went back, and nothing of before is expected of them.
    """
    known: dict[str, list[Known]] = {}
    for entry in entries:
        if entry.action == Action.RESTORE and entry.details.get("what") != ACCEPT:
            known = {}
        elif entry.action == NOTED:
            for name, text in entry.details.items():
                one = Known(entry.sequence, entry.at_ms, Stand.parse(str(text)))
                known.setdefault(name, []).append(one)
    return known


def outstanding(entries: Iterable[Entry]) -> dict[str, Entry]:
    """What was found to be put back and not accepted since: the newest record for each store."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.action == PUT_BACK:
            found[entry.target] = entry
        elif entry.action == Action.RESTORE and entry.outcome == ALLOWED:
            found = {}
    return found


def _sentences(entries: Iterable[Entry]) -> dict[str, str]:
    return {name: str(entry.details["what"]) for name, entry in outstanding(entries).items()}


def free_in(entries: Iterable[Entry], known: Mapping[str, list[Known]]) -> frozenset[str]:
    """Stores that were changed after they were noted: a crash may have come before the note."""
    newest = {name: known[name][-1].record for name in _CHANGED_BY if name in known}
    return frozenset(
        name
        for entry in entries
        for name, record in newest.items()
        if entry.action in _CHANGED_BY[name] and entry.sequence > record
    )


def went_back(
    known: Mapping[str, list[Known]],
    now: Mapping[str, Stand | None],
    free: frozenset[str] = frozenset(),
) -> dict[str, str]:
    """A sentence for each store that is older than the log knows it to be, or gone.

    Args:
        known: What the log knows.
        now: How the stores are.
        free: Of those that are changed by few acts alone, those that may have changed.
    """
    found: dict[str, str] = {}
    for name, stand in now.items():
        there = [one for one in known.get(name, ()) if one.stand is not None]
        if name == SETTINGS or not there:
            continue
        if stand is not None:
            what = _older(there, stand, fixed=name in _CHANGED_BY and name not in free)
        elif known[name][-1].stand is None:
            what = ""  # and that is noted
        else:
            what = f"is gone; it was there at {_when(there[-1])}."
        if what:
            found[name] = f"{_WORDS[name]} {what}"
    return found


def _older(there: list[Known], stand: Stand, *, fixed: bool) -> str:
    """What is wrong with a store that is there; nothing when it goes on from what is known."""
    newest = there[-1]
    assert newest.stand is not None
    if stand == newest.stand:
        return ""
    if stand.number < newest.stand.number:
        return (
            f"is an older copy: it ends at number {stand.number}, and had come to "
            f"{newest.stand.number} at {_when(newest)}."
        )
    if stand.number:
        fits = stand.number > newest.stand.number
        return "" if fits else f"is another one than at {_when(newest)}."
    older = [one for one in there if one.stand == stand]
    if older:
        return f"is an older copy, of {_when(older[-1])}."
    return f"is another one than at {_when(newest)}." if fixed else ""


def _changed_by_hand(known: Mapping[str, list[Known]], now: Stand | None) -> str:
    """The sentence, when the settings are not those that the server left; nothing otherwise."""
    noted = known.get(SETTINGS)
    if not noted or noted[-1].stand == now:
        return ""
    what = "is gone, so that the usual settings count" if now is None else "was changed by hand"
    return (
        f"{_WORDS[SETTINGS]} {what}, after {_when(noted[-1])}. Look at the settings; the audit "
        "log has this."
    )


def _when(known: Known) -> str:
    at = datetime.fromtimestamp(known.at_ms / 1000, UTC)
    return f"record {known.record} ({at:%Y-%m-%d %H:%M} UTC)"
